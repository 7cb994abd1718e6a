using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Tests.Kernels;

/// <summary>Every program builds on the OpenCL device without a warning, as the library builds it, with the sizes of GPUs; with those of processors every conformance test builds them, -Werror too.</summary>
public sealed class BuildTests
{
    private OpenClBackend backend = null!;

    private static IEnumerable<TestCaseData> Programs =>
        from file in KernelSources.Files
        from precision in (Precision[])[Precision.Single, Precision.Double]
        select new TestCaseData(file, precision);

    [OneTimeSetUp]
    public void Open() => backend = OpenClTesting.OpenBackend();

    [OneTimeTearDown]
    public void Close() => backend.Dispose();

    [TestCaseSource(nameof(Programs))]
    public void EveryProgramBuildsWithoutWarnings(string file, Precision precision)
    {
        IReadOnlyList<string> options = KernelLibrary.OptionsFor(KernelLanguage.OpenCl, precision, LaunchShapes.Gpu);
        Assert.That(options, Does.Contain("-Werror"));
        using IDeviceProgram program = backend.Compile(file, KernelSources.Compose(file, KernelLanguage.OpenCl), options);
        foreach (KernelSignature kernel in KernelSources.Signatures.Values.Where(kernel => kernel.File == file))
        {
            program.CreateKernel(kernel.Name).Dispose();
        }
    }

    [Test]
    public void AnErrorNamesDeviceFileLineAndOptionsAndQuotesTheCompiler()
    {
        const string file = "broken.kernel.c";
        string source = KernelSources.Compose(KernelSources.Files.First(), KernelLanguage.OpenCl) + $"#line 1 \"{file}\"\n\n\nint f(void) {{ return notDeclaredAnywhere; }}\n";
        DeviceException error = Assert.Throws<DeviceException>(
            () => backend.Compile(file, source, KernelLibrary.OptionsFor(KernelLanguage.OpenCl, Precision.Single, LaunchShapes.Gpu)))!;
        Assert.That(
            error.Message,
            Does.Contain("opencl:0").And.Contain(backend.Description.Info.Name).And.Contain("clBuildProgram of broken.kernel.c failed with CL_BUILD_PROGRAM_FAILURE (-11)")
                .And.Contain("-Werror").And.Contain("-DTILE_ROWS=64").And.Contain("broken.kernel.c:3").And.Contain("notDeclaredAnywhere"));
    }

    [Test]
    public void AWarningIsAnError()
    {
        const string source = "#line 1 \"careless.kernel.c\"\nint f(void) { int a; return a; }\n__kernel void g(__global int* x) { *x = f(); }\n";
        Assert.That(
            () => backend.Compile("careless.kernel.c", source, ["-Werror", "-Wuninitialized"]), Throws.TypeOf<DeviceException>().With.Message.Contains("uninitialized"));
    }

    [Test]
    public void AKernelThatIsNotThereIsNamed()
    {
        using IDeviceProgram program = backend.Compile("small", "__kernel void present(__global int* x) { *x = 1; }\n", []);
        Assert.That(() => program.CreateKernel("absent"), Throws.TypeOf<DeviceException>().With.Message.Contains("kernel absent").And.Message.Contains("CL_INVALID_KERNEL_NAME"));
    }
}
