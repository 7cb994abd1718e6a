using System.Text;
using Precoding.Gpu.Interop;
using Precoding.Gpu.Interop.Cuda;

namespace Precoding.Gpu.Backends;

/// <summary>NVIDIA's run-time compiler, from a CUDA toolkit or a Python wheel, wherever it is.</summary>
internal static unsafe class Nvrtc
{
    /// <summary>Names the library itself, or the directory it is in.</summary>
    public const string PathVariable = "BEAMPRECODING_NVRTC";

    private static readonly Lazy<bool> Loaded = new(() => NativeLibraryResolver.TryLoad(NvrtcNative.Library, Candidates()));

    public static bool IsThere => Loaded.Value;

    /// <summary>What a device lacks where it is absent, and the remedy; null where it is there.</summary>
    public static string? Obstacle => IsThere
        ? null
        : $"NVRTC, which compiles its kernels, was not found: install a CUDA toolkit (11.2 or later) or the Python wheel nvidia-cuda-nvrtc, or name libnvrtc by the environment variable {PathVariable}; " +
          $"looked in {PathVariable}, CUDA_PATH, CUDA_HOME, LD_LIBRARY_PATH, /usr/local/cuda and the system's library path";

    public static string Version => IsThere && NvrtcNative.nvrtcVersion(out int major, out int minor) == NvrtcResult.NVRTC_SUCCESS ? $"{major}.{minor}" : "absent";

    /// <summary>Architectures it compiles for, 10 major + minor; empty where it does not tell.</summary>
    public static IReadOnlyList<int> Architectures
    {
        get
        {
            if (!IsThere || NvrtcNative.nvrtcGetNumSupportedArchs(out int count) != NvrtcResult.NVRTC_SUCCESS)
            {
                return [];
            }

            var numbers = new int[count];
            return NvrtcNative.nvrtcGetSupportedArchs(numbers) == NvrtcResult.NVRTC_SUCCESS ? numbers : [];
        }
    }

    /// <summary>The newest architecture of these that a device runs PTX of, which may be newer than its NVRTC; the device's own where there is none.</summary>
    /// <param name="capability">The device's, 10 major + minor.</param>
    /// <param name="known">What NVRTC compiles for.</param>
    public static int ArchitectureFor(int capability, IReadOnlyList<int> known) => known.Where(number => number <= capability).DefaultIfEmpty(capability).Max();

    /// <summary>PTX, closed by a zero.</summary>
    public static byte[] Compile(string name, string source, IReadOnlyList<string> options, DeviceInfo device)
    {
        byte[] text = Terminated(source), title = Terminated(name);
        nint handle;
        fixed (byte* sourceStart = text, nameStart = title)
        {
            NativeCheck.ThrowIfFailed(NvrtcNative.nvrtcCreateProgram(out handle, sourceStart, nameStart, 0, null, null), device, name);
        }

        using var program = new NvrtcProgram(handle);
        byte[] packed = [.. options.SelectMany(Terminated)];
        byte** pointers = stackalloc byte*[options.Count];
        fixed (byte* start = packed)
        {
            int at = 0;
            for (int i = 0; i < options.Count; i++)
            {
                pointers[i] = start + at;
                at += Encoding.UTF8.GetByteCount(options[i]) + 1;
            }

            NvrtcResult result = NvrtcNative.nvrtcCompileProgram(program, options.Count, pointers);
            if (result != NvrtcResult.NVRTC_SUCCESS)
            {
                throw new DeviceException(
                    $"Device {device.Id} ({device.Name}): nvrtcCompileProgram of {name} failed with {result} ({(int)result}), options '{string.Join(' ', options)}'. The compiler says:\n{Log(program)}");
            }
        }

        NativeCheck.ThrowIfFailed(NvrtcNative.nvrtcGetPTXSize(program, out nuint size), device, name);
        var ptx = new byte[size];
        fixed (byte* start = ptx)
        {
            NativeCheck.ThrowIfFailed(NvrtcNative.nvrtcGetPTX(program, start), device, name);
        }

        return ptx;
    }

    /// <summary>Places to look, first those named by the user; of several versions the newest that the driver runs the PTX of.</summary>
    internal static IReadOnlyList<string> Candidates()
    {
        (int Version, string Name)[] versions = OperatingSystem.IsWindows()
            ? [(13, "nvrtc64_130_0.dll"), (12, "nvrtc64_120_0.dll"), (11, "nvrtc64_112_0.dll")]
            : [(13, "libnvrtc.so.13"), (12, "libnvrtc.so.12"), (11, "libnvrtc.so.11.2"), (0, "libnvrtc.so")];
        int driver = NativeLibraryResolver.TryLoad(CudaNative.Library, CudaNative.FileNames) && CudaNative.cuDriverGetVersion(out int version) == CuResult.CUDA_SUCCESS ? version / 1000 : int.MaxValue;
        string[] names = [.. versions.OrderBy(known => known.Version > driver).Select(known => known.Name)]; // stable: newest first among both
        var found = new List<string>();
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } given)
        {
            found.AddRange(Directory.Exists(given) ? names.Select(name => Path.Combine(given, name)) : [given]);
        }

        var directories = new List<string>();
        foreach (string variable in (string[])["CUDA_PATH", "CUDA_HOME"])
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } root)
            {
                directories.AddRange(Path.Combine(root, "lib64"), Path.Combine(root, "lib"), Path.Combine(root, "bin"));
            }
        }

        directories.AddRange((Environment.GetEnvironmentVariable("LD_LIBRARY_PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries));
        directories.Add("/usr/local/cuda/lib64");
        found.AddRange(directories.SelectMany(directory => names.Select(name => Path.Combine(directory, name))).Where(File.Exists));
        return [.. found, .. names];
    }

    private static string Log(NvrtcProgram program)
    {
        if (NvrtcNative.nvrtcGetProgramLogSize(program, out nuint size) != NvrtcResult.NVRTC_SUCCESS)
        {
            return "(no log)";
        }

        var log = new byte[size];
        fixed (byte* start = log)
        {
            return NvrtcNative.nvrtcGetProgramLog(program, start) == NvrtcResult.NVRTC_SUCCESS ? Encoding.UTF8.GetString(log).TrimEnd('\0', '\n') : "(no log)";
        }
    }

    private static byte[] Terminated(string text) => [.. Encoding.UTF8.GetBytes(text), 0];
}
