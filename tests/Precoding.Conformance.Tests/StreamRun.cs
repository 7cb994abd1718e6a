using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>A step of streams on one engine.</summary>
internal sealed class StreamRun : StepRun
{
    private readonly StreamInputs inputs;
    private readonly List<IDisposable> owned = [];

    public StreamRun(EngineUnderTest engine, StreamInputs inputs)
        : base(engine, inputs)
    {
        this.inputs = inputs;
        Problem = Own(new StreamProblem(Ops, inputs.Channels.Network, inputs.Channels.Shape, Shape.R + 1));
        Problem.H.Write(inputs.Complexes("H"));
        Problem.Gram.Write(inputs.Complexes("gram"));
        Streams = Table(inputs.Branches, inputs.AccessPoints);
    }

    public StreamShape Shape => inputs.Shape;

    public StreamProblem Problem { get; }

    public ChannelBatch Channels => inputs.Channels;

    /// <summary>The table of the inputs.</summary>
    public StreamTable Streams { get; }

    /// <summary>As many streams, of one branch each.</summary>
    public StreamTable Separate() => Table(1, inputs.SeparateAccessPoints);

    /// <summary>A table of one branch per stream to be written, marked and compared.</summary>
    public StreamTable MarkedTable(int[] streamsOfUser)
    {
        StreamTable table = Own(new StreamTable(Ops, Problem, streamsOfUser, 1));
        Fill(table.AccessPoint);
        AlsoCompare(table.AccessPoint);
        return table;
    }

    /// <summary>Whole numbers to be read.</summary>
    public Tensor InIntegers(string name)
    {
        Tensor tensor = Ops.Create(name, ElementKind.Integer, [Shape.R + 1, .. inputs.ExtentsOf(name)]);
        tensor.Write([.. inputs.Reals(name).Select(v => (int)Math.Round(v))]); // a perturbation leaves them
        return tensor;
    }

    /// <summary>A complex tensor [realization, branch, row] to be written.</summary>
    public Tensor OutBranches(string name) => Out(name, Streams.Branches, Shape.Rows);

    /// <summary>Compares p_b = H_lᴴ x_b too, which is determined where x_b is not; where nobody sends, of x_b itself.</summary>
    public void CompareBeamsOf(Tensor x)
    {
        Func<int, int, Complex[]> beam = BeamsOf(x);
        Compare("beams of " + x.Name, [Streams.Branches, Shape.M], r => [.. Enumerable.Range(0, Streams.Branches).SelectMany(b => beam(r, b))]);
    }

    /// <summary>Compares p_s p_sᴴ too, p_s the branches of a stream on top of one another: determined where p_s is up to its phase.</summary>
    public void CompareStreamsUpToPhaseOf(Tensor x)
    {
        int size = Streams.B * Shape.M;
        Func<int, int, Complex[]> beam = BeamsOf(x);
        Compare("streams of " + x.Name, [Streams.S, size, size], r => [.. Enumerable.Range(0, Streams.S).SelectMany(s =>
        {
            Complex[] p = [.. Enumerable.Range(s * Streams.B, Streams.B).SelectMany(b => beam(r, b))];
            return from a in p from b in p select a * Complex.Conjugate(b);
        })]);
    }

    /// <summary>Compares F_kF_kᴴ and F_kC_k too, which are determined where F_k and C_k are not.</summary>
    public void CompareProductsOf(Tensor factor, Tensor coefficient)
    {
        (int N, int rank, int maxRank) = (Shape.N, Math.Max(1, Streams.Rank), Math.Max(1, Streams.MaxRank));
        Complex[] F = Conformance.ReadComplex(factor), C = Conformance.ReadComplex(coefficient);
        Complex Factor(int r, int j, int a) => F[(((r * rank) + j) * N) + a];
        IEnumerable<int> ColumnsOf(int k) => Enumerable.Range(Streams.RankFirst[k], Streams.RankFirst[k + 1] - Streams.RankFirst[k]);
        Compare("FFᴴ", [Shape.K, N, N], r =>
        [
            .. from k in Enumerable.Range(0, Shape.K) from a in Enumerable.Range(0, N) from b in Enumerable.Range(0, N)
               select Sum(ColumnsOf(k).Select(j => Factor(r, j, a) * Complex.Conjugate(Factor(r, j, b)))),
        ]);
        Compare("FC", [Math.Max(1, Streams.S), N], r =>
        [
            .. from s in Enumerable.Range(0, Streams.S) from a in Enumerable.Range(0, N)
               let k = Streams.UserOf[s]
               select Sum(ColumnsOf(k).Select(j => Factor(r, j, a) * C[(((r * Streams.S) + s) * maxRank) + j - Streams.RankFirst[k]])),
        ]);
    }

    public override void Dispose()
    {
        owned.ForEach(part => part.Dispose());
        base.Dispose();
    }

    private static Complex Sum(IEnumerable<Complex> values) => values.Aggregate(Complex.Zero, (a, b) => a + b);

    /// <summary>p of (realization, branch), with the channels as the engine has them.</summary>
    private Func<int, int, Complex[]> BeamsOf(Tensor x)
    {
        (int n, int M) = (Shape.Rows, Shape.M);
        Complex[] H = Conformance.ReadComplex(Problem.H), values = Conformance.ReadComplex(x);
        return (r, b) =>
        {
            int l = inputs.AccessPoints[(r * Streams.Branches) + b], first = ((r * Streams.Branches) + b) * n;
            var p = new Complex[M];
            for (int m = 0; m < M; m++)
            {
                p[m] = l < 0 ? values[first + (m % n)] : 0;
                for (int i = 0; i < n && l >= 0; i++)
                {
                    p[m] += Complex.Conjugate(H[(((((r * Shape.L) + l) * n) + i) * M) + m]) * values[first + i];
                }
            }

            return p;
        };
    }

    /// <summary>Compares what the host computes from results, for every realization whatever its status.</summary>
    private void Compare(string name, int[] extents, Func<int, Complex[]> values)
    {
        Tensor tensor = Ops.Create(name, ElementKind.Complex, [Shape.R + 1, .. extents]);
        tensor.Write([.. Enumerable.Range(0, Shape.R + 1).SelectMany(values)]);
        AlsoCompare(tensor);
    }

    private StreamTable Table(int branches, int[] accessPoints)
    {
        StreamTable table = Own(new StreamTable(Ops, Problem, Shape.StreamsOfUser, branches));
        table.AccessPoint.Write(accessPoints);
        return table;
    }

    private T Own<T>(T part)
        where T : IDisposable
    {
        owned.Add(part);
        return part;
    }
}
