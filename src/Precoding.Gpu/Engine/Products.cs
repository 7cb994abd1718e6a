using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Products of blocks.</content>
internal sealed partial class GpuEngine
{
    /// <summary>How the two operands are read: n as stored, t transposed, j conjugated, h both; Gram matrices are products of one operand.</summary>
    private enum Reading
    {
        Plain,
        TransposedLeft,
        ConjugatedLeftTransposedRight,
        AdjointRight,
        ConjugateGram,
        Gram,
    }

    /// <summary>Where blocks of matrices lie in a tensor [realization, block, …].</summary>
    /// <param name="Tensor">Complex.</param>
    /// <param name="Realization">Elements from realization to realization.</param>
    /// <param name="Stride">Elements from block to block.</param>
    /// <param name="Offset">Elements before the first.</param>
    private readonly record struct Blocks(Tensor Tensor, int Realization, int Stride, int Offset = 0)
    {
        /// <summary>Every block of a tensor.</summary>
        public static Blocks Of(Tensor tensor, int size) => new(tensor, Elements(tensor), size);

        /// <summary>One matrix per realization, whatever the block.</summary>
        public static Blocks Shared(Tensor tensor) => new(tensor, Elements(tensor), 0);

        /// <summary>One block of each realization.</summary>
        public static Blocks One(Tensor tensor, int size, int block) => new(tensor, Elements(tensor), size, block * size);
    }

    /// <summary>C = op(A) op(B), rows × columns with inner terms, for every block; or summed over segments into one. A mask takes the place of the status.</summary>
    private void Product(
        Reading reading, int rows, int columns, int inner, Blocks a, Blocks b, Blocks c, SolveControl control, int blocks = 1, int segments = 1, bool everyStatus = false,
        Tensor? mask = null)
    {
        bool split = reading == Reading.Plain && device.Accuracy == ProductAccuracy.SplitTensorFloat && Precision == Precision.Single;
        string kernel = reading switch
        {
            Reading.Plain when split => "product_split",
            Reading.Plain => "product_nn",
            Reading.TransposedLeft => "product_tn",
            Reading.ConjugatedLeftTransposedRight => "product_jt",
            Reading.AdjointRight => "product_nh",
            Reading.ConjugateGram => "product_gram_jt",
            _ => "product_gram_nh",
        };
        (int tileRows, int tileColumns) = split ? (SplitTile, SplitTile) : (Shapes.TileRows, Shapes.TileColumns);
        LaunchProduct(kernel, tileRows, tileColumns, rows, columns, inner, a, b, c, control, blocks, segments, everyStatus);
    }

    private void LaunchProduct(
        string kernel, int tileRows, int tileColumns, int rows, int columns, int inner, Blocks a, Blocks b, Blocks c, SolveControl control, int blocks, int segments, bool everyStatus)
    {
        int tiles = (rows + tileRows - 1) / tileRows * ((columns + tileColumns - 1) / tileColumns);
        Launch(
            kernel, new Groups(tiles, blocks, control.RealizationCount), rows, columns, inner, segments, a.Offset, a.Realization, a.Stride, b.Offset, b.Realization, b.Stride,
            c.Offset, c.Realization, c.Stride, a.Tensor, b.Tensor, c.Tensor, everyStatus ? 1 : 0, control.Status);
    }
}
