using NUnit.Framework;

namespace Precoding.Gpu.Tests;

public sealed class OpenClEnumerationTests
{
    private const string PoclRemedy = "install PoCL (Debian and Ubuntu: apt-get install pocl-opencl-icd ocl-icd-libopencl1); the OpenCL tests need it, so its absence is a failure";

    [Test]
    public void FindsAtLeastOneDevice()
    {
        GpuSearch search = OpenClDevice.Search();
        Assert.That(search.Devices, Is.Not.Empty, $"No OpenCL device: {search.Problem}. To run these tests, {PoclRemedy}.");
        Assert.That(search.Problem, Is.Null);
    }

    [Test]
    public void DevicesDescribeThemselves()
    {
        GpuSearch search = OpenClDevice.Search();
        Assert.That(search.Devices, Is.Not.Empty, PoclRemedy);
        Assert.Multiple(() =>
        {
            for (int i = 0; i < search.Devices.Count; i++)
            {
                GpuDescription device = search.Devices[i];
                Assert.That(device.Info.Id, Is.EqualTo($"opencl:{i}"));
                Assert.That(device.Info.Name, Is.Not.Empty.And.Not.EqualTo("unknown"));
                Assert.That(device.Info.Name, Does.Not.Contain('\0'));
                Assert.That(device.ComputeUnitCount, Is.InRange(1, 100_000));
                Assert.That(device.Info.MemoryBytes, Is.InRange(1L << 26, 1L << 44)); // 64 MiB … 16 TiB
                Assert.That(device.Info.Details, Does.Contain("compute units").And.Contain("OpenCL"));
            }
        });
    }

    [Test]
    public void EnumerateListsWhatSearchFinds() =>
        Assert.That(OpenClDevice.Enumerate(), Is.EqualTo(OpenClDevice.Search().Devices.Select(d => d.Info)));

    [Test]
    public void AbsentLoaderIsAProblemWithARemedyNotACrash()
    {
        GpuSearch search = OpenClDevice.Search("an OpenCL that is nowhere", ["libOpenCL-that-is-nowhere.so.1"], []);
        Assert.Multiple(() =>
        {
            Assert.That(search.Devices, Is.Empty);
            Assert.That(search.Problem, Does.Contain("libOpenCL-that-is-nowhere.so.1").And.Contain("not installed"));
            Assert.That(search.Remedy, Does.Contain("ocl-icd-libopencl1"));
        });
    }

    [Test]
    public void OpeningWhatIsThereGivesItsEngines()
    {
        using IDevice device = OpenClDevice.Open(0, Precision.Double);
        using Precoding.Engines.IEngine engine = device.CreateEngine(Precision.Single);
        Assert.Multiple(() =>
        {
            Assert.That(device.Info, Is.EqualTo(OpenClDevice.Enumerate()[0]));
            Assert.That(device.Precision, Is.EqualTo(Precision.Double));
            Assert.That(engine.Precision, Is.EqualTo(Precision.Single));
        });
    }

    [Test]
    public void OpeningWhatIsAbsentSaysWhatIsThere()
    {
        DeviceException absent = Assert.Throws<DeviceException>(() => OpenClDevice.Open(99))!;
        Assert.That(absent.Message, Does.Contain("Device opencl:99 is absent").And.Contain($"devices of this kind: {OpenClDevice.Enumerate().Count}").And.Contain("doctor"));
    }
}
