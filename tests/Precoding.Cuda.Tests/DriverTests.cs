using System.Numerics;
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
