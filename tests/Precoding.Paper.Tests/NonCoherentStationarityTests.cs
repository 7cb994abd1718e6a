using System.Numerics;
using NUnit.Framework;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Paper.Tests;

/// <summary>A converged point is one that an optimiser which knows only the rate cannot improve.</summary>
public class NonCoherentStationarityTests
{
    /// <summary>Relative gain below which eight digits agree.</summary>
    private const double EightDigits = 1e-8;

    [TestCase(1ul)]
    [TestCase(3ul)]
    [TestCase(4ul)]
    [TestCase(5ul)]
    [TestCase(6ul)]
    public void AscentFindsNothingAtTheConvergedPoint(ulong seed)
    {
        NonCoherentProblem problem = new NonCoherentCase(2, 2, 3, 2, 2, 1, 10, seed).Create();
        Matrix start = problem.Start, early = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, start, 3).Last;
        NonCoherentIterates converged = NonCoherentReducedWmmse.Run(problem.Scenario, problem.Streams, start, 1500);
        double tail = (converged.WeightedSumRate[^1] / converged.WeightedSumRate[^200]) - 1;
        Assert.That(tail, Is.LessThan(EightDigits / 10), "not converged: another seed");
        Assert.Multiple(() =>
        {
            Assert.That(Gain(problem, converged.Last), Is.LessThan(EightDigits));
            Assert.That(Gain(problem, early), Is.GreaterThan(1e-4), "the ascent finds what there is");
        });
    }

    /// <summary>What gradient ascent by central differences, kept inside the power balls, adds to the rate, relative.</summary>
    private static double Gain(NonCoherentProblem problem, Matrix V)
    {
        double Rate(Matrix precoders) => problem.Streams.Receive(problem.Scenario, precoders).WeightedSumRate;
        (double first, double best, double step) = (Rate(V), Rate(V), 0.1);
        for (int iteration = 0; iteration < 60 && step > 1e-9; iteration++)
        {
            Matrix gradient = Gradient(Rate, V), next = Inside(problem, V + (gradient * step));
            double rate = Rate(next);
            (V, best, step) = rate > best ? (next, rate, step * 2) : (V, best, step / 4);
        }

        return (best / first) - 1;
    }

    private static Matrix Gradient(Func<Matrix, double> rate, Matrix V)
    {
        const double h = 1e-5;
        double Slope(int row, int column, Complex direction)
        {
            Matrix up = V.Clone(), down = V.Clone();
            up[row, column] += h * direction;
            down[row, column] -= h * direction;
            return (rate(up) - rate(down)) / (2 * h);
        }

        return Matrix.Build.Dense(V.RowCount, V.ColumnCount, (row, column) => new Complex(Slope(row, column, 1), Slope(row, column, Complex.ImaginaryOne)));
    }

    private static Matrix Inside(NonCoherentProblem problem, Matrix V) => NonCoherentStreams.Columns(V.ColumnCount, s =>
    {
        int i = problem.Streams.AccessPoint[s];
        return V.Column(s) / Math.Sqrt(Math.Max(1, problem.Streams.PowerOf(i, V) / problem.Scenario.Power[i]));
    });
}
