using System.Numerics;

namespace Precoding.Testing;

/// <summary>Random Hermitian matrices, and how far a decomposition is from one.</summary>
public static class RandomHermitian
{
    /// <summary>So many matrices B Bᴴ, [matrix, n, n].</summary>
    /// <param name="count">Matrices.</param>
    /// <param name="n">Order.</param>
    /// <param name="rank">Columns of B.</param>
    /// <param name="size">Of B's entries.</param>
    /// <param name="seed">Of all.</param>
    public static Complex[] Create(int count, int n, int rank, double size, ulong seed)
    {
        Complex[] normals = RandomProblem.Normals(count * n * Math.Max(1, rank), seed), matrices = new Complex[count * n * n];
        for (int at = 0; at < matrices.Length; at++)
        {
            (int b, int i, int j) = (at / (n * n), at / n % n, at % n);
            for (int k = 0; k < rank; k++)
            {
                matrices[at] += size * normals[(((b * n) + i) * rank) + k] * Complex.Conjugate(size * normals[(((b * n) + j) * rank) + k]);
            }
        }

        return matrices;
    }

    /// <summary>The largest entries of |Σ_k e_k u_k u_kᴴ − A| and of |Σ_k conj(u_k) u_kᵀ − 1|, u_k being row k.</summary>
    public static (double Residual, double Orthogonality) Errors(ReadOnlySpan<Complex> matrix, ReadOnlySpan<Complex> vectors, ReadOnlySpan<double> values)
    {
        int n = values.Length;
        (double residual, double orthogonality) = (0, 0);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Complex restored = 0, product = 0;
                for (int k = 0; k < n; k++)
                {
                    restored += values[k] * vectors[(k * n) + i] * Complex.Conjugate(vectors[(k * n) + j]);
                    product += Complex.Conjugate(vectors[(k * n) + i]) * vectors[(k * n) + j];
                }

                residual = Math.Max(residual, (restored - matrix[(i * n) + j]).Magnitude); // what is no number stays
                orthogonality = Math.Max(orthogonality, (product - (i == j ? 1 : 0)).Magnitude);
            }
        }

        return (residual, orthogonality);
    }
}
