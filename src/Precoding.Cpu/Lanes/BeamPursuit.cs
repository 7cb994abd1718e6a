using System.Numerics;
using System.Runtime.CompilerServices;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// Orthogonal matching pursuit in the columns of V. v_nᴴ v_n' = d_n conj(d_n') R[n − n'] with d_n = e^{jπ(M−1)Ω_n/2} and R[i] = sin(πMi/N)/(M sin(πi/N))
/// real, so once the phases are taken off, the orthonormalised atoms q_i have real correlations b_i[n] = v_nᴴ q_i with all beams: a quarter of the complex
/// work, and the residual's correlations are updated without ever forming the residual. Double precision; one instance per worker.
/// </summary>
internal sealed unsafe class BeamPursuit
{
    private readonly double[] kernel;                   // R[i], i = 0…N−1
    private readonly double[] phaseRe, phaseIm;         // d_n
    private readonly double[] atoms;                    // b_i, [atom][N]
    private readonly double[] residualRe, residualIm;   // conj(d_n) v_nᴴ r
    private readonly int[] chosen;

    public BeamPursuit(int antennaCount, int beamCount, int maxAtoms)
    {
        (N, MaxAtoms) = (beamCount, maxAtoms);
        kernel = new double[N];
        phaseRe = new double[N];
        phaseIm = new double[N];
        for (int n = 0; n < N; n++)
        {
            kernel[n] = n == 0 ? 1 : double.SinPi((double)((long)antennaCount * n % (2L * N)) / N) / (antennaCount * double.SinPi((double)n / N));
            double halfTurns = (antennaCount - 1) * ((2.0 * n) - N) / (2.0 * N);
            phaseRe[n] = double.CosPi(halfTurns);
            phaseIm[n] = double.SinPi(halfTurns);
        }

        atoms = GC.AllocateUninitializedArray<double>(N * (maxAtoms + 1), pinned: true);
        residualRe = new double[N];
        residualIm = new double[N];
        chosen = new int[maxAtoms];
    }

    public int N { get; }

    public int MaxAtoms { get; }

    /// <summary>The chosen beams, ascending.</summary>
    /// <param name="correlations">Re v_nᴴ h at n·stride, Im at n·stride + imaginaryOffset.</param>
    /// <param name="energy">‖h‖².</param>
    /// <param name="residual">ε: stop when the residual energy is ≤ ε‖h‖².</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ReadOnlySpan<int> Choose(double* correlations, nint stride, nint imaginaryOffset, double energy, double residual)
    {
        for (int n = 0; n < N; n++)
        {
            double re = correlations[n * stride], im = correlations[(n * stride) + imaginaryOffset];
            residualRe[n] = (re * phaseRe[n]) + (im * phaseIm[n]);
            residualIm[n] = (im * phaseRe[n]) - (re * phaseIm[n]);
        }

        double left = energy;
        int count = 0;
        fixed (double* re = residualRe)
        fixed (double* im = residualIm)
        fixed (double* b = atoms)
        {
            while (energy > 0 && left > residual * energy && count < MaxAtoms)
            {
                int best = Largest(re, im);
                double* atom = b + ((nint)count * N);
                double pivot = Orthogonalize(b, count, best, atom);
                if (!(pivot > 1e-7))
                {
                    break; // every beam left lies in the span of those chosen
                }

                double rhoRe = re[best] / pivot, rhoIm = im[best] / pivot;
                Subtract(atom, rhoRe, rhoIm, re, im);
                left -= (rhoRe * rhoRe) + (rhoIm * rhoIm);
                chosen[count++] = best;
            }
        }

        Span<int> beams = chosen.AsSpan(0, count);
        beams.Sort();
        return beams;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Largest(double* re, double* im)
    {
        int best = 0;
        double largest = -1;
        for (int n = 0; n < N; n++)
        {
            double square = (re[n] * re[n]) + (im[n] * im[n]);
            if (square > largest)
            {
                largest = square;
                best = n;
            }
        }

        return best;
    }

    /// <summary>b_new = (R[· − best] − Σ_i b_i[best] b_i)/pivot, pivot² = 1 − Σ_i b_i[best]²; four atoms a pass, for the memory's sake.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Orthogonalize(double* b, int count, int best, double* atom)
    {
        int w = Vector<double>.Count;
        double square = 1;
        for (int n = 0; n < N; n++)
        {
            atom[n] = kernel[Math.Abs(n - best)];
        }

        int i = 0;
        for (; i + 3 < count; i += 4)
        {
            double* b0 = b + ((nint)i * N), b1 = b0 + N, b2 = b1 + N, b3 = b2 + N;
            double x0 = b0[best], x1 = b1[best], x2 = b2[best], x3 = b3[best];
            square -= (x0 * x0) + (x1 * x1) + (x2 * x2) + (x3 * x3);
            var v0 = new Vector<double>(x0);
            var v1 = new Vector<double>(x1);
            var v2 = new Vector<double>(x2);
            var v3 = new Vector<double>(x3);
            int n = 0;
            for (; n <= N - w; n += w)
            {
                Vector<double> sum = (Vector.Load(b0 + n) * v0) + (Vector.Load(b1 + n) * v1) + (Vector.Load(b2 + n) * v2) + (Vector.Load(b3 + n) * v3);
                (Vector.Load(atom + n) - sum).Store(atom + n);
            }

            for (; n < N; n++)
            {
                atom[n] -= (b0[n] * x0) + (b1[n] * x1) + (b2[n] * x2) + (b3[n] * x3);
            }
        }

        for (; i < count; i++)
        {
            double* b0 = b + ((nint)i * N);
            double x0 = b0[best];
            square -= x0 * x0;
            for (int n = 0; n < N; n++)
            {
                atom[n] -= b0[n] * x0;
            }
        }

        double pivot = Math.Sqrt(Math.Max(0, square)), inverse = 1 / pivot;
        for (int n = 0; n < N; n++)
        {
            atom[n] *= inverse;
        }

        return pivot;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Subtract(double* atom, double rhoRe, double rhoIm, double* re, double* im)
    {
        int w = Vector<double>.Count, n = 0;
        var vRe = new Vector<double>(rhoRe);
        var vIm = new Vector<double>(rhoIm);
        for (; n <= N - w; n += w)
        {
            Vector<double> a = Vector.Load(atom + n);
            (Vector.Load(re + n) - (a * vRe)).Store(re + n);
            (Vector.Load(im + n) - (a * vIm)).Store(im + n);
        }

        for (; n < N; n++)
        {
            re[n] -= atom[n] * rhoRe;
            im[n] -= atom[n] * rhoIm;
        }
    }

    /// <summary>
    /// argmin over u of ‖p − Σ u_i v_{n_i}‖² with a ridge on the unit diagonal, from the correlations v_nᴴ p: a real Cholesky factorization and two
    /// substitutions on the phase-free problem.
    /// </summary>
    /// <param name="solution">Re u_i, then Im u_i, written.</param>
    public void LeastSquares(ReadOnlySpan<int> beams, double* correlations, nint stride, nint imaginaryOffset, double ridge, Span<double> solution)
    {
        int n = beams.Length;
        double[] factor = new double[n * n];
        Span<double> re = solution[..n], im = solution.Slice(n, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = kernel[beams[i] - beams[j]] + (i == j ? ridge : 0);
                for (int k = 0; k < j; k++)
                {
                    sum -= factor[(i * n) + k] * factor[(j * n) + k];
                }

                factor[(i * n) + j] = i == j ? Math.Sqrt(Math.Max(sum, ridge)) : sum / factor[(j * n) + j];
            }

            int beam = beams[i];
            double a = correlations[beam * stride], b = correlations[(beam * stride) + imaginaryOffset];
            re[i] = (a * phaseRe[beam]) + (b * phaseIm[beam]);
            im[i] = (b * phaseRe[beam]) - (a * phaseIm[beam]);
        }

        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < i; k++)
            {
                re[i] -= factor[(i * n) + k] * re[k];
                im[i] -= factor[(i * n) + k] * im[k];
            }

            re[i] /= factor[(i * n) + i];
            im[i] /= factor[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int k = i + 1; k < n; k++)
            {
                re[i] -= factor[(k * n) + i] * re[k];
                im[i] -= factor[(k * n) + i] * im[k];
            }

            re[i] /= factor[(i * n) + i];
            im[i] /= factor[(i * n) + i];
        }

        for (int i = 0; i < n; i++)
        {
            int beam = beams[i];
            (re[i], im[i]) = ((re[i] * phaseRe[beam]) - (im[i] * phaseIm[beam]), (re[i] * phaseIm[beam]) + (im[i] * phaseRe[beam]));
        }
    }
}
