using System.Collections.Concurrent;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>
/// A random state of every algorithm on a problem, computed by the reference: what belongs together (S_l and X_l, table and channels) fits to
/// double precision. Each array has the realizations of the shape and one spare.
/// </summary>
internal sealed class OpInputs : StepInputs
{
    private static readonly ConcurrentDictionary<(ProblemShape, int, bool), OpInputs> Known = new();

    private OpInputs(ProblemShape shape, ChannelBatch channels, int fineFactor, bool allBeams)
    {
        (Shape, Channels, FineFactor) = (shape, channels, fineFactor);
        BeamsPerLink = allBeams ? fineFactor * shape.M : Math.Max(1, shape.M / 2);
        using IDevice device = EngineUnderTest.Reference.Open();
        using IEngine ops = device.CreateEngine();
        using var problem = new CoherentProblem(ops, channels.Network, channels.Shape, shape.R);
        using var control = new SolveControl(ops, shape.R, 1, 0, 1) { RealizationCount = shape.R };
        using var support = new BeamSupport(ops, problem, fineFactor, BeamsPerLink);
        (int L, int M, int K) = (shape.L, shape.M, shape.K);
        ops.BeginControl(StepSize, control);
        ops.LoadChannels(channels, 0, problem, control);
        Keep("H", problem.H, L, K, M);
        ops.GramMatrices(problem, control);
        Keep("gram", problem.Gram, L, K, K);
        Keep("gramSum", problem.GramSum, K, K);

        Tensor x = Random(ops, "x", 1, L, K, K), s = ops.Create("s", ElementKind.Complex, shape.R, L, K, K);
        ops.ScaleCoordinatesToBudget(problem, x, s, control);
        Keep("x", x, L, K, K);
        ops.RefreshImages(problem, x, s, control);
        Keep("s", s, L, K, K);
        Keep("momentum", Random(ops, "momentum", 2, L, K, K), L, K, K);
        Tensor w = ops.Create("w", ElementKind.Complex, shape.R, K, K), signalWeight = ops.Create("signalWeight", ElementKind.Control, shape.R, K);
        ops.RateWeights(problem, s, w, signalWeight, control);
        Keep("w", w, K, K);
        Keep("signalWeight", signalWeight, K);
        Keep("objective", control.Objective);
        Keep("previousW", Random(ops, "previousW", 3, K, K), K, K);
        Tensor multiplier = ops.Create("multiplier", ElementKind.Control, shape.R, L), regularizer = ops.Create("regularizer", ElementKind.Control, shape.R);
        ops.TangentMultipliers(problem, s, w, multiplier, regularizer, control);
        Keep("multiplier", multiplier, L);
        Keep("regularizer", regularizer);
        Tensor q = ops.Create("q", ElementKind.Complex, shape.R, K, K);
        ops.PreconditionGradient(problem, s, w, signalWeight, multiplier, regularizer, q, control);
        Keep("q", q, K, K);
        Tensor qImage = ops.Create("qImage", ElementKind.Complex, shape.R, L, K, K), tangent = ops.Create("tangent", ElementKind.Control, shape.R, L);
        ops.PreconditionedGradient(problem, s, q, qImage, tangent, control);
        Keep("qImage", qImage, L, K, K);
        Keep("tangent", tangent, L);
        Tensor d = ops.Create("d", ElementKind.Complex, shape.R, L, K, K), dImage = ops.Create("dImage", ElementKind.Complex, shape.R, L, K, K);
        Tensor eta = ops.Create("eta", ElementKind.Control, shape.R), movedPower = ops.Create("movedPower", ElementKind.Control, shape.R, L, 3);
        ops.ConjugateDirection(problem, x, s, w, w, q, qImage, tangent, multiplier, multiplier, eta, d, dImage, movedPower, control);
        Keep("d", d, L, K, K);
        Keep("dImage", dImage, L, K, K);
        Keep("movedPower", movedPower, L, 3);
        KeepReals("previousMultiplier", [.. RandomProblem.Normals((shape.R + 1) * L, 9).Select(v => v.Real)], L);
        Keep("eta", eta);
        Tensor receiver = ops.Create("receiver", ElementKind.Complex, shape.R, K), weight = ops.Create("weight", ElementKind.Control, shape.R, K);
        ops.Receivers(problem, s, receiver, weight, control);
        Keep("receiver", receiver, K);
        Keep("weight", weight, K);
        Tensor precoders = Random(ops, "precoders", 4, L, K, M);
        Keep("precoders", precoders, L, K, M);
        KeepLimits(ops, problem, precoders, control);

        KeepUplink(ops, problem, control);
        FindSupport(ops, problem, support, allBeams, control);
        Tensor table = ops.Create("table", ElementKind.Complex, shape.R, L * support.N, K);
        ops.BeamTable(problem, support, table, control);
        Keep("table", table, L * support.N, K);
        Tensor u = Random(ops, "u", 5, support.SlotCapacity), normal = ops.Create("constraintGradient", ElementKind.Complex, shape.R, support.SlotCapacity);
        Tensor power = ops.Create("power", ElementKind.Control, shape.R, L);
        ops.ScaleBeamsToBudget(problem, support, u, normal, power, control);
        Keep("u", u, support.SlotCapacity);
        Keep("constraintGradient", normal, support.SlotCapacity);
        Keep("power", power, L);
        Tensor sT = ops.Create("sT", ElementKind.Complex, shape.R, K, K), wT = ops.Create("wT", ElementKind.Complex, shape.R, K, K);
        ops.Couplings(problem, table, support, u, EvaluationOrder.Auto, sT, control);
        ops.StreamRateWeights(problem, sT, wT, control);
        Keep("sT", sT, K, K);
        Keep("wT", wT, K, K);
        Tensor gradient = ops.Create("gradient", ElementKind.Complex, shape.R, support.SlotCapacity);
        ops.Gradient(problem, table, support, wT, EvaluationOrder.Auto, gradient, control);
        Keep("gradient", gradient, support.SlotCapacity);
        Keep("previousGradient", Random(ops, "previousGradient", 6, support.SlotCapacity), support.SlotCapacity);
        Keep("beamMomentum", Random(ops, "beamMomentum", 7, support.SlotCapacity), support.SlotCapacity);
        var point = new BeamPoint(u, ops.Create("beamS", ElementKind.Complex, shape.R, L, K, K), normal);
        BeamDirection direction = NewDirection(ops, support.SlotCapacity, shape.R, L, K);
        Tensor curvature = ops.Create("positiveCurvature", ElementKind.Complex, shape.R, support.SlotCapacity), beamMultiplier = ops.Create("beamMultiplier", ElementKind.Control, shape.R, L);
        Tensor beamEta = ops.Create("beamEta", ElementKind.Control, shape.R), beamPower = ops.Create("beamPower", ElementKind.Control, shape.R, L, 3);
        ops.BeamImages(problem, support, u, point.S, normal, control);
        ops.SumRate(problem, point.S, control);
        Keep("beamObjective", control.Objective);
        ops.BeamCurvature(problem, table, support, sT, CurvatureKind.Positive, curvature, control);
        ops.PreconditionBeams(problem, support, u, gradient, normal, curvature, beamMultiplier, direction.Y, control);
        ops.BeamImages(problem, support, direction.Y, direction.YImage, direction.YNormal, control);
        ops.BeamConjugateDirection(problem, support, point, gradient, gradient, beamMultiplier, beamMultiplier, beamEta, direction, beamPower, control);
        foreach (Tensor slots in (Tensor[])[curvature, direction.Y, direction.YNormal, direction.D, direction.DNormal])
        {
            Keep(slots.Name, slots, support.SlotCapacity);
        }

        foreach (Tensor images in (Tensor[])[point.S, direction.YImage, direction.DImage])
        {
            Keep(images.Name, images, L, K, K);
        }

        Keep("beamMultiplier", beamMultiplier, L);
        Keep("beamEta", beamEta);
        Keep("beamPower", beamPower, L, 3);
        Tensor inverseMass = ops.Create("inverseMass", ElementKind.Complex, shape.R, support.SlotCapacity), normalOfMass = ops.Create("normal", ElementKind.Complex, shape.R, support.SlotCapacity);
        Tensor velocity = ops.Create("velocity", ElementKind.Complex, shape.R, support.SlotCapacity), momentum = Random(ops, "beamMomentum", 7, support.SlotCapacity);
        ops.BeamCurvature(problem, table, support, sT, CurvatureKind.Hessian, inverseMass, control);
        Keep("curvature", inverseMass, support.SlotCapacity);
        inverseMass.Write([.. RandomProblem.Normals((int)inverseMass.Length, 10).Select(v => new System.Numerics.Complex(1 / (0.5 + v.Magnitude), 0))]);
        ops.ApplyInverseMass(problem, support, inverseMass, normal, normalOfMass, control);
        ops.ApplyInverseMass(problem, support, inverseMass, momentum, velocity, control);
        Keep("inverseMass", inverseMass, support.SlotCapacity);
        Keep("normal", normalOfMass, support.SlotCapacity);
        Keep("velocity", velocity, support.SlotCapacity);
        KeepReals("lambda", [.. RandomProblem.Normals((shape.R + 1) * L, 8).Select(v => v.Real)], L);
    }

    public ProblemShape Shape { get; }

    public ChannelBatch Channels { get; }

    public int FineFactor { get; }

    public int BeamsPerLink { get; }

    /// <summary>[realization, K·L + 1].</summary>
    public int[] SupportStart { get; private set; } = [];

    /// <summary>[realization, slot].</summary>
    public int[] SupportBeam { get; private set; } = [];

    public override int RealizationCount => Shape.R;

    /// <summary>Channels with unequal budgets, antenna limits, noise and weights; one zero link in realization 0, and one silent access point in the last of three.</summary>
    public static OpInputs Of(ProblemShape shape, int fineFactor = 2, bool allBeams = false) =>
        Known.GetOrAdd((shape, fineFactor, allBeams), key => Create(key.Item1, key.Item2, key.Item3));

    private static OpInputs Create(ProblemShape shape, int fineFactor, bool allBeams)
    {
        ChannelBatch channels = RandomProblem.CreateUnequal(shape, seed: 31).WithZeroLinks((r, k, l) =>
            (r == 0 && k == 0 && l == 0 && shape.K * shape.L > 1) || (r == 2 && l == 1));
        channels = channels.WithNetwork(channels.Network.WithUnequalAntennaLimits());
        return new OpInputs(shape, channels, fineFactor, allBeams);
    }

    /// <summary>y and D with their images, zero.</summary>
    private static BeamDirection NewDirection(IEngine ops, int slots, int R, int L, int K)
    {
        Tensor Slots(string name) => ops.Create(name, ElementKind.Complex, R, slots);
        Tensor Images(string name) => ops.Create(name, ElementKind.Complex, R, L, K, K);
        return new BeamDirection(Slots("y"), Images("yImage"), Slots("yNormal"), Slots("beamD"), Images("beamDImage"), Slots("beamDNormal"));
    }

    /// <summary>Antennas in the midst of being weighted.</summary>
    private void KeepLimits(IEngine ops, CoherentProblem problem, Tensor precoders, SolveControl control)
    {
        (int R, int L, int M, int K) = (Shape.R, Shape.L, Shape.M, Shape.K);
        Tensor antennaPower = ops.Create("antennaPower", ElementKind.Control, R, L, M), rates = ops.Create("rates", ElementKind.Control, R, K), power = ops.Create("blockPower", ElementKind.Control, R, L);
        ops.AntennaPowers(problem, precoders, antennaPower, control);
        ops.EvaluatePrecoders(problem, precoders, rates, power, control);
        Keep("antennaPower", antennaPower, L, M);
        Keep("rates", rates, K);
        Keep("blockPower", power, L);
        KeepReals("gain", [.. RandomProblem.Normals((R + 1) * L * M, 12).Select(v => 0.5 + v.Magnitude)], L, M);
        KeepReals("designed", [.. Enumerable.Range(0, R + 1).Select(r => r == 1 ? double.NaN : r)]);
    }

    /// <summary>A dual uplink in the midst of its iterations.</summary>
    private void KeepUplink(IEngine ops, CoherentProblem problem, SolveControl control)
    {
        using var uplink = new UplinkState(ops, problem);
        double[] noise = [.. RandomProblem.Normals((Shape.R + 1) * Shape.L, 10).Select(v => 0.2 + v.Magnitude)];
        double[] power = [.. RandomProblem.Normals((Shape.R + 1) * Shape.K, 11).Select(v => 0.05 + (20 * v.Magnitude * v.Magnitude))];
        uplink.Noise.Write(noise.AsSpan(0, Shape.R * Shape.L));
        uplink.Power.Write(power.AsSpan(0, Shape.R * Shape.K));
        ops.UplinkCapacity(problem, uplink, control);
        KeepReals("uplinkNoise", noise, Shape.L);
        KeepReals("uplinkPower", power, Shape.K);
        Keep("uplinkCapacity", uplink.Capacity);
        Keep("uplinkMarginal", uplink.Marginal, Shape.K);
        Keep("gainMarginal", uplink.GainMarginal, Shape.L);
        Keep("capacitySize", uplink.CapacitySize);
        Keep("marginalSize", uplink.MarginalSize, Shape.K);
    }

    private void FindSupport(IEngine ops, CoherentProblem problem, BeamSupport support, bool allBeams, SolveControl control)
    {
        int links = Shape.K * Shape.L;
        SupportStart = new int[Shape.R * (links + 1)];
        SupportBeam = new int[Shape.R * support.SlotCapacity];
        if (allBeams)
        {
            for (int i = 0; i < SupportStart.Length; i++)
            {
                SupportStart[i] = i % (links + 1) * support.N;
            }

            for (int i = 0; i < SupportBeam.Length; i++)
            {
                SupportBeam[i] = i % support.N;
            }

            support.Start.Write(SupportStart);
            support.Beam.Write(SupportBeam);
            return;
        }

        ops.PursuitSupport(problem, 0.03, support, control);
        support.Start.Read(SupportStart);
        support.Beam.Read(SupportBeam);
    }
}
