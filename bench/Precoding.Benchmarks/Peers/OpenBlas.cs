using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Precoding.Benchmarks.Peers;

/// <summary>The system's OpenBLAS, found at run time; what needs it is skipped with a line where there is none.</summary>
internal static unsafe partial class OpenBlas
{
    /// <summary>Category of the benchmarks that call it.</summary>
    public const string Category = "OpenBlas";

    public const string Missing =
        "OpenBLAS was not found, so nothing is compared with it. Install it (Debian, Ubuntu: sudo apt-get install libopenblas0-pthread), or put its folder into LD_LIBRARY_PATH.";

    public const string CoreTypeVariable = "OPENBLAS_CORETYPE";

    private static readonly string[] FileNames = ["libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "libopenblas.dll"];
    private static readonly nint Handle = Load();
    private static int currentThreadCount;

    static OpenBlas() => NativeLibrary.SetDllImportResolver(
        typeof(OpenBlas).Assembly, static (library, _, _) => library == OpenBlasNative.Library ? Handle : 0); // 0: the runtime searches on its own

    public static bool IsAvailable => Handle != 0;

    /// <summary>Version and build options, for example "OpenBLAS 0.3.21 …".</summary>
    public static string Config => Marshal.PtrToStringUTF8(OpenBlasNative.openblas_get_config())!.Trim();

    /// <summary>The kernels it chose, for example SkylakeX.</summary>
    public static string CoreName => Marshal.PtrToStringUTF8(OpenBlasNative.openblas_get_corename())!;

    public static void UseThreads(int count)
    {
        if (count != currentThreadCount)
        {
            OpenBlasNative.openblas_set_num_threads(count);
            currentThreadCount = count;
        }
    }

    /// <summary>C = A B, rows contiguous.</summary>
    public static void Multiply<T>(int m, int n, int k, T* a, T* b, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T* one = stackalloc T[2], zero = stackalloc T[2];
        (one[0], one[1], zero[0], zero[1]) = (T.One, T.Zero, T.Zero, T.Zero);
        if (typeof(T) == typeof(float))
        {
            OpenBlasNative.cblas_cgemm(CblasOrder.RowMajor, CblasTranspose.None, CblasTranspose.None, m, n, k, one, a, k, b, n, zero, c, n);
        }
        else
        {
            OpenBlasNative.cblas_zgemm(CblasOrder.RowMajor, CblasTranspose.None, CblasTranspose.None, m, n, k, one, a, k, b, n, zero, c, n);
        }
    }

    /// <summary>Lower triangle of A Aᴴ, rows contiguous.</summary>
    public static void MultiplyByAdjoint<T>(int n, int k, T* a, T* c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            OpenBlasNative.cblas_cherk(CblasOrder.RowMajor, CblasTriangle.Lower, CblasTranspose.None, n, k, 1, a, k, 0, c, n);
        }
        else
        {
            OpenBlasNative.cblas_zherk(CblasOrder.RowMajor, CblasTriangle.Lower, CblasTranspose.None, n, k, 1, a, k, 0, c, n);
        }
    }

    /// <summary>A = L Lᴴ and A X = B, both in place, columns contiguous.</summary>
    public static void FactorAndSolve<T>(int n, int columns, T* a, T* b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte triangle = (byte)'L';
        int info;
        if (typeof(T) == typeof(float))
        {
            OpenBlasNative.cpotrf_(&triangle, &n, a, &n, &info);
            ThrowIfFailed(info, "cpotrf");
            OpenBlasNative.cpotrs_(&triangle, &n, &columns, a, &n, b, &n, &info);
            ThrowIfFailed(info, "cpotrs");
        }
        else
        {
            OpenBlasNative.zpotrf_(&triangle, &n, a, &n, &info);
            ThrowIfFailed(info, "zpotrf");
            OpenBlasNative.zpotrs_(&triangle, &n, &columns, a, &n, b, &n, &info);
            ThrowIfFailed(info, "zpotrs");
        }
    }

    /// <summary>A = U diag(e) Uᴴ of the lower triangle, columns contiguous; U takes the place of A, e ascends.</summary>
    public static void DecomposeHermitian<T>(int n, T* a, T* values, EigenMemory<T> memory)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        byte withVectors = (byte)'V', triangle = (byte)'L';
        int complexCount = memory.ComplexCount, realCount = memory.RealCount, integerCount = memory.IntegerCount, info;
        if (typeof(T) == typeof(float))
        {
            OpenBlasNative.cheevd_(
                &withVectors, &triangle, &n, a, &n, values, memory.Complexes, &complexCount, memory.Reals, &realCount, memory.Integers, &integerCount, &info);
            ThrowIfFailed(info, "cheevd");
        }
        else
        {
            OpenBlasNative.zheevd_(
                &withVectors, &triangle, &n, a, &n, values, memory.Complexes, &complexCount, memory.Reals, &realCount, memory.Integers, &integerCount, &info);
            ThrowIfFailed(info, "zheevd");
        }
    }

    /// <summary>
    /// The kernels to name in the environment of a process before OpenBLAS loads in it, null for its own choice: old versions do not know new processors
    /// and fall back to kernels for SSE.
    /// </summary>
    public static string? CoreType => Avx512F.IsSupported ? "SkylakeX" : null;

    private static nint Load()
    {
        if (!OperatingSystem.IsWindows())
        {
            // native code does not see Environment.SetEnvironmentVariable; what the user has set stays
            if (CoreType is not null)
            {
                setenv(CoreTypeVariable, CoreType, overwrite: 0);
            }

            // helpers sleep 2^20 cycles after a call; by default they would spin for a tenth of a second, into our turn
            setenv("OPENBLAS_THREAD_TIMEOUT", "20", overwrite: 0);
        }

        foreach (string fileName in FileNames)
        {
            if (NativeLibrary.TryLoad(fileName, out nint handle))
            {
                return handle;
            }
        }

        return 0;
    }

    private static void ThrowIfFailed(int info, string routine)
    {
        if (info != 0)
        {
            throw new InvalidOperationException($"{routine} returned info = {info}, expected 0.");
        }
    }

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int setenv(string name, string value, int overwrite);
}
