using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// Orthogonal matching pursuit in the columns of V. v_nᴴ v_n' = d_n conj(d_n') R[n − n'] with d_n = e^{jπ(M−1)Ω_n/2} and R[i] = sin(πMi/N)/(M sin(πi/N))
/// real, so once the phases are taken off, the Gram matrix of the chosen beams is real, R[n_i − n_j] = L Lᵀ, and so are the correlations of the
/// orthonormalised atoms with all beams, b_i[n] = Σ_j (L⁻¹)_ij R[n − n_j]. The residual's correlations lose a multiple of b_i with each atom and
/// the residual itself is never formed; a step reads a kernel and three arrays of N numbers and the rows of L⁻¹, not all earlier atoms. Double precision; one instance per worker.
/// </summary>
internal sealed unsafe class BeamPursuit
{
    private readonly double[] kernel;                   // R[i], i = −(N−1)…N−1, at i + N − 1
    private readonly double[] phaseRe, phaseIm;         // d_n
    private readonly double[] inverse;                  // L⁻¹, rows 0…i of one another's length: row i from i(i+1)/2 on
    private readonly double[] residualRe, residualIm;   // conj(d_n) v_nᴴ r
    private readonly double[] squares;                  // their squared magnitudes
    private readonly int[] chosen;

    public BeamPursuit(int antennaCount, int beamCount, int maxAtoms)
    {
        (N, MaxAtoms) = (beamCount, maxAtoms);
        kernel = new double[(2 * N) - 1];
        phaseRe = new double[N];
        phaseIm = new double[N];
        for (int n = 0; n < N; n++)
        {
            kernel[N - 1 + n] = n == 0 ? 1 : double.SinPi((double)((long)antennaCount * n % (2L * N)) / N) / (antennaCount * double.SinPi((double)n / N));
            kernel[N - 1 - n] = kernel[N - 1 + n];
            double halfTurns = (antennaCount - 1) * ((2.0 * n) - N) / (2.0 * N);
            phaseRe[n] = double.CosPi(halfTurns);
            phaseIm[n] = double.SinPi(halfTurns);
        }

        inverse = new double[(maxAtoms + 1) * (maxAtoms + 2) / 2];
        residualRe = new double[N];
        residualIm = new double[N];
        squares = new double[N];
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
            squares[n] = (residualRe[n] * residualRe[n]) + (residualIm[n] * residualIm[n]);
        }

        double left = energy;
        int count = 0;
        while (energy > 0 && left > residual * energy && count < MaxAtoms)
        {
            int best = FirstLargest(squares);
            double pivot = Orthogonalize(count, best);
            if (!(pivot > 1e-7))
            {
                break; // every beam left lies in the span of those chosen
            }

            double rhoRe = residualRe[best] / pivot, rhoIm = residualIm[best] / pivot;
            chosen[count++] = best;
            if (SimdLevel.Has512)
            {
                Subtract<Simd512<double>, Vector512<double>>(count, rhoRe, rhoIm);
            }
            else if (SimdLevel.Has256)
            {
                Subtract<Simd256<double>, Vector256<double>>(count, rhoRe, rhoIm);
            }
            else
            {
                Subtract<Simd128<double>, Vector128<double>>(count, rhoRe, rhoIm);
            }

            left -= (rhoRe * rhoRe) + (rhoIm * rhoIm);
        }

        Span<int> beams = chosen.AsSpan(0, count);
        beams.Sort();
        return beams;
    }

    /// <summary>The largest value's index, the first of equals.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int FirstLargest(double[] values)
    {
        int w = Vector<double>.Count, n = 0;
        var many = new Vector<double>(-1);
        for (; n <= values.Length - w; n += w)
        {
            many = Vector.Max(many, new Vector<double>(values, n));
        }

        double largest = -1;
        for (int i = 0; i < w; i++)
        {
            largest = Math.Max(largest, many[i]);
        }

        for (; n < values.Length; n++)
        {
            largest = Math.Max(largest, values[n]);
        }

        return Math.Max(0, Array.IndexOf(values, largest));
    }

    /// <summary>
    /// Row <paramref name="count"/> of L⁻¹: ℓ = L⁻¹ R[n_i − best], pivot² = 1 − ‖ℓ‖², row = (e − L⁻ᵀ ℓ)/pivot. Returns the pivot.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Orthogonalize(int count, int best)
    {
        double* overlaps = stackalloc double[count + 1];
        for (int i = 0; i < count; i++)
        {
            overlaps[i] = kernel[N - 1 + chosen[i] - best];
        }

        fixed (double* rows = inverse)
        {
            double* created = rows + ((nint)count * (count + 1) / 2), row = rows;
            new Span<double>(created, count).Clear();
            double square = 1;
            for (int i = 0; i < count; row += ++i)
            {
                double part = Reals<double>.Dot(row, overlaps, i + 1);
                square -= part * part;
                Reals<double>.Combine(created, 1, row, -part, created, i + 1);
            }

            double pivot = Math.Sqrt(Math.Max(0, square));
            created[count] = 1;
            Reals<double>.Scale(created, 1 / pivot, created, count + 1);
            return pivot;
        }
    }

    /// <summary>The residual's correlations minus ρ b, b[n] = Σ_j (L⁻¹)_{count−1,j} R[n − n_j], and their squared magnitudes, eight vectors of beams at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Subtract<S, V>(int count, double rhoRe, double rhoIm)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        int w = S.Width, n = 0;
        V vRe = S.Broadcast(rhoRe), vIm = S.Broadcast(rhoIm);
        fixed (double* re = residualRe, im = residualIm, square = squares, centre = &kernel[N - 1], row = &inverse[count * (count - 1) / 2])
        fixed (int* beams = chosen)
        {
            for (; n <= N - (8 * w); n += 8 * w)
            {
                V b0 = default, b1 = default, b2 = default, b3 = default, b4 = default, b5 = default, b6 = default, b7 = default;
                for (int j = 0; j < count; j++)
                {
                    double* window = centre + n - beams[j];
                    V c = S.Broadcast(row[j]);
                    b0 = S.MultiplyAdd(c, S.Load(window), b0);
                    b1 = S.MultiplyAdd(c, S.Load(window + w), b1);
                    b2 = S.MultiplyAdd(c, S.Load(window + (2 * w)), b2);
                    b3 = S.MultiplyAdd(c, S.Load(window + (3 * w)), b3);
                    b4 = S.MultiplyAdd(c, S.Load(window + (4 * w)), b4);
                    b5 = S.MultiplyAdd(c, S.Load(window + (5 * w)), b5);
                    b6 = S.MultiplyAdd(c, S.Load(window + (6 * w)), b6);
                    b7 = S.MultiplyAdd(c, S.Load(window + (7 * w)), b7);
                }

                Apply<S, V>(b0, vRe, vIm, re, im, square, n);
                Apply<S, V>(b1, vRe, vIm, re, im, square, n + w);
                Apply<S, V>(b2, vRe, vIm, re, im, square, n + (2 * w));
                Apply<S, V>(b3, vRe, vIm, re, im, square, n + (3 * w));
                Apply<S, V>(b4, vRe, vIm, re, im, square, n + (4 * w));
                Apply<S, V>(b5, vRe, vIm, re, im, square, n + (5 * w));
                Apply<S, V>(b6, vRe, vIm, re, im, square, n + (6 * w));
                Apply<S, V>(b7, vRe, vIm, re, im, square, n + (7 * w));
            }

            for (; n <= N - w; n += w)
            {
                V b = default;
                for (int j = 0; j < count; j++)
                {
                    b = S.MultiplyAdd(S.Broadcast(row[j]), S.Load(centre + n - beams[j]), b);
                }

                Apply<S, V>(b, vRe, vIm, re, im, square, n);
            }

            for (; n < N; n++)
            {
                double b = 0;
                for (int j = 0; j < count; j++)
                {
                    b += row[j] * centre[n - beams[j]];
                }

                re[n] -= b * rhoRe;
                im[n] -= b * rhoIm;
                square[n] = (re[n] * re[n]) + (im[n] * im[n]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Apply<S, V>(V b, V rhoRe, V rhoIm, double* re, double* im, double* square, int n)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        V x = S.NegatedMultiplyAdd(b, rhoRe, S.Load(re + n)), y = S.NegatedMultiplyAdd(b, rhoIm, S.Load(im + n));
        S.Store(x, re + n);
        S.Store(y, im + n);
        S.Store(S.MultiplyAdd(x, x, S.Multiply(y, y)), square + n);
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
                double sum = kernel[N - 1 + beams[i] - beams[j]] + (i == j ? ridge : 0);
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
