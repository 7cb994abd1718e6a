using System.Numerics;

namespace Precoding;

/// <summary>What is done on the host with a Gram matrix G_l that travels: n × n, row-major.</summary>
internal static class GramMatrix
{
    private const double Epsilon = 2.220446049250313e-16;

    /// <summary>Rows of the upper triangle, diagonal first, one after another: n(n + 1)/2 entries.</summary>
    public static Complex[] UpperTriangle(ReadOnlySpan<Complex> gram, int n)
    {
        var upper = new Complex[n * (n + 1) / 2];
        for (int i = 0, at = 0; i < n; at += n - i, i++)
        {
            gram.Slice((i * n) + i, n - i).CopyTo(upper.AsSpan(at));
            upper[at] = upper[at].Real;
        }

        return upper;
    }

    /// <summary>Both triangles.</summary>
    public static void Unpack(ReadOnlySpan<Complex> upper, int n, Span<Complex> gram)
    {
        for (int i = 0, at = 0; i < n; i++)
        {
            for (int j = i; j < n; j++, at++)
            {
                gram[(j * n) + i] = Complex.Conjugate(upper[at]);
                gram[(i * n) + j] = upper[at];
            }
        }
    }

    /// <summary>
    /// Rounds an upper triangle: a_i = √G_ii, each with an exponent of its own, and G_ij/(a_i a_j), none larger than 1, with the exponent 0, so that users far away keep their digits.
    /// Both ends know a_i. Then |ΔG_ij| ≤ √2·2⁻ᵇ a_i a_j; seven times that where an entry saturates, |ΔG_ii| ≤ 5·2⁻ᵇ a_i². [noncoherent.md §9]
    /// </summary>
    public static void RoundUpper(Span<Complex> upper, int n, int wordBits)
    {
        var exact = new Complex[n * n];
        Unpack(upper, n, exact);
        var a = new Complex[n];
        for (int i = 0; i < n; i++)
        {
            a[i] = Math.Sqrt(exact[(i * n) + i].Real);
            BlockFloatingPoint.Round(a.AsSpan(i, 1), wordBits);
        }

        for (int i = 0, at = 0; i < n; i++)
        {
            upper[at++] = a[i] * a[i];
            for (int j = i + 1; j < n; j++, at++)
            {
                double scale = (a[i] * a[j]).Real;
                upper[at] = scale > 0 ? upper[at] / scale : 0;
                BlockFloatingPoint.Round(upper.Slice(at, 1), wordBits, 0);
                upper[at] *= scale;
            }
        }
    }

    /// <summary>a_i, the units in which both ends round.</summary>
    public static double[] Scales(ReadOnlySpan<Complex> roundedUpper, int n)
    {
        var scales = new double[n];
        for (int i = 0, at = 0; i < n; at += n - i, i++)
        {
            scales[i] = Math.Sqrt(roundedUpper[at].Real);
        }

        return scales;
    }

    /// <summary>Rounds coordinates as a_i x_i, with one exponent: the power and what is heard depend on these alike for near and far users.</summary>
    public static void RoundCoordinates(Span<Complex> x, ReadOnlySpan<double> scales, int wordBits)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= scales[i];
        }

        BlockFloatingPoint.Round(x, wordBits);
        for (int i = 0; i < x.Length; i++)
        {
            x[i] = scales[i] > 0 ? x[i] / scales[i] : 0;
        }
    }

    /// <summary>
    /// The nearest positive semidefinite matrix, in units of a_i a_j: negative eigenvalues become 0. True Gram matrices are of that set, which is convex, so a rounded one only comes
    /// closer. [noncoherent.md §9]
    /// </summary>
    public static void ProjectToPositive(Span<Complex> gram, int n)
    {
        var scales = new double[n];
        for (int i = 0; i < n; i++)
        {
            scales[i] = Math.Sqrt(gram[(i * n) + i].Real);
        }

        Complex[] a = gram.ToArray();
        for (int i = 0; i < n * n; i++)
        {
            double scale = scales[i / n] * scales[i % n];
            a[i] = scale > 0 ? a[i] / scale : 0;
        }

        var Q = new Complex[n * n];
        for (int i = 0; i < n; i++)
        {
            Q[(i * n) + i] = 1;
        }

        Diagonalize(a, Q, n);
        for (int m = 0; m < n; m++)
        {
            double mu = a[(m * n) + m].Real;
            for (int i = 0; mu < 0 && i < n; i++)
            {
                Complex left = mu * scales[i] * Q[(i * n) + m];
                gram[(i * n) + i] -= (scales[i] * left * Complex.Conjugate(Q[(i * n) + m])).Real;
                for (int j = i + 1; j < n; j++)
                {
                    gram[(i * n) + j] -= scales[j] * left * Complex.Conjugate(Q[(j * n) + m]);
                    gram[(j * n) + i] = Complex.Conjugate(gram[(i * n) + j]);
                }
            }
        }
    }

    /// <summary>
    /// L (n × columns) with L Lᴴ = G, by Cholesky with the largest remaining diagonal entry first: as good as H_l for all that depends on G_l, singular values and left singular vectors
    /// of its blocks of rows too. Ends where every remaining diagonal entry is rounding of the entry it came from, or at the last column.
    /// </summary>
    public static Complex[] Factor(ReadOnlySpan<Complex> gram, int n, int columns)
    {
        var factor = new Complex[n * columns];
        var left = new double[n];
        var isDone = new bool[n];
        for (int i = 0; i < n; i++)
        {
            left[i] = gram[(i * n) + i].Real;
        }

        for (int c = 0; c < Math.Min(columns, n); c++)
        {
            int pivot = -1;
            for (int i = 0; i < n; i++)
            {
                bool counts = !isDone[i] && left[i] > 8 * n * Epsilon * gram[(i * n) + i].Real;
                pivot = counts && (pivot < 0 || left[i] > left[pivot]) ? i : pivot;
            }

            if (pivot < 0)
            {
                break;
            }

            isDone[pivot] = true;
            double root = Math.Sqrt(left[pivot]);
            factor[(pivot * columns) + c] = root;
            for (int i = 0; i < n; i++)
            {
                if (isDone[i])
                {
                    continue;
                }

                Complex sum = gram[(i * n) + pivot];
                for (int j = 0; j < c; j++)
                {
                    sum -= factor[(i * columns) + j] * Complex.Conjugate(factor[(pivot * columns) + j]);
                }

                Complex entry = sum / root;
                factor[(i * columns) + c] = entry;
                left[i] -= (entry.Real * entry.Real) + (entry.Imaginary * entry.Imaginary);
            }
        }

        return factor;
    }

    /// <summary>Jacobi's rotations, row by row, until none is left to do: a becomes diagonal, the columns of Q eigenvectors.</summary>
    private static void Diagonalize(Complex[] a, Complex[] Q, int n)
    {
        const int mostSweeps = 60;
        double threshold = Epsilon * Epsilon * a.Sum(v => (v.Real * v.Real) + (v.Imaginary * v.Imaginary)) / n;
        bool rotated = true;
        for (int sweep = 0; rotated && sweep < mostSweeps; sweep++)
        {
            rotated = false;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    Complex apq = a[(p * n) + q];
                    double size = apq.Magnitude;
                    if (!(size * size > threshold))
                    {
                        continue;
                    }

                    rotated = true;
                    double tau = (a[(q * n) + q].Real - a[(p * n) + p].Real) / (2 * size);
                    double t = (tau >= 0 ? 1 : -1) / (Math.Abs(tau) + Math.Sqrt(1 + (tau * tau)));
                    double c = 1 / Math.Sqrt(1 + (t * t)), s = t * c;
                    Complex phase = apq / size;
                    Rotate(a, n, p, q, c, s * Complex.Conjugate(phase), s * phase);
                    Rotate(Q, n, p, q, c, s * Complex.Conjugate(phase), s * phase);
                    for (int j = 0; j < n; j++)
                    {
                        (Complex ap, Complex aq) = (a[(p * n) + j], a[(q * n) + j]);
                        a[(p * n) + j] = (c * ap) - (s * phase * aq);
                        a[(q * n) + j] = (s * Complex.Conjugate(phase) * ap) + (c * aq);
                    }
                }
            }
        }
    }

    /// <summary>Columns p and q times a unitary matrix.</summary>
    private static void Rotate(Complex[] a, int n, int p, int q, double c, Complex fromQ, Complex fromP)
    {
        for (int i = 0; i < n; i++)
        {
            (Complex ap, Complex aq) = (a[(i * n) + p], a[(i * n) + q]);
            a[(i * n) + p] = (c * ap) - (fromQ * aq);
            a[(i * n) + q] = (fromP * ap) + (c * aq);
        }
    }
}
