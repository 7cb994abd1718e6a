using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Simd;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>A = UᴴU with its substitutions, a realization a lane: residuals, <see cref="HermitianSystem{T}"/>, and what lanes may not know of each other.</summary>
internal sealed unsafe class HermitianLanesTests
{
    private const int Columns = 5;

    private static readonly int[] Orders = [1, 2, 3, 5, 8, 13, 16, 24, 31, 32, 33, 64, 96];

    [Test]
    public void Solutions_HaveSmallResiduals_Single([ValueSource(nameof(Orders))] int n) => SolutionsHaveSmallResiduals<float>(n);

    [Test]
    public void Solutions_HaveSmallResiduals_Double([ValueSource(nameof(Orders))] int n) => SolutionsHaveSmallResiduals<double>(n);

    [Test]
    public void Solutions_MatchTiles_Single([ValueSource(nameof(Orders))] int n) => SolutionsMatchTiles<float>(n);

    [Test]
    public void Solutions_MatchTiles_Double([ValueSource(nameof(Orders))] int n) => SolutionsMatchTiles<double>(n);

    [Test]
    public void ARealizationAlone_EqualsItselfInAnyGroup_Single([ValueSource(nameof(Orders))] int n) => ARealizationAloneEqualsItselfInAnyGroup<float>(n);

    [Test]
    public void ARealizationAlone_EqualsItselfInAnyGroup_Double([ValueSource(nameof(Orders))] int n) => ARealizationAloneEqualsItselfInAnyGroup<double>(n);

    [Test]
    public void ABrokenPivot_TouchesNoOtherLane_Single([ValueSource(nameof(Orders))] int n, [Values(-1, 0, double.NaN)] double pivot) => ABrokenPivotTouchesNoOtherLane<float>(n, pivot);

    [Test]
    public void ABrokenPivot_TouchesNoOtherLane_Double([ValueSource(nameof(Orders))] int n, [Values(-1, 0, double.NaN)] double pivot) => ABrokenPivotTouchesNoOtherLane<double>(n, pivot);

    [Test]
    public void SquaredNorms_AreThoseOfTheSubstitutions([Values(1, 8, 13)] int n)
    {
        Complex[][] a = Matrices(n, 2), b = RightHandSides(n, 2);
        Solved<double> solved = Solve<double>(n, a, b);
        for (int lane = 0; lane < 2; lane++)
        {
            double forward = 0, solution = 0;
            for (int i = 0; i < n * Columns; i++)
            {
                forward += (b[lane][i] * Complex.Conjugate(solved.X[lane][i])).Real; // ‖U⁻ᴴB‖² = Re⟨B, A⁻¹B⟩
                solution += (solved.X[lane][i] * Complex.Conjugate(solved.X[lane][i])).Real;
            }

            double tolerance = 40 * CpuTesting.ToleranceOf<double>(n * Columns);
            Assert.That(solved.ForwardNorm[lane], Is.EqualTo(forward).Within(tolerance * forward));
            Assert.That(solved.SolutionNorm[lane], Is.EqualTo(solution).Within(tolerance * solution));
        }
    }

    private static void SolutionsHaveSmallResiduals<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = HermitianSystemLanes<T>.Lanes;
        Complex[][] a = Matrices(n, count), b = RightHandSides(n, count);
        Solved<T> solved = Solve<T>(n, a, b);
        for (int lane = 0; lane < count; lane++)
        {
            var product = new Complex[n * Columns];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < Columns; j++)
                {
                    for (int k = 0; k < n; k++)
                    {
                        product[(i * Columns) + j] += a[lane][(i * n) + k] * solved.X[lane][(k * Columns) + j];
                    }
                }
            }

            // backward stable: ‖Ax − b‖ ≤ c(n) ε ‖A‖‖x‖, and the test matrices have a condition number below 40
            Assert.That(Relative.Error(product, b[lane]), Is.LessThan(40 * CpuTesting.ToleranceOf<T>(n)));
            Assert.That(solved.Broken[lane], Is.False);
        }
    }

    private static void SolutionsMatchTiles<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Complex[][] a = Matrices(n, 2), b = RightHandSides(n, 2);
        Solved<T> solved = Solve<T>(n, a, b);
        for (int lane = 0; lane < 2; lane++)
        {
            // both solve a system whose matrix is off by c(n) ε ‖A‖, with a condition number below 40
            Assert.That(Relative.Error(solved.X[lane], SolveOnTiles<T>(n, a[lane], b[lane])), Is.LessThan(2 * 40 * CpuTesting.ToleranceOf<T>(n)));
        }
    }

    private static void ARealizationAloneEqualsItselfInAnyGroup<T>(int n)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = HermitianSystemLanes<T>.Lanes;
        Complex[][] a = Matrices(n, lanes), b = RightHandSides(n, lanes);
        Solved<T>[] alone = [.. Enumerable.Range(0, lanes).Select(r => Solve<T>(n, [a[r]], [b[r]]))];
        for (int count = 2; count <= lanes; count++)
        {
            Solved<T> group = Solve<T>(n, a[..count], b[..count]);
            for (int lane = 0; lane < count; lane++)
            {
                Assert.That(group.X[lane], Is.EqualTo(alone[lane].X[0]));
                Assert.That(group.ForwardNorm[lane], Is.EqualTo(alone[lane].ForwardNorm[0]));
                Assert.That(group.SolutionNorm[lane], Is.EqualTo(alone[lane].SolutionNorm[0]));
            }
        }
    }

    private static void ABrokenPivotTouchesNoOtherLane<T>(int n, double pivot)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int lanes = HermitianSystemLanes<T>.Lanes, broken = lanes / 2;
        Complex[][] a = Matrices(n, lanes), b = RightHandSides(n, lanes);
        Solved<T> sound = Solve<T>(n, a, b);
        a[broken] = [.. a[broken]];
        a[broken][(n * n) - 1] = pivot;
        Solved<T> solved = Solve<T>(n, a, b);
        for (int lane = 0; lane < lanes; lane++)
        {
            Assert.That(solved.Broken[lane], Is.EqualTo(lane == broken));
            if (lane != broken)
            {
                Assert.That(solved.X[lane], Is.EqualTo(sound.X[lane]));
            }
            else if (double.IsFinite(pivot))
            {
                Assert.That(solved.X[lane].All(Complex.IsFinite), Is.True);
            }
        }
    }

    private sealed record Solved<T>(Complex[][] X, bool[] Broken, double[] ForwardNorm, double[] SolutionNorm);

    private static Solved<T> Solve<T>(int n, Complex[][] a, Complex[][] b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = a.Length, lanes = HermitianSystemLanes<T>.Lanes, width = Tile<T>.Columns;
        var solved = new Solved<T>([.. a.Select(_ => new Complex[n * Columns])], new bool[count], new double[count], new double[count]);
        T[] memory = new T[HermitianSystemLanes<T>.MemorySize(n)], panel = new T[HermitianSystemLanes<T>.PanelSize(n)], matrixRows = new T[lanes * 2 * n], panelRows = new T[lanes * 2 * width];
        Array.Fill(memory, T.NaN); // nothing may be read that was not written
        Array.Fill(panel, T.NaN);
        double[] norms = new double[count];
        fixed (T* start = memory, x = panel, rows = matrixRows, columns = panelRows)
        fixed (double* sums = norms)
        {
            var system = new HermitianSystemLanes<T>(start, n);
            for (int i = 0; i < n; i++)
            {
                for (int at = 0; at < count * n; at++)
                {
                    (rows[(at / n * 2 * n) + (at % n)], rows[(at / n * 2 * n) + n + (at % n)]) = Parts<T>(a[at / n][(i * n) + (at % n)]);
                }

                system.FillRow(i, rows, count);
            }

            system.Factor();
            for (int first = 0; first < Columns; first += width)
            {
                int used = Math.Min(width, Columns - first);
                for (int i = 0; i < n; i++)
                {
                    for (int at = 0; at < count * used; at++)
                    {
                        T* to = columns + (at / used * 2 * width) + (at % used);
                        (to[0], to[width]) = Parts<T>(b[at / used][(i * Columns) + first + (at % used)]);
                    }

                    system.LoadRow(x, i, columns, used, count);
                }

                system.Forward(x, used);
                system.SquaredNorms(x, used, sums, 1, count);
                for (int lane = 0; lane < count; lane++)
                {
                    solved.ForwardNorm[lane] += sums[lane];
                }

                system.Backward(x, used);
                system.SquaredNorms(x, used, sums, 1, count);
                for (int lane = 0; lane < count; lane++)
                {
                    solved.SolutionNorm[lane] += sums[lane];
                    solved.Broken[lane] = system.IsBroken(lane);
                }

                for (int i = 0; i < n; i++)
                {
                    system.StoreRow(x, i, columns, used, count);
                    for (int at = 0; at < count * used; at++)
                    {
                        T* from = columns + (at / used * 2 * width) + (at % used);
                        solved.X[at / used][(i * Columns) + first + (at % used)] = new Complex(double.CreateTruncating(from[0]), double.CreateTruncating(from[width]));
                    }
                }
            }
        }

        return solved;
    }

    private static Complex[] SolveOnTiles<T>(int n, Complex[] a, Complex[] b)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int width = Tile<T>.Columns;
        var x = new Complex[n * Columns];
        T[] memory = new T[HermitianSystem<T>.MemorySize(n)], panel = new T[HermitianSystem<T>.PaddedSize(n) * 2 * width];
        fixed (T* start = memory, rows = panel)
        {
            var system = new HermitianSystem<T>(start, n);
            for (int i = 0; i < system.N; i++)
            {
                for (int j = 0; i < n && j < n; j++)
                {
                    (system.MatrixRow(i)[j], system.MatrixRow(i)[system.N + j]) = Parts<T>(a[(i * n) + j]);
                }

                system.PadRow(i);
            }

            system.Factor(null);
            for (int j = 0; j < Columns; j++)
            {
                Array.Clear(panel);
                for (int i = 0; i < n; i++)
                {
                    (rows[i * 2 * width], rows[(i * 2 * width) + width]) = Parts<T>(b[(i * Columns) + j]);
                }

                system.Forward(rows);
                system.Backward(rows);
                for (int i = 0; i < n; i++)
                {
                    x[(i * Columns) + j] = new Complex(double.CreateTruncating(rows[i * 2 * width]), double.CreateTruncating(rows[(i * 2 * width) + width]));
                }
            }
        }

        return x;
    }

    private static (T Re, T Im) Parts<T>(Complex value)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => (T.CreateTruncating(value.Real), T.CreateTruncating(value.Imaginary));

    /// <summary>BBᴴ/n + I/2 with B n × n, another one for each realization.</summary>
    private static Complex[][] Matrices(int n, int count)
    {
        var matrices = new Complex[count][];
        for (int r = 0; r < count; r++)
        {
            Complex[] b = CpuTesting.RandomComplex(100 + r, n * n), a = matrices[r] = new Complex[n * n];
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    for (int k = 0; k < n; k++)
                    {
                        a[(i * n) + j] += b[(i * n) + k] * Complex.Conjugate(b[(j * n) + k]) / n;
                    }
                }

                a[(i * n) + i] += 0.5;
            }
        }

        return matrices;
    }

    private static Complex[][] RightHandSides(int n, int count) => [.. Enumerable.Range(0, count).Select(r => CpuTesting.RandomComplex(200 + r, n * Columns))];
}
