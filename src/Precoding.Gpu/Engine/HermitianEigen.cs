using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Eigendecompositions of Hermitian matrices, several per realization.</content>
internal sealed partial class GpuEngine
{
    /// <summary>Shared memory that is left to drivers, which may keep a little of it for themselves.</summary>
    private const int SpareSharedBytes = 256;

    /// <summary>
    /// A = Σ_i values_i v_i v_iᴴ of every marked matrix, by Jacobi's method in double; not a number where a matrix is not finite. In shared memory where a matrix of
    /// this order finds room there.
    /// </summary>
    /// <param name="order">n.</param>
    /// <param name="blocks">Matrices of a realization.</param>
    /// <param name="matrices">A, all of it, [realization, block, n, n, 2]; destroyed.</param>
    /// <param name="values">[realization, block, n], in no order.</param>
    /// <param name="marked">1 for those to decompose, [realization, block].</param>
    /// <param name="control">How many realizations there are.</param>
    /// <returns>Vectors in rows, [realization, block, n, n, 2]: <paramref name="matrices"/> or scratch, which the next call overwrites.</returns>
    public GpuTensor EigenVectors(int order, int blocks, GpuTensor matrices, GpuTensor values, GpuTensor marked, SolveControl control)
    {
        if (order == 0)
        {
            return matrices;
        }

        var groups = new Groups(1, blocks, control.RealizationCount);
        int turns = 4 * ((order + 1) / 2);
        long work = sizeof(double) * ((4L * order * order) + order + turns), declared = sizeof(double) * Shapes.Group;
        if (work + declared + SpareSharedBytes <= device.SharedBytes)
        {
            Launch("hermitianEigenShared", groups, order, blocks, matrices, values, marked, KernelArgument.Shared((int)work));
            return matrices;
        }

        GpuTensor vectors = Scratch("eigenVectors", ElementKind.Control, control, blocks, order, order, 2);
        Launch("hermitianEigen", groups, order, blocks, matrices, vectors, values, Scratch("eigenTurns", ElementKind.Control, control, blocks, turns), marked);
        return vectors;
    }
}
