using System.Numerics;
using System.Runtime.InteropServices;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Gpu;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Interop.Cuda;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Cuda.Tests;

/// <summary>Opening, solving, failing and giving back.</summary>
public sealed class DriverTests
{
    private const int OptInShared = 163 << 10; // the driver's
    private static readonly ProblemShape Shape = new(3, 2, 8, 5);

    [Test]
    public void TheDeviceDescribesItself()
    {
        GpuSearch search = CudaDevice.Search();
        Assert.Multiple(() =>
        {
            Assert.That(search.Problem, Is.Null);
            Assert.That(search.Devices.Single().Info.Id, Is.EqualTo("cuda:0"));
            Assert.That(search.Devices[0].Info.Name, Is.EqualTo("CUDA driver for tests"));
            Assert.That(search.Devices[0].Info.MemoryBytes, Is.EqualTo(1L << 30));
            Assert.That(search.Devices[0].Info.Details, Does.Contain("4 multiprocessors").And.Contain("1.0 GiB").And.Contain("compute capability 8.0").And.Contain("CUDA 12.4"));
        });
    }

    [TestCase("reduced-cg")]
    [TestCase("reduced-hamiltonian")]
    public void SolvesAsTheProcessorDoes(string name)
    {
        long faults = TestDriver.Now.Faults;
        ChannelBatch channels = RandomProblem.CreateUnequal(Shape, seed: 17);
        Precoder precoder = name == "reduced-cg" ? new ReducedConjugateGradient(new() { MaxIterations = 8, Tolerance = 0 }) : new ReducedHamiltonian(new() { MaxIterations = 20, Tolerance = 0 });
        using IDevice cuda = CudaDevice.Open(0, Precision.Double), cpu = EngineUnderTest.Cpu(Precision.Double, 1).Open();
        PrecodingResult actual = precoder.Solve(channels, cuda), expected = precoder.Solve(channels, cpu);
        Assert.Multiple(() =>
        {
            Assert.That(actual.Iterations.ToArray(), Is.EqualTo(expected.Iterations.ToArray()));
            Assert.That(Relative.WorstEntry(actual.WeightedSumRate, expected.WeightedSumRate), Is.LessThan(1e-8), "iterations amplify rounding, some 10^-16 each");
            Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
        });
    }

    /// <summary>Contexts belong to threads: engines made on one are used and given back on others.</summary>
    [Test]
    public void EnginesGoFromThreadToThread()
    {
        TestDriver.Counts before = TestDriver.Now;
        IDevice device = CudaDevice.Open(0, Precision.Double);
        IEngine engine = device.CreateEngine();
        Tensor tensor = OnAThread(() => engine.Create("values", ElementKind.Complex, 2, 3));
        OnAThread(() => tensor.Write([.. Enumerable.Range(0, 6).Select(i => new Complex(i, -i))]));
        var values = new Complex[6];
        OnAThread(() => tensor.Read(values));
        OnAThread(tensor.Dispose);
        OnAThread(engine.Dispose);
        OnAThread(device.Dispose);
        Assert.Multiple(() =>
        {
            Assert.That(values[5], Is.EqualTo(new Complex(5, -5)));
            Assert.That(TestDriver.Now.Alive, Is.EqualTo(before.Alive));
            Assert.That(TestDriver.Now.Faults, Is.EqualTo(before.Faults), TestDriver.Now.LastFault);
        });
    }

    [Test]
    public void EverythingIsGivenBack()
    {
        TestDriver.Counts before = TestDriver.Now;
        ChannelBatch channels = RandomProblem.Create(Shape, seed: 3);
        using (IDevice device = CudaDevice.Open(0, Precision.Double))
        {
            new ReducedConjugateGradient(new() { MaxIterations = 2 }).Solve(channels, device);
            Assert.That(TestDriver.Now.Modules, Is.GreaterThan(before.Modules));
        }

        Assert.Multiple(() =>
        {
            Assert.That(TestDriver.Now.Alive, Is.EqualTo(before.Alive));
            Assert.That(TestDriver.Now.Launches, Is.GreaterThan(before.Launches));
            Assert.That(TestDriver.Now.Faults, Is.EqualTo(before.Faults), TestDriver.Now.LastFault);
        });
    }

    [Test]
    public void OutOfMemoryNamesDeviceBytesAndRemedyAndLeavesNothing()
    {
        TestDriver.Counts before = TestDriver.Now;
        using (IDevice device = CudaDevice.Open())
        using (IEngine engine = device.CreateEngine())
        {
            Assert.That(
                () => engine.Create("too large", ElementKind.Complex, 1 << 15, 1 << 13),
                Throws.TypeOf<DeviceException>().With.Message.Contains("cuda:0").And.Message.Contains("cuMemAlloc").And.Message.Contains("CUDA_ERROR_OUT_OF_MEMORY (2)")
                    .And.Message.Contains("asked for 2147483648 bytes").And.Message.Contains("lower the memory budget"));
        }

        Assert.That(TestDriver.Now.Alive, Is.EqualTo(before.Alive));
    }

    [Test]
    public void ACompileErrorCarriesOptionsAndLog()
    {
        TestDriver.Counts before = TestDriver.Now;
        using (CudaBackend backend = OpenBackend())
        {
            string source = KernelSources.Compose(KernelSources.Files.First(), KernelLanguage.Cuda) + "#line 1 \"broken.kernel.c\"\n\nint f(void) { return notDeclaredAnywhere; }\n";
            Assert.That(
                () => backend.Compile("broken.kernel.c", source, KernelLibrary.OptionsFor(KernelLanguage.Cuda, Precision.Single, LaunchShapes.Gpu)),
                Throws.TypeOf<DeviceException>().With.Message.Contains("nvrtcCompileProgram of broken.kernel.c failed with NVRTC_ERROR_COMPILATION (6)")
                    .And.Message.Contains("--gpu-architecture=compute_80").And.Message.Contains("-DTILE_ROWS=64").And.Message.Contains("broken.kernel.c:2").And.Message.Contains("notDeclaredAnywhere"));
        }

        Assert.That(TestDriver.Now.Alive, Is.EqualTo(before.Alive));
    }

    [Test]
    public void AKernelThatIsNotThereIsNamed()
    {
        using CudaBackend backend = OpenBackend();
        using IDeviceProgram program = Compile(backend, "control.kernel.c");
        Assert.That(() => program.CreateKernel("absent"), Throws.TypeOf<DeviceException>().With.Message.Contains("kernel absent").And.Message.Contains("CUDA_ERROR_NOT_FOUND (500)"));
    }

    [Test]
    public void AnImageThatTheDriverRefusesIsCompiledAgain()
    {
        using CudaBackend backend = OpenBackend();
        Assert.That(backend.Load([1, 2, 3, 0], []), Is.Null);
    }

    /// <summary>A grid whose third extent is too large, as a batch of more than 65 535 realizations would be.</summary>
    [Test]
    public void AGridThatIsTooLargeIsAnErrorThatNamesTheKernel()
    {
        using CudaBackend backend = OpenBackend();
        using IDeviceQueue queue = backend.CreateQueue();
        using IDeviceProgram program = Compile(backend, "control.kernel.c");
        using IDeviceMemory memory = backend.Allocate(64);
        IDeviceKernel kernel = program.CreateKernel("clearComplex");
        KernelArgument[] arguments = [0, KernelArgument.Of(memory, ParameterType.ComplexMemory)];
        queue.Launch(kernel, new Groups(1, 1, 65_535), LaunchShapes.Gpu.Group, arguments);
        queue.Finish();
        Assert.That(
            () => queue.Launch(kernel, new Groups(1, 1, 65_536), LaunchShapes.Gpu.Group, arguments),
            Throws.TypeOf<DeviceException>().With.Message.Contains("cuLaunchKernel").And.Message.Contains("kernel clearComplex").And.Message.Contains("CUDA_ERROR_INVALID_VALUE"));
    }

    /// <summary>Shared memory whose size the launch gives: below 48 KB, above, and not at all where a matrix does not fit.</summary>
    [TestCase(7, OptInShared, true)]
    [TestCase(64, OptInShared, true)]
    [TestCase(73, OptInShared, false)]
    [TestCase(33, 0, true)]
    [TestCase(40, 0, false, Description = "a driver that does not know of more than 48 KB")]
    public void EigenvectorsComeFromTheMemoryThatSuffices(int n, int optInShared, bool isShared)
    {
        long faults = TestDriver.Now.Faults;
        Complex[] matrices = RandomHermitian.Create(2, n, n, 1, seed: 11), vectors = new Complex[2 * n * n];
        var values = new double[2 * n];
        TestDriver.SetOptInShared(optInShared);
        try
        {
            using IDevice device = CudaDevice.Open(0, Precision.Double);
            using var engine = (GpuEngine)device.CreateEngine();
            using var control = new SolveControl(engine, capacity: 1, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = 1 };
            using GpuTensor a = (GpuTensor)engine.Create("a", ElementKind.Control, 1, 2, n, n, 2), e = (GpuTensor)engine.Create("e", ElementKind.Control, 1, 2, n);
            using var marked = (GpuTensor)engine.Create("marked", ElementKind.Integer, 1, 2);
            marked.Write((int[])[1, 1]);
            a.Write(MemoryMarshal.Cast<Complex, double>(matrices));
            GpuTensor u = engine.EigenVectors(n, 2, a, e, marked, control);
            Assert.That(ReferenceEquals(u, a), Is.EqualTo(isShared));
            u.Read(MemoryMarshal.Cast<Complex, double>(vectors.AsSpan()));
            e.Read(values);
        }
        finally
        {
            TestDriver.SetOptInShared(OptInShared);
        }

        Assert.Multiple(() =>
        {
            for (int b = 0; b < 2; b++)
            {
                (double residual, double orthogonality) = RandomHermitian.Errors(matrices.AsSpan(b * n * n, n * n), vectors.AsSpan(b * n * n, n * n), values.AsSpan(b * n, n));
                Assert.That(residual, Is.LessThan(40 * n * 2.2e-16 * values.Max()));
                Assert.That(orthogonality, Is.LessThan(40 * n * 2.2e-16));
            }

            Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
        });
    }

    /// <summary>The driver has one limit for a kernel, whoever launches it: a launch that needs little leaves it where one that needs more wants it.</summary>
    [Test]
    public void SharedMemoryOnceAllowedStaysAllowed()
    {
        long faults = TestDriver.Now.Faults;
        using CudaBackend backend = OpenBackend();
        using IDeviceQueue queue = backend.CreateQueue();
        using IDeviceProgram program = Compile(backend, "hermitian_eigen.kernel.c");
        using IDeviceMemory memory = backend.Allocate(64);
        IDeviceKernel first = program.CreateKernel("hermitianEigenShared"), second = program.CreateKernel("hermitianEigenShared");
        queue.Clear(memory); // nothing is marked
        foreach ((IDeviceKernel kernel, int bytes) in ((IDeviceKernel, int)[])[(first, 100_000), (second, 60_000), (first, 100_000), (second, 120_000), (first, 1000)])
        {
            queue.Launch(kernel, new Groups(1), LaunchShapes.Gpu.Group, EigenArguments(memory, KernelArgument.Shared(bytes)));
        }

        queue.Finish();
        Assert.That(TestDriver.Now.Faults, Is.EqualTo(faults), TestDriver.Now.LastFault);
        Assert.That(
            () => queue.Launch(first, new Groups(1), LaunchShapes.Gpu.Group, EigenArguments(memory, KernelArgument.Shared(backend.SharedBytes))), // and what the kernel declares
            Throws.TypeOf<DeviceException>().With.Message.Contains("cuFuncSetAttribute").And.Message.Contains($"kernel hermitianEigenShared, {backend.SharedBytes} bytes of shared memory a group"));
    }

    [Test]
    public void SharedMemoryAndItsParameterBelongTogether()
    {
        using CudaBackend backend = OpenBackend();
        using IDeviceQueue queue = backend.CreateQueue();
        using IDeviceProgram control = Compile(backend, "control.kernel.c"), eigen = Compile(backend, "hermitian_eigen.kernel.c");
        using IDeviceMemory memory = backend.Allocate(64);
        Assert.Multiple(() =>
        {
            Assert.That(
                () => queue.Launch(
                    control.CreateKernel("clearComplex"), new Groups(1), LaunchShapes.Gpu.Group, [0, KernelArgument.Of(memory, ParameterType.ComplexMemory), KernelArgument.Shared(64)]),
                Throws.TypeOf<DeviceException>().With.Message.Contains("kernel clearComplex").And.Message.Contains("CUDA_ERROR_INVALID_VALUE"), "no parameter");
            Assert.That(
                () => queue.Launch(eigen.CreateKernel("hermitianEigenShared"), new Groups(1), LaunchShapes.Gpu.Group, EigenArguments(memory, KernelArgument.Of(memory, ParameterType.DoubleMemory))),
                Throws.TypeOf<DeviceException>().With.Message.Contains("kernel hermitianEigenShared").And.Message.Contains("CUDA_ERROR_INVALID_VALUE"), "no size");
        });
    }

    /// <summary>What the backend is there to prevent, so that tests which pass say something of it.</summary>
    [Test]
    public unsafe void TheDriverRefusesMoreThan48KilobytesUnlessTheyAreAllowed()
    {
        using CudaBackend backend = OpenBackend();
        using IDeviceProgram program = Compile(backend, "hermitian_eigen.kernel.c");
        Assert.That(CudaNative.cuDeviceGet(out int device, 0), Is.EqualTo(CuResult.CUDA_SUCCESS));
        Assert.That(CudaNative.cuDevicePrimaryCtxRetain(out nint handle, device), Is.EqualTo(CuResult.CUDA_SUCCESS));
        using var context = new CuPrimaryContext(handle, device);
        CuModule module;
        fixed (byte* image = program.Binary)
        {
            Assert.That(CudaNative.cuModuleLoadData(out nint loaded, image), Is.EqualTo(CuResult.CUDA_SUCCESS));
            module = new CuModule(loaded, context);
        }

        Assert.That(CudaNative.cuStreamCreate(out nint created, CuStreamFlags.CU_STREAM_NON_BLOCKING), Is.EqualTo(CuResult.CUDA_SUCCESS));
        Assert.That(CudaNative.cuMemAlloc_v2(out nint marked, 64), Is.EqualTo(CuResult.CUDA_SUCCESS));
        using var stream = new CuStream(created, context);
        using var memory = new CuMemory(marked, context);
        using (module)
        {
            Assert.That(CudaNative.cuMemsetD8Async(marked, 0, 64, stream), Is.EqualTo(CuResult.CUDA_SUCCESS));
            Assert.That(CudaNative.cuModuleGetFunction(out nint function, module, "hermitianEigenShared"), Is.EqualTo(CuResult.CUDA_SUCCESS));
            uint declared = sizeof(double) * (uint)LaunchShapes.Gpu.Group;
            Assert.That(Launch(function, (48 << 10) - declared), Is.EqualTo(CuResult.CUDA_SUCCESS));
            Assert.That(Launch(function, (48 << 10) - declared + 8), Is.EqualTo(CuResult.CUDA_ERROR_INVALID_VALUE));
            Assert.That(CudaNative.cuFuncSetAttribute(function, CuFunctionAttribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES, 60_000), Is.EqualTo(CuResult.CUDA_SUCCESS));
            Assert.That(Launch(function, 60_000), Is.EqualTo(CuResult.CUDA_SUCCESS));
            Assert.That(Launch(function, 60_008), Is.EqualTo(CuResult.CUDA_ERROR_INVALID_VALUE));
            Assert.That(CudaNative.cuStreamSynchronize(stream), Is.EqualTo(CuResult.CUDA_SUCCESS));
        }

        CuResult Launch(nint function, uint sharedBytes)
        {
            long* values = stackalloc long[] { 1, 1, marked, marked, marked, 0 };
            void** pointers = stackalloc void*[6];
            for (int i = 0; i < 6; i++)
            {
                pointers[i] = values + i;
            }

            return CudaNative.cuLaunchKernel(function, 1, 1, 1, (uint)LaunchShapes.Gpu.Group, 1, 1, sharedBytes, stream, pointers, null);
        }
    }

    [Test]
    public void ACachedProgramNeedsNoCompiler()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("program-cache-");
        long[] compilations = [.. Enumerable.Range(0, 3).Select(_ =>
        {
            long before = TestDriver.Now.Compilations;
            using CudaBackend backend = OpenBackend();
            using var library = new KernelLibrary(backend, Precision.Single, LaunchShapes.Gpu, new ProgramCache(directory.FullName));
            library.Create("clearComplex").Dispose();
            library.Create("keepBest").Dispose();
            return TestDriver.Now.Compilations - before;
        })];
        directory.Delete(recursive: true);
        Assert.That(compilations, Is.EqualTo((long[])[1, 0, 0]));
    }

    /// <summary>Of hermitianEigenShared, for matrices that are not marked.</summary>
    private static KernelArgument[] EigenArguments(IDeviceMemory memory, KernelArgument work)
    {
        KernelArgument doubles = KernelArgument.Of(memory, ParameterType.DoubleMemory);
        return [1, 1, doubles, doubles, KernelArgument.Of(memory, ParameterType.IntMemory), work];
    }

    private static CudaBackend OpenBackend()
    {
        GpuDescription description = CudaDevice.Search().Devices.Single();
        Assert.That(CudaNative.cuDeviceGet(out int device, 0), Is.EqualTo(CuResult.CUDA_SUCCESS));
        return new CudaBackend(device, description);
    }

    private static IDeviceProgram Compile(CudaBackend backend, string file) =>
        backend.Compile(file, KernelSources.Compose(file, KernelLanguage.Cuda), KernelLibrary.OptionsFor(KernelLanguage.Cuda, Precision.Single, LaunchShapes.Gpu));

    private static void OnAThread(Action action) => OnAThread(() =>
    {
        action();
        return 0;
    });

    private static T OnAThread<T>(Func<T> function)
    {
        T? result = default;
        Exception? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = function();
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        });
        thread.Start();
        thread.Join();
        return failure is null ? result! : throw new AssertionException($"on another thread: {failure}", failure);
    }
}
