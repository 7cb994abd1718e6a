using NUnit.Framework;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Tests;

public sealed class CudaEnumerationTests
{
    [Test]
    public void DevicesDescribeThemselves()
    {
        GpuSearch search = CudaDevice.Search();
        if (search.Devices.Count == 0)
        {
            Assert.Ignore($"no CUDA device: {search.Problem}");
        }

        Assert.Multiple(() =>
        {
            foreach (GpuDescription device in search.Devices)
            {
                Assert.That(device.Info.Name, Is.Not.Empty);
                Assert.That(device.IsGpu);
                Assert.That(device.ComputeUnitCount, Is.InRange(1, 100_000));
                Assert.That(device.Info.MemoryBytes, Is.InRange(1L << 28, 1L << 44)); // 256 MiB … 16 TiB
            }
        });
    }

    [Test]
    public void WithoutDevicesThereIsAProblemAndARemedy()
    {
        GpuSearch search = CudaDevice.Search();
        Assert.That(search.Devices.Count > 0 || (search.Problem is not null && search.Remedy is not null));
    }

    [Test]
    public void AbsentDriverIsAProblemWithARemedyNotACrash()
    {
        GpuSearch search = CudaDevice.Search("a CUDA that is nowhere", ["libcuda-that-is-nowhere.so.1"]);
        Assert.Multiple(() =>
        {
            Assert.That(search.Devices, Is.Empty);
            Assert.That(search.Problem, Does.Contain("libcuda-that-is-nowhere.so.1").And.Contain("not installed"));
            Assert.That(search.Remedy, Does.Contain("driver"));
        });
    }

    [Test]
    public void OpeningWhatIsAbsentSaysSoWithARemedy()
    {
        DeviceException error = Assert.Throws<DeviceException>(() => CudaDevice.Open(99))!;
        GpuSearch search = CudaDevice.Search();
        Assert.That(error.Message, Does.Contain("Device cuda:99 is absent").And.Contain(search.Problem ?? $"devices of this kind: {search.Devices.Count}").And.Contain(search.Remedy ?? "doctor"));
    }

    /// <summary>A GPU whose kernels nothing can compile: the message says what to install and where it was looked for.</summary>
    [Test]
    public void WithoutNvrtcTheMessageHasTheRemedy()
    {
        if (Nvrtc.IsThere)
        {
            Assert.That(Nvrtc.Obstacle, Is.Null);
            return;
        }

        Assert.Multiple(() =>
        {
            Assert.That(Nvrtc.Version, Is.EqualTo("absent"));
            Assert.That(Nvrtc.Obstacle, Does.Contain("NVRTC").And.Contain(Nvrtc.PathVariable).And.Contain("nvidia-cuda-nvrtc"));
        });
    }

    [TestCase(80, 80)]
    [TestCase(86, 80)]
    [TestCase(120, 90)]
    [TestCase(61, 61, Description = "too old: NVRTC says so")]
    public void PtxIsOfTheNewestArchitectureThatCompilerAndDeviceKnow(int capability, int expected) =>
        Assert.That(Nvrtc.ArchitectureFor(capability, [70, 75, 80, 90]), Is.EqualTo(expected));
}
