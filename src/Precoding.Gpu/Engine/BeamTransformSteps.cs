using System.Numerics;
using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Between beams and antennas. [BSP (2); coherent.md §2]</content>
internal sealed partial class GpuEngine
{
    private readonly Dictionary<(int M, int N), BeamConstants> beamConstants = [];

    public void BeamTable(CoherentProblem problem, BeamSupport support, Tensor table, SolveControl control) =>
        Launch(
            "beamTable" + TransformOf(support.N), Links(problem, control), problem.K, problem.L, problem.M, support.N, BeamConstantsOf(problem, support).Turns, problem.H, table,
            control.Status);

    public void ProjectedBeams(CoherentProblem problem, Tensor precoders, BeamSupport support, Tensor u, SolveControl control) =>
        Project(problem, support, precoders, null, u, control, control.Status);

    public void PrecodersOfBeams(CoherentProblem problem, BeamSupport support, Tensor u, Tensor precoders, SolveControl control) =>
        Synthesize(problem, support, u, precoders, control, control.Status, everyStatus: true);

    /// <summary>p_{u,l} = V Φ_{u,l} u_{u,l} where the mask is Running.</summary>
    private void Synthesize(
        CoherentProblem problem, BeamSupport support, Tensor u, Tensor antennas, SolveControl control, Tensor mask, bool everyStatus = false) =>
        Launch(
            "synthesize" + TransformOf(support.N), Links(problem, control), problem.K, problem.L, problem.M, support.N, support.SlotCapacity,
            BeamConstantsOf(problem, support).Turns, support.Start, support.Beam, u, antennas, everyStatus ? 1 : 0, mask);

    /// <summary>u_{u,l} = c_l Φ_{u,l}ᵀ Vᴴ p_{u,l} where the mask is Running; c_l = 1 without factors.</summary>
    private void Project(CoherentProblem problem, BeamSupport support, Tensor antennas, Tensor? factor, Tensor u, SolveControl control, Tensor mask) =>
        Launch(
            "project" + TransformOf(support.N), Links(problem, control), problem.K, problem.L, problem.M, support.N, support.SlotCapacity,
            BeamConstantsOf(problem, support).Turns, support.Start, support.Beam, antennas, factor is null ? 0 : 1, factor ?? Constants(problem).Budget, u, mask);

    /// <summary>Antennas of every stream at every access point.</summary>
    private GpuTensor Antennas(string name, CoherentProblem problem, SolveControl control) =>
        Scratch(name, ElementKind.Complex, control, problem.L, problem.K, problem.M);

    /// <summary>One group per (user, access point, realization).</summary>
    private static Groups Links(CoherentProblem problem, SolveControl control) => new(problem.K, problem.L, control.RealizationCount);

    /// <summary>Which kernels transform so many beams: powers of two in shared memory while they fit there, sums otherwise.</summary>
    private string TransformOf(int N) => !IsTransformed(N) ? "Any" : N <= Shapes.FewPoints ? "Few" : "Many";

    private bool IsTransformed(int N) => BitOperations.IsPow2(N) && N <= Shapes.ManyPoints(Precision);

    private BeamConstants BeamConstantsOf(CoherentProblem problem, BeamSupport support)
    {
        if (!beamConstants.TryGetValue((problem.M, support.N), out BeamConstants? values))
        {
            values = new BeamConstants(problem.M, support.N, (name, kind, length) => NewTensor(name, kind, [length]));
            beamConstants.Add((problem.M, support.N), values);
        }

        return values;
    }

    /// <summary>Scratch of the beam domain: antennas twice, sums over access points, orders, and the beams that pursuits find. Memory of groups at work is not of a realization.</summary>
    private static long BeamScratchBytes(ChannelShape shape, long complexBytes, LaunchShapes shapes)
    {
        long K = shape.UserCount, L = shape.AccessPointCount, M = shape.AntennaCount, chunks = ((K * M) + shapes.SumChunk - 1) / shapes.SumChunk;
        return (2 * L * K * M * complexBytes) + (8 * L * ((10 * K) + (5 * chunks) + 32)) + (4 * K * L * (Math.Max(1, M / 2) + 1)) + (8 * K * L * M / shapes.SumChunk) + 4096;
    }

    /// <summary>Tables of V, computed in double.</summary>
    private sealed class BeamConstants
    {
        public BeamConstants(int M, int N, Func<string, ElementKind, int, GpuTensor> create)
        {
            Turns = create("turns", ElementKind.Complex, N);
            Atoms = create("atoms", ElementKind.Control, checked(5 * N));
            var turns = new Complex[N];
            var atoms = new double[5 * N];
            for (int n = 0; n < N; n++)
            {
                double angle = 2.0 * n / N, halfTurns = (M - 1) * ((2.0 * n) - N) / (2.0 * N);
                turns[n] = new Complex(double.CosPi(angle), -double.SinPi(angle));
                atoms[2 * n] = double.CosPi(angle);
                atoms[(2 * n) + 1] = double.SinPi(angle);
                atoms[(2 * N) + (2 * n)] = double.CosPi(halfTurns);
                atoms[(2 * N) + (2 * n) + 1] = double.SinPi(halfTurns);
                atoms[(4 * N) + n] = n == 0 ? 1 : double.SinPi((double)((long)M * n % (2L * N)) / N) / (M * double.SinPi((double)n / N));
            }

            Turns.Write(turns);
            Atoms.Write(atoms);
        }

        /// <summary>exp(−2πj i/N), [N].</summary>
        public GpuTensor Turns { get; }

        /// <summary>What pursuit and least squares need, in the layout of their kernels.</summary>
        public GpuTensor Atoms { get; }
    }
}
