using System.Numerics;
using Precoding.Engines;
using Precoding.Gpu.Backends;

namespace Precoding.Gpu.Engine;

/// <content>Products on tensor cores.</content>
internal sealed partial class GpuEngine
{
    /// <summary>Rows and columns of a group's tile there, SPLIT_TILE of the kernel.</summary>
    private const int SplitTile = 64;

    /// <summary>‖C_split − C‖/‖C‖ of a product of random matrices computed both ways, here and now.</summary>
    public double SplitProductError(int rows, int columns, int inner)
    {
        using var control = new SolveControl(this, capacity: 1, maxIterations: 1, tolerance: 0, patience: 1) { RealizationCount = 1 };
        using Tensor a = Create("a", ElementKind.Complex, 1, rows, inner), b = Create("b", ElementKind.Complex, 1, inner, columns);
        using Tensor full = Create("full", ElementKind.Complex, 1, rows, columns), split = Create("split", ElementKind.Complex, 1, rows, columns);
        BeginControl(0, control);
        a.Write(Normals(rows * inner, 1));
        b.Write(Normals(inner * columns, 2));
        Multiply("product_nn", full, Shapes.TileRows, Shapes.TileColumns);
        Multiply("product_split", split, SplitTile, SplitTile);
        Complex[] expected = new Complex[rows * columns], actual = new Complex[rows * columns];
        full.Read(expected);
        split.Read(actual);
        double difference = expected.Zip(actual, (x, y) => Energy(x - y)).Sum(), scale = expected.Sum(Energy);
        return Math.Sqrt(difference / scale);

        void Multiply(string kernel, Tensor c, int tileRows, int tileColumns) =>
            LaunchProduct(kernel, tileRows, tileColumns, rows, columns, inner, Blocks.Shared(a), Blocks.Shared(b), Blocks.Shared(c), control, blocks: 1, segments: 1, everyStatus: false);

        static double Energy(Complex z) => (z.Real * z.Real) + (z.Imaginary * z.Imaginary);

        static Complex[] Normals(int count, int stream)
        {
            var random = new CounterRandom(0, RandomPurpose.StartPrecoder, stream, 0);
            return [.. Enumerable.Range(0, count).Select(i => random.ComplexNormal((uint)i))];
        }
    }
}
