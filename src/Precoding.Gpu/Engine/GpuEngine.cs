using System.Runtime.CompilerServices;
using Precoding.Engines;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Engine;

/// <summary>
/// The steps as launches of kernels, in order on a queue of its own; nothing waits for the device but reads of tensors. One group works on one realization, so
/// that what a realization gets depends on no other, and a group whose realization is settled ends at once.
/// </summary>
internal sealed partial class GpuEngine(GpuDevice device, IBackend backend, KernelLibrary library) : IEngine
{
    private readonly IDeviceQueue queue = backend.CreateQueue();
    private readonly Dictionary<string, LoadedKernel> kernels = [];
    private readonly Dictionary<string, GpuTensor> scratch = [];
    private readonly ConditionalWeakTable<CoherentProblem, ProblemConstants> constants = [];
    private readonly HashSet<GpuTensor> alive = [];
    private IDeviceMemory? staging;

    public DeviceInfo Device => device.Info;

    public Precision Precision { get; } = library.Precision;

    private LaunchShapes Shapes => library.Shapes;

    public Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> shape) => NewTensor(name, kind, shape);

    public int RealizationsAtOnce(ChannelShape shape, long bytesPerRealization) =>
        device.PlanFor(shape, bytesPerRealization, Precision).RealizationsPerEngine;

    /// <summary>Scratch of one realization at most: of whichever algorithm takes the most. That is the beam domain with a start from the reduced one.</summary>
    public static long ScratchBytes(ChannelShape shape, Precision precision, LaunchShapes shapes)
    {
        long K = shape.UserCount, L = shape.AccessPointCount, block = shapes.Block, pairs = ((2 * L) + 1) * (L + 1);
        long complexNumbers = (((2 * L) + 7) * K * K) + ((K + block) * block), complexBytes = precision == Precision.Single ? 8 : 16;
        return (complexNumbers * complexBytes) + (8 * K * (pairs + (4 * L) + 12)) + 4096 + BeamScratchBytes(shape, complexBytes, shapes);
    }

    public void Dispose()
    {
        foreach (LoadedKernel kernel in kernels.Values)
        {
            kernel.Dispose();
        }

        foreach (GpuTensor tensor in alive.ToArray())
        {
            tensor.Dispose();
        }

        staging?.Dispose();
        queue.Dispose();
    }

    private GpuTensor NewTensor(string name, ElementKind kind, ReadOnlySpan<int> shape) => new(backend, queue, Precision, alive, name, kind, shape);

    private void Launch(string kernel, Groups groups, params ReadOnlySpan<KernelArgument> arguments)
    {
        if (!kernels.TryGetValue(kernel, out LoadedKernel? loaded))
        {
            kernels[kernel] = loaded = library.Create(kernel);
        }

        loaded.Launch(queue, groups, arguments);
    }

    /// <summary>Memory for intermediate results [realization, extents…], kept for the next step; its contents mean nothing between steps.</summary>
    private GpuTensor Scratch(string name, ElementKind kind, SolveControl control, params ReadOnlySpan<int> extents) =>
        Scratch(name, kind, [control.Capacity, .. extents]);

    /// <summary>Memory for intermediate results of any shape, likewise.</summary>
    private GpuTensor Scratch(string name, ElementKind kind, params ReadOnlySpan<int> shape)
    {
        if (scratch.TryGetValue(name, out GpuTensor? tensor) && tensor.Shape.SequenceEqual(shape))
        {
            return tensor;
        }

        tensor?.Dispose();
        return scratch[name] = NewTensor(name, kind, shape);
    }

    private ProblemConstants Constants(CoherentProblem problem)
    {
        if (!constants.TryGetValue(problem, out ProblemConstants? values))
        {
            values = new ProblemConstants(problem, (name, length) => NewTensor(name, ElementKind.Control, [length]));
            constants.Add(problem, values);
        }

        return values;
    }

    /// <summary>Groups of <see cref="LaunchShapes.Group"/> threads that cover so many elements.</summary>
    private int GroupsFor(int count) => (count + Shapes.Group - 1) / Shapes.Group;

    /// <summary>Chunks that a block of so many elements is summed in.</summary>
    private int ChunksOf(int size) => (size + Shapes.SumChunk - 1) / Shapes.SumChunk;

    private static int Elements(Tensor tensor) => checked((int)(tensor.Length / tensor.Shape[0]));

    /// <summary>What a problem gives every step, on the device.</summary>
    private sealed class ProblemConstants
    {
        public ProblemConstants(CoherentProblem problem, Func<string, int, GpuTensor> create)
        {
            Budget = create("budget", problem.L);
            Weight = create("userWeight", problem.K);
            Noise = create("noise", problem.K);
            Budget.Write(problem.PowerBudget);
            Weight.Write(problem.Weight);
            Noise.Write([.. problem.NoisePower.Select(power => 1 / Math.Sqrt(power))]);
        }

        /// <summary>P_l, [accessPoint].</summary>
        public GpuTensor Budget { get; }

        /// <summary>α_k, [user].</summary>
        public GpuTensor Weight { get; }

        /// <summary>1/σ_k, [user].</summary>
        public GpuTensor Noise { get; }
    }
}
