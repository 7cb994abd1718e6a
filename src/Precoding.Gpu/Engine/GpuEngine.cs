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
    private readonly ConditionalWeakTable<object, ProblemConstants> constants = [];
    private readonly ConditionalWeakTable<StreamTable, StreamNumbers> streamNumbers = [];
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
        long complexNumbers = (((2 * L) + 8) * K * K) + ((K + block) * block), complexBytes = precision == Precision.Single ? 8 : 16;
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

    private ProblemConstants Constants(CoherentProblem problem) => Constants(problem, problem.PowerBudget, problem.Weight, problem.NoisePower, problem.AntennaPowerLimit);

    private ProblemConstants Constants(StreamProblem problem) => Constants(problem, problem.PowerBudget, problem.Weight, problem.NoisePower);

    private ProblemConstants Constants(object problem, double[] powerBudget, double[] weight, double[] noisePower, double[]? antennaPowerLimit = null)
    {
        if (!constants.TryGetValue(problem, out ProblemConstants? known))
        {
            known = new ProblemConstants(
                Constant("budget", powerBudget), Constant("userWeight", weight), Constant("noise", [.. noisePower.Select(power => 1 / Math.Sqrt(power))]),
                Constant("ones", [.. weight.Select(_ => 1.0)]), antennaPowerLimit is null ? null : Constant("antennaLimit", antennaPowerLimit));
            constants.Add(problem, known);
            known.WeightOnDevice = [.. weight];
        }

        if (!weight.AsSpan().SequenceEqual(known.WeightOnDevice)) // a solve may bring others
        {
            known.Weight.Write(weight);
            weight.CopyTo(known.WeightOnDevice, 0);
        }

        return known;
    }

    private StreamNumbers Numbers(StreamTable streams)
    {
        if (!streamNumbers.TryGetValue(streams, out StreamNumbers? known))
        {
            int[] rankFirst = streams.RankFirst;
            known = new StreamNumbers(
                Constant("first", streams.First), Constant("rankFirst", rankFirst), Constant("userOf", streams.UserOf),
                Constant("rankUser", [.. Enumerable.Range(0, rankFirst.Length - 1).SelectMany(k => Enumerable.Repeat(k, rankFirst[k + 1] - rankFirst[k]))]));
            streamNumbers.Add(streams, known);
        }

        return known;
    }

    private GpuTensor Constant(string name, double[] values)
    {
        GpuTensor tensor = NewTensor(name, ElementKind.Control, [values.Length]);
        tensor.Write(values);
        return tensor;
    }

    private GpuTensor Constant(string name, int[] values)
    {
        GpuTensor tensor = NewTensor(name, ElementKind.Integer, [Math.Max(1, values.Length)]);
        tensor.Write(values);
        return tensor;
    }

    /// <summary>Groups of <see cref="LaunchShapes.Group"/> threads that cover so many elements.</summary>
    private int GroupsFor(int count) => (count + Shapes.Group - 1) / Shapes.Group;

    /// <summary>Chunks that a block of so many elements is summed in.</summary>
    private int ChunksOf(int size) => (size + Shapes.SumChunk - 1) / Shapes.SumChunk;

    private static int Elements(Tensor tensor) => checked((int)(tensor.Length / tensor.Shape[0]));

    /// <summary>What a problem gives every step, on the device.</summary>
    /// <param name="Budget">P_l, [accessPoint].</param>
    /// <param name="Weight">α_k, [user].</param>
    /// <param name="Noise">1/σ_k, [user].</param>
    /// <param name="Ones">1, [user].</param>
    /// <param name="AntennaLimit">P_{l,m}, [accessPoint·M + antenna]; null for streams.</param>
    private sealed record ProblemConstants(GpuTensor Budget, GpuTensor Weight, GpuTensor Noise, GpuTensor Ones, GpuTensor? AntennaLimit)
    {
        /// <summary>What <see cref="Weight"/> holds.</summary>
        public double[] WeightOnDevice { get; set; } = [];
    }

    /// <summary>The numbers of a <see cref="StreamTable"/>, on the device.</summary>
    /// <param name="First">[user], and one more.</param>
    /// <param name="RankFirst">[user], and one more.</param>
    /// <param name="UserOf">[stream].</param>
    /// <param name="RankUser">The user of a column of F, [rank].</param>
    private sealed record StreamNumbers(GpuTensor First, GpuTensor RankFirst, GpuTensor UserOf, GpuTensor RankUser);
}
