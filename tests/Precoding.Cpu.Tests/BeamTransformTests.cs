using System.Numerics;
using NUnit.Framework;
using Precoding.Cpu.Lanes;
using Precoding.Testing;

namespace Precoding.Cpu.Tests;

/// <summary>V and Vᴴ by fast transforms against the matrix V[m,n] = M^{-1/2} exp(−jπ m (2n − N)/N).</summary>
internal sealed unsafe class BeamTransformTests
{
    [Test]
    public void Transforms_MatchTheBeamMatrix_Single([Values(1, 2, 3, 5, 8, 12, 13, 16, 24, 35, 64, 97, 128)] int antennas, [Values(1, 2, 3, 4)] int fineFactor) => Check<float>(antennas, fineFactor);

    [Test]
    public void Transforms_MatchTheBeamMatrix_Double([Values(1, 2, 3, 5, 8, 12, 13, 16, 24, 35, 64, 97, 128)] int antennas, [Values(1, 2, 3, 4)] int fineFactor) => Check<double>(antennas, fineFactor);

    [Test]
    public void LeastSquares_FindsTheCoefficientsThatMadeTheVector()
    {
        const int M = 24, N = 48;
        int[] beams = [1, 7, 20, 33, 46];
        Complex[] u = CpuTesting.RandomComplex(31, beams.Length);
        double[] correlations = new double[2 * N], solution = new double[2 * beams.Length];
        for (int n = 0; n < N; n++)
        {
            Complex sum = Complex.Zero;
            for (int i = 0; i < beams.Length; i++)
            {
                for (int m = 0; m < M; m++)
                {
                    sum += Complex.Conjugate(Beam(M, N, m, n)) * Beam(M, N, m, beams[i]) * u[i];
                }
            }

            (correlations[n], correlations[N + n]) = (sum.Real, sum.Imaginary);
        }

        fixed (double* c = correlations)
        {
            new BeamPursuit(M, N, 1).LeastSquares(beams, c, 1, N, 0, solution);
        }

        Complex[] got = [.. Enumerable.Range(0, beams.Length).Select(i => new Complex(solution[i], solution[beams.Length + i]))];
        Assert.That(Relative.Error(got, u), Is.LessThan(100 * Tolerance.For(Precision.Double, M)));
    }

    private static Complex Beam(int M, int N, int m, int n) => Complex.FromPolarCoordinates(1 / Math.Sqrt(M), -Math.PI * m * ((2.0 * n) - N) / N);

    private static void Check<T>(int M, int F)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int N = M * F, lanes = BeamTransform<T>.Lanes;
        using var transform = new BeamTransform<T>(M, F);
        Complex[] q = CpuTesting.RandomComplex(21, N * lanes), x = CpuTesting.RandomComplex(22, M * lanes);
        T[] beams = new T[transform.BeamsSize], work = new T[transform.BeamsSize], antennas = new T[transform.BeamsSize];
        var p = new Complex[M * lanes];
        var back = new Complex[N * lanes];
        fixed (T* beamBuffer = beams)
        fixed (T* workBuffer = work)
        fixed (T* antennaBuffer = antennas)
        {
            Write(beams, q, n => ((n % F) * M) + (n / F), lanes);
            transform.ToAntennas(beamBuffer, workBuffer, antennaBuffer);
            ReadInto(antennas, p, m => m, lanes);
            Write(antennas, x, m => m, lanes);
            transform.ToBeams(antennaBuffer, workBuffer, beamBuffer);
            ReadInto(beams, back, n => ((n % F) * M) + (n / F), lanes);
        }

        var expectedP = new Complex[M * lanes];
        var expectedBack = new Complex[N * lanes];
        for (int m = 0; m < M; m++)
        {
            for (int n = 0; n < N; n++)
            {
                Complex v = Beam(M, N, m, n);
                for (int lane = 0; lane < lanes; lane++)
                {
                    expectedP[(m * lanes) + lane] += v * q[(n * lanes) + lane];
                    expectedBack[(n * lanes) + lane] += Complex.Conjugate(v) * x[(m * lanes) + lane];
                }
            }
        }

        Assert.Multiple(() =>
        {
            Assert.That(Relative.Error(p, expectedP), Is.LessThan(CpuTesting.ToleranceOf<T>(N)));
            Assert.That(Relative.Error(back, expectedBack), Is.LessThan(CpuTesting.ToleranceOf<T>(N)));
        });
    }

    private static void Write<T>(T[] buffer, Complex[] values, Func<int, int> place, int lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            int at = (place(i / lanes) * 2 * lanes) + (i % lanes);
            (buffer[at], buffer[at + lanes]) = (T.CreateTruncating(values[i].Real), T.CreateTruncating(values[i].Imaginary));
        }
    }

    private static void ReadInto<T>(T[] buffer, Complex[] values, Func<int, int> place, int lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            int at = (place(i / lanes) * 2 * lanes) + (i % lanes);
            values[i] = new Complex(double.CreateTruncating(buffer[at]), double.CreateTruncating(buffer[at + lanes]));
        }
    }
}
