using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>Steps of an iteration take their memory once: later calls allocate nothing.</summary>
internal sealed class AllocationTests
{
    private static readonly EvaluationOrder[] Orders = [EvaluationOrder.Gathered, EvaluationOrder.Dense];

    [Test]
    public void Iterations_AllocateNothing([Values] Precision precision, [Values(9, 17)] int userCount)
    {
        // small systems are solved on lanes, larger ones on tiles
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 16, userCount), seed: 5);
        using IDevice device = SimdDevice.Open(precision: precision, threadCount: 2);
        using IEngine engine = device.CreateEngine();
        using var problem = new CoherentProblem(engine, channels.Network, channels.Shape, 2);
        using var control = new SolveControl(engine, 2, 1000, 0, 3) { RealizationCount = 2 };
        using var support = new BeamSupport(engine, problem, 2, 8);
        using var uplink = new UplinkState(engine, problem);
        uplink.Begin();
        int L = problem.L, K = problem.K;
        Tensor Complex(string name, params int[] extents) => engine.Create(name, ElementKind.Complex, [2, .. extents]);
        Tensor Control(string name, params int[] extents) => engine.Create(name, ElementKind.Control, [2, .. extents]);
        Tensor x = Complex("x", L, K, K), s = Complex("s", L, K, K), w = Complex("w", K, K), w2 = Complex("w2", K, K), q = Complex("q", K, K);
        Tensor qImage = Complex("qImage", L, K, K), d = Complex("d", L, K, K), dImage = Complex("dImage", L, K, K), nu = Complex("nu", L, K, K), best = Complex("best", L, K, K);
        Tensor omega = Control("omega", K), c = Control("c", L), tangent = Control("tangent", L), moved = Control("moved", L, 3), lambda = Control("lambda"), eta = Control("eta"), power = Control("power", L), mu = Control("mu", L), weight = Control("weight", K);
        Tensor receiver = Complex("receiver", K), table = Complex("table", L * support.N, K), sT = Complex("sT", K, K), wT = Complex("wT", K, K);
        Tensor u = Complex("u", support.SlotCapacity), n = Complex("n", support.SlotCapacity), g = Complex("g", support.SlotCapacity), f = Complex("f", support.SlotCapacity), f2 = Complex("f2", support.SlotCapacity);
        Tensor mass = Complex("mass", support.SlotCapacity), velocity = Complex("velocity", support.SlotCapacity);
        var point = new BeamPoint(u, s, g);
        var direction = new BeamDirection(n, qImage, velocity, f2, dImage, mass);
        engine.BeginControl(0.07, control);
        engine.LoadChannels(channels, 0, problem, control);
        engine.GramMatrices(problem, control);
        engine.BeamTable(problem, support, table, control);
        engine.PursuitSupport(problem, 0.03, support, control);
        engine.MatchedCoordinates(problem, x, s, control);
        engine.MatchedBeams(problem, table, support, u, control);
        engine.ScaleBeamsToBudget(problem, support, u, g, power, control);

        Iterate();
        Iterate();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int iteration = 0; iteration < 10; iteration++)
        {
            Iterate();
        }

        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Iterate()
        {
            engine.RateWeights(problem, s, w, omega, control);
            engine.TangentMultipliers(problem, s, w, c, lambda, control);
            engine.PreconditionGradient(problem, s, w, omega, c, lambda, q, control);
            engine.PreconditionedGradient(problem, s, q, qImage, tangent, control);
            engine.ConjugateDirection(problem, x, s, w, w2, q, qImage, tangent, c, c, eta, d, dImage, moved, control);
            engine.LineSearch(problem, d, dImage, moved, x, s, control);
            engine.SteepestDirection(problem, x, s, q, qImage, tangent, d, dImage, moved, control);
            engine.ScaleCoordinatesToBudget(problem, x, s, control);

            engine.BlendRegularizer(problem, omega, 1, 0.5, lambda, control);
            engine.ProjectedMomentumStep(problem, q, 1, 0.5, nu, x, s, control);

            engine.DampThenKick(problem, w, 0.4, nu, control);
            engine.DriftOntoPowerSphere(problem, x, s, nu, power, control);
            engine.ForceChange(problem, w, w2, control);
            engine.KickThenDamp(problem, x, s, w, power, 0.4, nu, control);
            engine.KeepBest(x, best, control);

            engine.Receivers(problem, s, receiver, weight, control);
            for (int l = 0; l < L; l++)
            {
                engine.UpdateBlock(problem, l, receiver, weight, x, s, mu, control);
            }

            engine.SumRate(problem, s, control);

            foreach (EvaluationOrder order in Orders)
            {
                engine.Couplings(problem, table, support, u, order, sT, control);
                engine.StreamRateWeights(problem, sT, wT, control);
                engine.Gradient(problem, table, support, wT, order, f, control);
            }

            engine.PrintedMultipliers(problem, support, f, g, g, n, power, mu, control);
            engine.BeamCurvature(problem, table, support, sT, CurvatureKind.Hessian, mass, control);
            engine.InverseMass(problem, support, 0.3, mass, control);
            engine.ApplyInverseMass(problem, support, mass, n, velocity, control);
            engine.BeamImages(problem, support, u, s, g, control);
            engine.StreamCouplings(problem, s, sT, control);
            engine.PreconditionBeams(problem, support, u, f, g, mass, c, n, control);
            engine.BeamConjugateDirection(problem, support, point, f, f2, c, c, eta, direction, moved, control);
            engine.BeamLineSearch(problem, support, direction, moved, point, control);
            engine.BeamSteepestDirection(problem, support, point, direction, moved, control);
            engine.BeamDampThenKick(problem, support, f, g, mu, 0.4, n, control);
            engine.DriftOntoPowerEllipsoid(problem, support, true, velocity, g, u, n, g, power, control);
            engine.BeamForceChange(problem, support, f, f2, control);
            engine.BeamKickThenDamp(problem, support, f, g, g, power, 0.4, false, n, control);
            engine.UplinkCapacity(problem, uplink, control);
            engine.AdvanceUplink(problem, uplink, control);
            control.StepSize.Write([0.07, 0.07]);
            engine.AdvanceControl(control);
        }
    }

    [Test]
    public void ScaPasses_AllocateNothing([Values] Precision precision)
    {
        var shape = new StreamShape("three", 3, 2, 6, 4, 1, (_, _, _) => 1);
        ChannelBatch channels = RandomStreams.Create(shape, seed: 6);
        using IDevice device = SimdDevice.Open(precision: precision, threadCount: 2);
        using IEngine engine = device.CreateEngine();
        using var problem = new StreamProblem(engine, channels.Network, channels.Shape, 3);
        using var control = new SolveControl(engine, 3, 10_000, 0, 10_000) { RealizationCount = 3 };
        using var streams = new StreamTable(engine, problem, shape.StreamsOfUser, 1);
        using var state = new ScaState(engine, problem, streams, control, passLimit: 3, gapTolerance: 0, gapShare: 0);
        using Tensor x = engine.Create("x", ElementKind.Complex, 3, streams.S, 4), e = engine.Create("e", ElementKind.Complex, 3, streams.S, 4);
        streams.AccessPoint.Write(shape.SeparateAccessPoints);
        engine.BeginControl(1, control);
        engine.LoadUserChannels(channels, 0, problem, control);
        engine.UserGramMatrices(problem, control);
        engine.LocalEigenZeroForcing(problem, streams, x, control);
        engine.ScaleStreamsToBudget(problem, streams, x, e, control);
        state.BeginFirst();
        engine.MinorantTangent(problem, streams, x, e, state, control);
        state.SetOutcome(ScaOutcome.Improving);
        Iterate(10);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Iterate(30);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);

        void Iterate(int count)
        {
            for (int i = 0; i < count; i++)
            {
                engine.MinorantGradient(problem, streams, state, control);
                engine.MinorantStep(problem, streams, x, e, state, control);
                engine.MinorantTangent(problem, streams, x, e, state, control);
                engine.AdvanceSubproblems(state, control);
            }
        }
    }
}
