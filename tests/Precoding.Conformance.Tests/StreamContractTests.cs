using System.Numerics;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;
using static Precoding.Conformance.Tests.Conformance;

namespace Precoding.Conformance.Tests;

/// <summary>What steps of streams promise, on every engine, the reference included: the equations that define their results.</summary>
public class StreamContractTests
{
    private static readonly StreamShape[] Shapes =
    [
        new("oneUser", 1, 2, 8, 1, 3, (_, l, _) => 1 + l),
        new("overloaded", 1, 2, 3, 5, 2, (_, _, _) => 1),
        new("padded", 2, 2, 13, 3, 3, (r, l, k) => (r + l + k) % 3),
        new("moreStreamsThanAntennas", 1, 3, 8, 2, 2, (_, l, k) => l == 0 && k == 0 ? 2 : 1),
        new("singleAntennas", 1, 3, 5, 4, 1, (_, l, k) => l == k ? 0 : 1),
    ];

    private static IEnumerable<TestCaseData> Cases =>
        from engine in EngineUnderTest.All from shape in Shapes from isJoint in (bool[])[false, true] select new TestCaseData(engine, shape, isJoint);

    /// <summary>Ω_k F_kC_k = α_k Ē_k and Ω_k F_kF_kᴴ J_k = α_k Ē_kĒ_kᴴ.</summary>
    [TestCaseSource(nameof(Cases))]
    public void FactorsAreThoseOfTheMmseReceiver(EngineUnderTest engine, StreamShape shape, bool isJoint)
    {
        using var run = new StreamRun(engine, StreamInputs.Of(shape, isJoint));
        StreamTable streams = run.Streams;
        (int N, int n, int S, int B) = (shape.N, shape.Rows, streams.S, streams.B);
        Tensor factor = run.Out("factor", streams.Rank, N), coefficient = run.Out("coefficient", S, streams.MaxRank);
        Tensor e = run.In("e");
        run.Ops.StreamFactors(run.Problem, streams, e, factor, coefficient, run.Control);
        Complex[] images = ReadComplex(e), F = ReadComplex(factor), C = ReadComplex(coefficient);
        double tolerance = Tolerance.For(engine.Precision, shape.L * n * n, condition: 100);
        Assert.Multiple(() =>
        {
            for (int k = 0; k < shape.K; k++)
            {
                int own = streams.First[k + 1] - streams.First[k], q = streams.RankFirst[k + 1] - streams.RankFirst[k];
                Complex[,] E = Filled(N, S, (a, s) => Enumerable.Range(s * B, B).Aggregate(Complex.Zero, (sum, b) => sum + images[(b * n) + (k * N) + a]));
                Complex[,] mine = Filled(N, own, (a, s) => E[a, streams.First[k] + s]), others = Filled(N, S, (a, s) => streams.UserOf[s] == k ? 0 : E[a, s]);
                Complex[,] interference = Filled(N, N, (a, b) => Product(others, Adjoint(others))[a, b] + (a == b ? 1 : 0));
                Complex[,] signal = Product(mine, Adjoint(mine)), total = Filled(N, N, (a, b) => interference[a, b] + signal[a, b]);
                Complex[,] Fk = Filled(N, q, (a, j) => F[((streams.RankFirst[k] + j) * N) + a]);
                Complex[,] Ck = Filled(q, own, (j, s) => C[((streams.First[k] + s) * streams.MaxRank) + j]);
                double alpha = run.Problem.Weight[k];
                AssertEqual(Product(interference, Product(Fk, Ck)), Filled(N, own, (a, s) => alpha * mine[a, s]), tolerance, $"FC of user {k}");
                AssertEqual(Product(interference, Product(Product(Fk, Adjoint(Fk)), total)), Filled(N, N, (a, b) => alpha * signal[a, b]), tolerance, $"FFᴴ of user {k}");
            }
        });
    }

    /// <summary>
    /// No other x of the access point within its budget has smaller weighted errors Σ_s ‖Fᴴe_s‖² − 2 Re⟨c_s, Fᴴe_s⟩: tried along random directions and towards zero.
    /// </summary>
    [TestCaseSource(nameof(Cases))]
    public void AnUpdateLeavesNothingToGain(EngineUnderTest engine, StreamShape shape, bool isJoint)
    {
        using var run = new StreamRun(engine, StreamInputs.Of(shape, isJoint));
        StreamTable streams = run.Streams;
        Tensor factor = run.In("factor"), coefficient = run.In("coefficient"), x = run.InOut("x"), e = run.InOut("e");
        Tensor multiplier = run.OutControl("powerMultiplier", shape.L);
        multiplier.Write(new double[multiplier.Length]);
        Complex[] gram = ReadComplex(run.Problem.Gram);
        int[] accessPoints = ReadInteger(streams.AccessPoint);
        (int n, int branches) = (shape.Rows, streams.Branches);
        double tolerance = Tolerance.For(engine.Precision, shape.L * n * n, condition: 100);
        Assert.Multiple(() =>
        {
            for (int l = 0; l < shape.L; l++)
            {
                run.Ops.UpdateStreams(run.Problem, streams, l, factor, coefficient, x, e, multiplier, run.Control);
                Complex[] best = ReadComplex(x), images = ReadComplex(e);
                double least = Errors(images, out double scale);
                int[] mine = [.. Enumerable.Range(0, branches).Where(b => accessPoints[b] == l)];
                for (ulong trial = 0; trial < 12 && mine.Length > 0; trial++)
                {
                    double step = trial % 3 == 0 ? 1e-3 : trial % 3 == 1 ? 0.03 : 1, shrink = trial < 6 ? 1 : 0.9;
                    Complex[] random = RandomProblem.Normals(branches * n, 70 + trial);
                    double size = Math.Sqrt(mine.Sum(b => Energy(best.AsSpan(b * n, n))) / mine.Sum(b => Energy(random.AsSpan(b * n, n))));
                    var moved = mine.ToDictionary(b => b, b => Enumerable.Range(b * n, n).Select(i => (shrink * best[i]) + (step * size * random[i])).ToArray());
                    var heard = mine.ToDictionary(b => b, b => Image(l, moved[b]));
                    double power = mine.Sum(b => moved[b].Zip(heard[b], (v, w) => (Complex.Conjugate(v) * w).Real).Sum());
                    double scaleDown = Math.Min(1, Math.Sqrt(run.Problem.PowerBudget[l] / power));
                    var changed = (Complex[])images.Clone();
                    foreach (int b in mine)
                    {
                        heard[b].Select(v => v * scaleDown).ToArray().CopyTo(changed, b * n);
                    }

                    Assert.That(Errors(changed, out _), Is.GreaterThanOrEqualTo(least - (tolerance * scale)), $"access point {l}, trial {trial}");
                }
            }
        });

        Complex[] Image(int l, Complex[] v) => [.. Enumerable.Range(0, n).Select(i => Enumerable.Range(0, n).Aggregate(Complex.Zero, (sum, j) => sum + (gram[(((l * n) + i) * n) + j] * v[j])))];

        double Errors(Complex[] images, out double scale)
        {
            Complex[] F = ReadComplex(factor), C = ReadComplex(coefficient);
            (double sum, scale) = (0, 0);
            for (int s = 0; s < streams.S; s++)
            {
                for (int k = 0; k < shape.K; k++)
                {
                    for (int j = streams.RankFirst[k]; j < streams.RankFirst[k + 1]; j++)
                    {
                        Complex heard = 0;
                        for (int b = s * streams.B; b < (s + 1) * streams.B; b++)
                        {
                            for (int a = 0; a < shape.N; a++)
                            {
                                heard += Complex.Conjugate(F[(j * shape.N) + a]) * images[(b * n) + (k * shape.N) + a];
                            }
                        }

                        Complex c = streams.UserOf[s] == k ? C[(s * streams.MaxRank) + j - streams.RankFirst[k]] : 0;
                        double square = Math.Pow(heard.Magnitude, 2), cross = 2 * (Complex.Conjugate(c) * heard).Real;
                        sum += square - cross;
                        scale += square + Math.Abs(cross);
                    }
                }
            }

            return sum;
        }
    }

    private static double Energy(ReadOnlySpan<Complex> values)
    {
        double sum = 0;
        foreach (Complex v in values)
        {
            sum += (v.Real * v.Real) + (v.Imaginary * v.Imaginary);
        }

        return sum;
    }

    private static Complex[,] Filled(int rows, int columns, Func<int, int, Complex> value)
    {
        var result = new Complex[rows, columns];
        for (int i = 0; i < rows * columns; i++)
        {
            result[i / columns, i % columns] = value(i / columns, i % columns);
        }

        return result;
    }

    private static Complex[,] Adjoint(Complex[,] a) => Filled(a.GetLength(1), a.GetLength(0), (i, j) => Complex.Conjugate(a[j, i]));

    private static Complex[,] Product(Complex[,] a, Complex[,] b) =>
        Filled(a.GetLength(0), b.GetLength(1), (i, j) => Enumerable.Range(0, b.GetLength(0)).Aggregate(Complex.Zero, (sum, m) => sum + (a[i, m] * b[m, j])));

    private static void AssertEqual(Complex[,] actual, Complex[,] expected, double tolerance, string what) =>
        Assert.That(
            Math.Sqrt(actual.Cast<Complex>().Zip(expected.Cast<Complex>(), (a, b) => Math.Pow((a - b).Magnitude, 2)).Sum()),
            Is.LessThanOrEqualTo(tolerance * Math.Max(1, Math.Sqrt(expected.Cast<Complex>().Sum(v => Math.Pow(v.Magnitude, 2))))), what);
}
