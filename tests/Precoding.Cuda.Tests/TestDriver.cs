using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Interop.Cuda;
using Precoding.Gpu.Kernels;
using Precoding.Gpu.Tests;
using Precoding.Testing;

namespace Precoding.Cuda.Tests;

/// <summary>
/// Every test of this assembly runs on a CUDA driver made for tests, fake_cuda.c and its compiler fake_nvrtc.c, which carries launches out by OpenCL on the processor.
/// It proves the host's side: shapes of the bindings, order of calls, contexts, lifetimes, sizes and types of arguments, grids, errors, the cache; and that the
/// kernels compute what they should with the sizes that GPUs get. It cannot prove anything of NVIDIA's compiler, driver or hardware, nor of speed: CI has no GPU.
/// </summary>
[SetUpFixture]
public sealed class TestDriver
{
    private static nint library;

    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("cuda-driver-");

    /// <summary>What is alive, and what happened since the start.</summary>
    public readonly record struct Counts(long Allocations, long Streams, long Modules, long Programs, long Contexts, long Compilations, long Launches, long Faults, string LastFault)
    {
        /// <summary>Only what somebody must give back.</summary>
        public (long Allocations, long Streams, long Modules, long Programs, long Contexts) Alive => (Allocations, Streams, Modules, Programs, Contexts);
    }

    public static unsafe Counts Now
    {
        get
        {
            long* counts = stackalloc long[8];
            byte* fault = stackalloc byte[256];
            ((delegate* unmanaged<long*, byte*, void>)NativeLibrary.GetExport(library, "fakeCounts"))(counts, fault);
            return new Counts(counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], counts[6], counts[7], Marshal.PtrToStringUTF8((nint)fault)!);
        }
    }

    /// <summary>Shared memory that a block may opt in to on the driver; 0 where it is too old to know of that.</summary>
    public static unsafe void SetOptInShared(int bytes) => ((delegate* unmanaged<int, void>)NativeLibrary.GetExport(library, "fakeOptInShared"))(bytes);

    [OneTimeSetUp]
    public void BuildDriverAndUseIt()
    {
        string driver = Path.Combine(directory.FullName, "libcuda-for-tests.so"), prelude = Path.Combine(directory.FullName, "prelude.opencl.h");
        Clang.Compile(
            "the CUDA driver for tests", "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", Path.Combine(AppContext.BaseDirectory, "fake_cuda.c"),
            Path.Combine(AppContext.BaseDirectory, "fake_nvrtc.c"), "-l:libOpenCL.so.1", "-lpthread", "-o", driver);
        File.WriteAllText(prelude, KernelSources.TextOf("prelude.opencl.h"), new UTF8Encoding(false));
        NativeEnvironment.Set("BEAMPRECODING_TEST_PRELUDE", prelude);
        if (Environment.GetEnvironmentVariable("POCL_CACHE_DIR") is null)
        {
            NativeEnvironment.Set("POCL_CACHE_DIR", directory.CreateSubdirectory("pocl").FullName);
        }

        Environment.SetEnvironmentVariable(ProgramCache.DirectoryVariable, Path.Combine(directory.FullName, "programs"));
        Environment.SetEnvironmentVariable(CudaNative.DriverVariable, driver);
        Environment.SetEnvironmentVariable(Nvrtc.PathVariable, driver);
        library = NativeLibrary.Load(driver);
    }

    /// <summary>What is loaded stays.</summary>
    [OneTimeTearDown]
    public void DeleteDirectory() => directory.Delete(recursive: true);
}
