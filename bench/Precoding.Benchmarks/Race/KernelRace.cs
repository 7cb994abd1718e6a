using Precoding.Benchmarks.Kernels;
using Precoding.Benchmarks.Ops;
using Precoding.Benchmarks.Peers;

namespace Precoding.Benchmarks.Race;

/// <summary>Kernels against OpenBLAS, both in this process, in turns.</summary>
internal static class KernelRace
{
    public const string Gemm = "gemm";
    public const string Cholesky = "cholesky";
    public const string Gram = "gram";
    public const string Eigen = "eigen";

    private const double LargestDifference = 1e-4; // single precision, well-conditioned, and a wrong kernel is off by 1

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(25);
    private static readonly Precision[] Precisions = [Precision.Single, Precision.Double];

    public static IEnumerable<RaceRow> RunGemm(IReadOnlyList<int> threadCounts, int rounds) =>
        from precision in Precisions
        from shape in GemmBenchmarks.Shapes
        from threads in threadCounts
        select Run(
            Gemm, $"{(precision == Precision.Single ? "cgemm" : "zgemm")} {shape}, {Threads(threads)}", () => ComplexProduct.Create(precision, shape.M, shape.N, shape.K, threads), rounds,
            Targets.Product(precision));

    public static IEnumerable<RaceRow> RunCholesky(IReadOnlyList<int> threadCounts, int rounds) =>
        from precision in Precisions
        from shape in CholeskyBenchmarks.Shapes
        from threads in threadCounts
        select Run(
            Cholesky, $"{(precision == Precision.Single ? "cpotrf+s" : "zpotrf+s")} {shape}, {Threads(threads)}", () => CholeskySolve.Create(precision, shape.Order, shape.Count, threads), rounds);

    public static IEnumerable<RaceRow> RunGram(IReadOnlyList<int> threadCounts, int rounds) =>
        from threads in threadCounts
        select Run(Gram, $"cherk 3x256x512, {Threads(threads)}", () => GramProduct.Create(Precision.Single, 256, 512, 3, threads), rounds);

    public static IEnumerable<RaceRow> RunEigen(IReadOnlyList<int> threadCounts, int rounds) =>
        from precision in Precisions
        from shape in HermitianEigenBenchmarks.Shapes
        from threads in threadCounts
        select Run(
            Eigen, $"{(precision == Precision.Single ? "cheevd" : "zheevd")} {shape}, {Threads(threads)}", () => HermitianDecomposition.Create(precision, shape.Order, shape.Count, threads), rounds);

    /// <summary>OpenBLAS's best rate of K × K × K products, real operations a second.</summary>
    public static double OpenBlasRate(int order, int threadCount, int rounds)
    {
        using IOperation product = ComplexProduct.Create(Precision.Single, order, order, order, threadCount);
        return ComplexProduct.Flops(order, order, order) / Enumerable.Range(0, rounds).Min(_ => Duel.LeastSeconds(product.OpenBlas, Turn));
    }

    public static string Threads(int count) => count == 1 ? "1 thread" : $"{count} threads";

    private static RaceRow Run(string section, string name, Func<IOperation> create, int rounds, double target = Targets.Kernel)
    {
        using IOperation operation = create();
        Duel duel = Duel.Run(operation.Simd, operation.OpenBlas, rounds, Turn);
        double difference = operation.RelativeDifference();
        if (!(difference < LargestDifference))
        {
            throw new PeerException($"{name}: results differ by {difference:E1} from OpenBLAS's, expected less than {LargestDifference:E1}: not the same operation.");
        }

        (string unit, double ours, double theirs) = operation.Flops is { } flops
            ? ("GFLOP/s", flops / 1e9 / duel.Ours, flops / 1e9 / duel.Theirs)
            : ("ms", duel.Ours * 1e3, duel.Theirs * 1e3);
        return new RaceRow(section, name, unit, ours, theirs, ScoreKind.TimesFaster, duel.Ratio, duel.MedianRatio, target);
    }
}
