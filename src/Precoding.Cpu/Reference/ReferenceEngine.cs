using System.Numerics;
using Precoding.Engines;
using ComplexVector = MathNet.Numerics.LinearAlgebra.Vector<System.Numerics.Complex>;
using Matrix = MathNet.Numerics.LinearAlgebra.Matrix<System.Numerics.Complex>;

namespace Precoding.Cpu;

/// <summary>
/// Every step in double precision with MathNet, one realization after the other, transcribed from its equation. It shares nothing with the fast
/// engines: they are checked against it.
/// </summary>
internal sealed partial class ReferenceEngine(DeviceInfo device) : IEngine
{
    public DeviceInfo Device => device;

    public Precision Precision => Precision.Double;

    public Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> shape) => new ReferenceTensor(name, kind, shape);

    /// <summary>Small, so that splitting a batch is exercised wherever the reference is used.</summary>
    public int RealizationsAtOnce(ChannelShape shape, long bytesPerRealization) => 3;

    public void Dispose()
    {
    }

    /// <summary>Realizations in use that are not settled.</summary>
    private static IEnumerable<int> Running(SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            if (Integer(control.Status, r) == (int)SolveStatus.Running)
            {
                yield return r;
            }
        }
    }

    private static ref Complex Element(Tensor tensor, params ReadOnlySpan<int> index) => ref ((ReferenceTensor)tensor).Complexes[((ReferenceTensor)tensor).Offset(index)];

    private static ref double Real(Tensor tensor, params ReadOnlySpan<int> index) => ref ((ReferenceTensor)tensor).Reals[((ReferenceTensor)tensor).Offset(index)];

    private static ref int Integer(Tensor tensor, params ReadOnlySpan<int> index) => ref ((ReferenceTensor)tensor).Integers[((ReferenceTensor)tensor).Offset(index)];

    /// <summary>The matrix of the last two extents at these leading indices.</summary>
    private static Matrix Load(Tensor tensor, params ReadOnlySpan<int> index)
    {
        var owner = (ReferenceTensor)tensor;
        (int start, int rows, int columns) = (owner.Offset(index), tensor.Shape[^2], tensor.Shape[^1]);
        return Matrix.Build.Dense(rows, columns, (i, j) => owner.Complexes[start + (i * columns) + j]);
    }

    private static void Store(Matrix values, Tensor tensor, params ReadOnlySpan<int> index)
    {
        var owner = (ReferenceTensor)tensor;
        (int start, int rows, int columns) = (owner.Offset(index), tensor.Shape[^2], tensor.Shape[^1]);
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                owner.Complexes[start + (i * columns) + j] = values[i, j];
            }
        }
    }

    /// <summary>H_l as in the papers, M × K: its columns are the channels.</summary>
    private static Matrix Channel(CoherentProblem problem, int r, int l) => Load(problem.H, r, l).Transpose();

    /// <summary>P_l, M × K, of a tensor [realization, accessPoint, stream, antenna].</summary>
    private static Matrix Precoder(Tensor precoders, int r, int l) => Load(precoders, r, l).Transpose();

    /// <summary>Σ_l of a tensor [realization, accessPoint, k, u].</summary>
    private static Matrix SumOverAccessPoints(CoherentProblem problem, Tensor tensor, int r)
    {
        Matrix sum = Load(tensor, r, 0);
        for (int l = 1; l < problem.L; l++)
        {
            sum += Load(tensor, r, l);
        }

        return sum;
    }

    /// <summary>Re⟨A, B⟩ = Re tr(AᴴB).</summary>
    private static double Inner(Matrix a, Matrix b)
    {
        double sum = 0;
        for (int i = 0; i < a.RowCount; i++)
        {
            for (int j = 0; j < a.ColumnCount; j++)
            {
                sum += (Complex.Conjugate(a[i, j]) * b[i, j]).Real;
            }
        }

        return sum;
    }

    private static double Inner(ComplexVector a, ComplexVector b) => a.ConjugateDotProduct(b).Real;

    private static double Energy(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    private static Matrix Identity(int size) => Matrix.Build.DenseIdentity(size);

    private static Matrix Diagonal(IEnumerable<double> values) => Matrix.Build.DenseOfDiagonalArray([.. values.Select(v => new Complex(v, 0))]);

    /// <summary>max_l (power_l/P_l − 1).</summary>
    private static double WorstExcess(double[] budget, Func<int, double> power) => Enumerable.Range(0, budget.Length).Max(l => (power(l) / budget[l]) - 1);
}
