using System.Collections.Concurrent;
using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>
/// A random state of the methods of streams, computed by the reference: what belongs together (e_b and x_b, factors and e) fits to double precision.
/// Each array has the realizations of the shape and one spare, whose streams nobody sends.
/// </summary>
internal sealed class StreamInputs : StepInputs
{
    private static readonly ConcurrentDictionary<(string, bool), StreamInputs> Known = new();

    private StreamInputs(StreamShape shape, bool isJoint)
    {
        (Shape, Branches) = (shape, isJoint ? shape.Branches : 1);
        Channels = RandomStreams.Create(shape, seed: 33).WithZeroLinks((r, k, l) => r == 0 && k == 0 && l == 0 && shape.K * shape.L > 1);
        SeparateAccessPoints = [.. shape.SeparateAccessPoints, .. Enumerable.Repeat(-1, shape.StreamsOfUser.Sum())];
        AccessPoints = isJoint ? [.. shape.JointAccessPoints, .. Enumerable.Repeat(-1, shape.StreamsOfUser.Sum() * Branches)] : SeparateAccessPoints;
        using IDevice device = EngineUnderTest.Reference.Open();
        using IEngine engine = device.CreateEngine();
        using var problem = new StreamProblem(engine, Channels.Network, shape.Channels, shape.R);
        using var control = new SolveControl(engine, shape.R, 1, 0, 1) { RealizationCount = shape.R };
        using var separate = new StreamTable(engine, problem, shape.StreamsOfUser, 1);
        using var streams = new StreamTable(engine, problem, shape.StreamsOfUser, Branches);
        separate.AccessPoint.Write(SeparateAccessPoints.AsSpan(0, shape.R * separate.Branches));
        streams.AccessPoint.Write(AccessPoints.AsSpan(0, shape.R * streams.Branches));
        engine.BeginControl(StepSize, control);
        (int n, int L, int M, int S) = (problem.Rows, shape.L, shape.M, Math.Max(1, streams.S));
        engine.LoadUserChannels(Channels, 0, problem, control);
        Keep("H", problem.H, L, n, M);
        engine.UserGramMatrices(problem, control);
        Keep("gram", problem.Gram, L, n, n);

        Tensor separateX = Random(engine, "separateX", 1, separate.Branches, n), separateE = engine.Create("separateE", ElementKind.Complex, shape.R, separate.Branches, n);
        engine.ScaleStreamsToBudget(problem, separate, separateX, separateE, control);
        Keep("separateX", separateX, separate.Branches, n);
        Tensor x = Random(engine, "x", 2, streams.Branches, n), e = engine.Create("e", ElementKind.Complex, shape.R, streams.Branches, n);
        engine.ScaleStreamsToBudget(problem, streams, x, e, control);
        Keep("x", x, streams.Branches, n);
        Keep("e", e, streams.Branches, n);
        Tensor factor = engine.Create("factor", ElementKind.Complex, shape.R, Math.Max(1, streams.Rank), shape.N);
        Tensor coefficient = engine.Create("coefficient", ElementKind.Complex, shape.R, S, Math.Max(1, streams.MaxRank));
        engine.StreamFactors(problem, streams, e, factor, coefficient, control);
        Keep("factor", factor, Math.Max(1, streams.Rank), shape.N);
        Keep("coefficient", coefficient, S, Math.Max(1, streams.MaxRank));
        Tensor precoders = engine.Create("precoders", ElementKind.Complex, shape.R, streams.Branches, M);
        engine.SynthesizeStreams(problem, streams, x, precoders, control);
        Keep("precoders", precoders, streams.Branches, M);
        double[] scores = [.. RandomProblem.Normals((shape.R + 1) * S, 3).Select((v, i) => Math.Round(2 * v.Real))]; // ties, zeros and what is positive
        KeepReals("scores", scores, S);
        if (!isJoint)
        {
            KeepSearch(engine, problem, streams, x, e, factor, coefficient, control);
        }
    }

    public StreamShape Shape { get; }

    public override int RealizationCount => Shape.R;

    public ChannelBatch Channels { get; }

    /// <summary>B of the table.</summary>
    public int Branches { get; }

    /// <summary>[realization, stream, branch].</summary>
    public int[] AccessPoints { get; }

    /// <summary>[realization, stream].</summary>
    public int[] SeparateAccessPoints { get; }

    /// <summary>One zero link in realization 0.</summary>
    /// <param name="isJoint">Streams come from all access points serving the user; otherwise from one each.</param>
    public static StreamInputs Of(StreamShape shape, bool isJoint = false) => Known.GetOrAdd((shape.ToString(), isJoint), _ => new StreamInputs(shape, isJoint));

    /// <summary>Gradient, update and direction of the point; the direction and gradient of an earlier one lie about them, so that they conjugate.</summary>
    private void KeepSearch(IEngine engine, StreamProblem problem, StreamTable streams, Tensor x, Tensor e, Tensor factor, Tensor coefficient, SolveControl control)
    {
        Tensor Branches(string name) => engine.Create(name, ElementKind.Complex, Shape.R, streams.Branches, problem.Rows);
        Tensor w = Branches("w"), update = Branches("update"), updateImage = Branches("updateImage"), gradient = Branches("gradient"), d = Branches("d"), dImage = Branches("dImage");
        Tensor multiplier = engine.Create("multiplier", ElementKind.Control, Shape.R, problem.L), eta = engine.Create("eta", ElementKind.Control, Shape.R);
        Tensor kind = engine.Create("kind", ElementKind.Integer, Shape.R, problem.L);
        engine.StreamGradient(problem, streams, e, factor, coefficient, w, control);
        Keep("w", w, streams.Branches, problem.Rows);
        engine.UpdateStreams(problem, streams, -1, factor, coefficient, update, updateImage, multiplier, control);
        Keep("update", update, streams.Branches, problem.Rows);
        Keep("updateImage", updateImage, streams.Branches, problem.Rows);
        Keep("multiplier", multiplier, problem.L);
        engine.StreamDirection(problem, streams, x, e, w, multiplier, update, updateImage, gradient, eta, d, dImage, kind, control);
        Keep("first", update, streams.Branches, problem.Rows);
        Keep("firstImage", updateImage, streams.Branches, problem.Rows);
        Keep("eta", eta);
        KeepReals("kind", [.. Conformance.ReadInteger(kind).Select(v => (double)v), .. new double[problem.L]], problem.L);

        Tensor random = Random(engine, "random", 4, streams.Branches, problem.Rows), randomImage = Branches("randomImage");
        engine.ScaleStreamsToBudget(problem, streams, random, randomImage, control);
        Keep("d", Mixed(d, update, 0.5, random, 0.2), streams.Branches, problem.Rows);
        Keep("dImage", Mixed(dImage, updateImage, 0.5, randomImage, 0.2), streams.Branches, problem.Rows);
        Keep("gradient", Mixed(gradient, w, 0.3, w, 0), streams.Branches, problem.Rows);
    }

    private static Tensor Mixed(Tensor sum, Tensor a, double scaleA, Tensor b, double scaleB)
    {
        sum.Write([.. Conformance.ReadComplex(a).Zip(Conformance.ReadComplex(b), (u, v) => (scaleA * u) + (scaleB * v))]);
        return sum;
    }
}
