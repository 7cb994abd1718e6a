namespace Precoding.Cpu.Tests;

/// <summary>Eigenvalues and vectors of a Hermitian matrix by cyclic Jacobi rotations, double precision: slow, and shares nothing with what it checks.</summary>
internal static class HermitianJacobi
{
    private const int MaxSweeps = 60;

    /// <summary>A = U diag(e) Uᴴ.</summary>
    /// <param name="n">Order.</param>
    /// <param name="re">Real parts, row-major; destroyed.</param>
    /// <param name="im">Imaginary parts; destroyed.</param>
    /// <param name="vectorRe">Column i of U is row i here, real parts; written.</param>
    /// <param name="vectorIm">Imaginary parts; written.</param>
    /// <param name="eigenvalues">e, in no order; written.</param>
    public static void Decompose(int n, Span<double> re, Span<double> im, Span<double> vectorRe, Span<double> vectorIm, Span<double> eigenvalues)
    {
        vectorRe.Clear();
        vectorIm.Clear();
        double scale = 0;
        for (int i = 0; i < n; i++)
        {
            vectorRe[(i * n) + i] = 1;
            for (int j = 0; j < n; j++)
            {
                scale += (re[(i * n) + j] * re[(i * n) + j]) + (im[(i * n) + j] * im[(i * n) + j]);
            }
        }

        double negligible = 1e-32 * scale / Math.Max(1, n * n);
        for (int sweep = 0; sweep < MaxSweeps; sweep++)
        {
            double largest = 0;
            for (int p = 0; p < n; p++)
            {
                for (int q = p + 1; q < n; q++)
                {
                    double x = re[(p * n) + q], y = im[(p * n) + q], square = (x * x) + (y * y);
                    largest = Math.Max(largest, square);
                    if (square > negligible)
                    {
                        Rotate(n, p, q, x, y, Math.Sqrt(square), re, im, vectorRe, vectorIm);
                    }
                }
            }

            if (largest <= negligible)
            {
                break;
            }
        }

        for (int i = 0; i < n; i++)
        {
            eigenvalues[i] = re[(i * n) + i];
        }
    }

    /// <summary>Zeroes A[p,q] = |a| e^{jφ}: A := Jᴴ A J with J = [c, s e^{jφ}; −s e^{−jφ}, c].</summary>
    private static void Rotate(int n, int p, int q, double x, double y, double magnitude, Span<double> re, Span<double> im, Span<double> vectorRe, Span<double> vectorIm)
    {
        double theta = (re[(q * n) + q] - re[(p * n) + p]) / (2 * magnitude);
        double t = (theta >= 0 ? 1 : -1) / (Math.Abs(theta) + Math.Sqrt(1 + (theta * theta)));
        double c = 1 / Math.Sqrt(1 + (t * t)), s = t * c, phaseRe = x / magnitude, phaseIm = y / magnitude;
        for (int i = 0; i < n; i++)
        {
            // columns: a_p := c a_p − s e^{−jφ} a_q, a_q := s e^{jφ} a_p + c a_q
            RotatePair(ref re[(i * n) + p], ref im[(i * n) + p], ref re[(i * n) + q], ref im[(i * n) + q], c, s, phaseRe, phaseIm);
            RotatePair(ref vectorRe[(p * n) + i], ref vectorIm[(p * n) + i], ref vectorRe[(q * n) + i], ref vectorIm[(q * n) + i], c, s, phaseRe, phaseIm);
        }

        for (int i = 0; i < n; i++)
        {
            // rows: the adjoint
            RotatePair(ref re[(p * n) + i], ref im[(p * n) + i], ref re[(q * n) + i], ref im[(q * n) + i], c, s, phaseRe, -phaseIm);
        }
    }

    private static void RotatePair(ref double pRe, ref double pIm, ref double qRe, ref double qIm, double c, double s, double phaseRe, double phaseIm)
    {
        double newPRe = (c * pRe) - (s * ((phaseRe * qRe) + (phaseIm * qIm)));
        double newPIm = (c * pIm) - (s * ((phaseRe * qIm) - (phaseIm * qRe)));
        double newQRe = (s * ((phaseRe * pRe) - (phaseIm * pIm))) + (c * qRe);
        double newQIm = (s * ((phaseRe * pIm) + (phaseIm * pRe))) + (c * qIm);
        (pRe, pIm, qRe, qIm) = (newPRe, newPIm, newQRe, newQIm);
    }
}
