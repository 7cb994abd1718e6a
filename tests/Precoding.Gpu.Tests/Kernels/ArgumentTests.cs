using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Tests.Kernels;

/// <summary>Arguments are checked against the kernel's own text before a driver, which could not tell, sees them.</summary>
public sealed class ArgumentTests
{
    private const string Text =
        "KERNEL GROUP_SIZE(GROUP)\nvoid axpy(const int n, const real a, const double c, GLOBAL const cplx* RESTRICT x, GLOBAL int* RESTRICT status)\n{\n}\n";

    private static readonly KernelArgument X = KernelArgument.Of(new NoMemory(), ParameterType.ComplexMemory), Status = KernelArgument.Of(new NoMemory(), ParameterType.IntMemory);

    private static KernelSignature Signature => KernelSources.SignaturesOf("axpy.kernel.c", Text).Single();

    [Test]
    public void AWrongCountIsAnError()
    {
        using var kernel = new LoadedKernel(Signature, new NoKernel(), 64, Precision.Single);
        var queue = new RecordingQueue();
        Assert.Multiple(() =>
        {
            Assert.That(
                () => kernel.Launch(queue, new Groups(1), [3, 0.5, 0.25, X]), Throws.InvalidOperationException.With.Message.EqualTo("Kernel axpy: got 4 arguments, its text has 5 parameters."));
            Assert.That(() => kernel.Launch(queue, new Groups(1), [3, 0.5, 0.25, X, Status, 1]), Throws.InvalidOperationException.With.Message.Contains("got 6 arguments"));
            Assert.That(queue.Launches, Is.Empty);
        });
    }

    [Test]
    public void AWrongTypeIsAnErrorThatSaysWhichArgument()
    {
        using var kernel = new LoadedKernel(Signature, new NoKernel(), 64, Precision.Single);
        var queue = new RecordingQueue();
        Assert.Multiple(() =>
        {
            Assert.That(
                () => kernel.Launch(queue, new Groups(1), [3, 0.5, 0.25, Status, X]),
                Throws.InvalidOperationException.With.Message.EqualTo("Kernel axpy, argument 3: got IntMemory, its text says ComplexMemory."));
            Assert.That(() => kernel.Launch(queue, new Groups(1), [0.5, 3, 0.25, X, Status]), Throws.InvalidOperationException.With.Message.Contains("argument 0: got Double, its text says Int"));
            Assert.That(() => kernel.Launch(queue, new Groups(1), [3, 1, 0.25, X, Status]), Throws.InvalidOperationException.With.Message.Contains("argument 1: got Int, its text says Real"));
            Assert.That(() => kernel.Launch(queue, new Groups(1), [3, 0.5, X, X, Status]), Throws.InvalidOperationException.With.Message.Contains("argument 2: got ComplexMemory, its text says Double"));
            Assert.That(queue.Launches, Is.Empty);
        });
    }

    [TestCase(Precision.Single, 4)]
    [TestCase(Precision.Double, 8)]
    public void ADoubleBecomesARealOfTheEnginesPrecision(Precision precision, int size)
    {
        using var kernel = new LoadedKernel(Signature, new NoKernel(), 64, precision);
        var queue = new RecordingQueue();
        kernel.Launch(queue, new Groups(5, 2, 3), [3, 0.1, 0.25, X, Status]);
        (Groups groups, int groupSize, KernelArgument[] arguments) = queue.Launches.Single();
        Assert.Multiple(() =>
        {
            Assert.That((groups, groupSize), Is.EqualTo((new Groups(5, 2, 3), 64)));
            Assert.That(arguments.Select(argument => argument.Size), Is.EqualTo((int[])[4, size, 8, 8, 8]));
            Assert.That(precision == Precision.Single ? BitConverter.Int32BitsToSingle((int)arguments[1].Bits) : BitConverter.Int64BitsToDouble(arguments[1].Bits),
                Is.EqualTo(precision == Precision.Single ? 0.1f : 0.1));
            Assert.That(BitConverter.Int64BitsToDouble(arguments[2].Bits), Is.EqualTo(0.25));
        });
    }

    [Test]
    public void NegativeNumbersKeepTheirBits()
    {
        using var kernel = new LoadedKernel(Signature, new NoKernel(), 64, Precision.Single);
        var queue = new RecordingQueue();
        kernel.Launch(queue, new Groups(1), [-3, -0.5, -0.25, X, Status]);
        KernelArgument[] arguments = queue.Launches.Single().Arguments;
        Assert.Multiple(() =>
        {
            Assert.That((int)arguments[0].Bits, Is.EqualTo(-3));
            Assert.That(BitConverter.Int32BitsToSingle((int)arguments[1].Bits), Is.EqualTo(-0.5f));
        });
    }

    [Test]
    public void SharedMemoryIsItsSize()
    {
        KernelSignature signature = KernelSources.SignaturesOf("sum.kernel.c", "KERNEL GROUP_SIZE(GROUP)\nvoid sum(const int n, IN_SHARED double* work)\n{\n}\n").Single();
        using var kernel = new LoadedKernel(signature, new NoKernel(), 64, Precision.Single);
        var queue = new RecordingQueue();
        kernel.Launch(queue, new Groups(1), [3, KernelArgument.Shared(100_000)]);
        Assert.Multiple(() =>
        {
            Assert.That(queue.Launches.Single().Arguments[1].Size, Is.EqualTo(100_000));
            Assert.That(queue.Launches.Single().Arguments[1].Memory, Is.Null);
            Assert.That(() => kernel.Launch(queue, new Groups(1), [3, 8]), Throws.InvalidOperationException.With.Message.EqualTo("Kernel sum, argument 1: got Int, its text says SharedMemory."));
            Assert.That(() => KernelArgument.Shared(0), Throws.TypeOf<ArgumentOutOfRangeException>());
        });
    }

    [TestCase(0, 1, 1)]
    [TestCase(1, 0, 1)]
    [TestCase(1, 1, 0)]
    public void AnEmptyGridIsNotLaunched(int x, int y, int z)
    {
        using var kernel = new LoadedKernel(Signature, new NoKernel(), 64, Precision.Single);
        var queue = new RecordingQueue();
        kernel.Launch(queue, new Groups(x, y, z), [3, 0.5, 0.25, X, Status]);
        Assert.That(queue.Launches, Is.Empty);
    }

    private sealed class NoMemory : IDeviceMemory
    {
        public long Bytes => 0;

        public void Dispose()
        {
        }
    }

    private sealed class NoKernel : IDeviceKernel
    {
        public void Dispose()
        {
        }
    }

    private sealed class RecordingQueue : IDeviceQueue
    {
        public List<(Groups Groups, int GroupSize, KernelArgument[] Arguments)> Launches { get; } = [];

        public void Write(IDeviceMemory memory, long offset, ReadOnlySpan<byte> values) => throw new NotSupportedException();

        public void Read(IDeviceMemory memory, long offset, Span<byte> values) => throw new NotSupportedException();

        public void Clear(IDeviceMemory memory) => throw new NotSupportedException();

        public void Launch(IDeviceKernel kernel, Groups groups, int groupSize, ReadOnlySpan<KernelArgument> arguments) => Launches.Add((groups, groupSize, arguments.ToArray()));

        public void Finish()
        {
        }

        public void Dispose()
        {
        }
    }
}
