namespace Precoding.Gpu.Engine;

/// <summary>
/// Sizes of groups and tiles: the only tuning table. Results do not depend on the product's tile; they may depend on the others in the last bits, and none
/// depends on the batch.
/// </summary>
/// <param name="Group">Threads of a group in all kernels without tiles.</param>
/// <param name="StreamGroup">Likewise in those that work on one stream, user or access point of some ten numbers.</param>
/// <param name="SumChunk">Elements of a block that one group sums.</param>
/// <param name="TileRows">Rows of a group's tile of a product.</param>
/// <param name="TileColumns">Columns of it.</param>
/// <param name="TileInner">How much of the inner extent is staged at once.</param>
/// <param name="LaneRows">Rows of the tile that one thread owns.</param>
/// <param name="LaneColumns">Columns of it.</param>
/// <param name="Block">Order of the diagonal blocks of a factorization.</param>
/// <param name="BlockGroup">Threads of a group there.</param>
/// <param name="IsUnrolled">Whether loops over what a thread owns are unrolled, which keeps it in registers; on a processor it only takes the compiler's time.</param>
/// <param name="BusyEntries">Entries of K × K blocks in a batch that keep the device busy.</param>
/// <param name="FewPoints">Beams up to which a transform takes little shared memory, a power of two.</param>
/// <param name="GatherCost">What a multiplication of a gathered sum costs, in multiplications of a product.</param>
/// <param name="TransformCost">Likewise one of a beam transform.</param>
internal sealed record LaunchShapes(
    int Group, int StreamGroup, int SumChunk, int TileRows, int TileColumns, int TileInner, int LaneRows, int LaneColumns, int Block, int BlockGroup, bool IsUnrolled, long BusyEntries, int FewPoints, double GatherCost,
    double TransformCost)
{
    /// <summary>
    /// GPUs. Reasoned, not measured: 128 threads and 8 x 4 complex accumulators a thread keep shared memory from being what limits a product; a gathered sum
    /// reads 8 bytes of the second-level cache for every multiplication (5 TB/s where products reach 50 TFLOP/s); a transform of N points moves its data through
    /// shared memory some log₄ N times; a warp has nothing to wait for at a barrier.
    /// </summary>
    public static LaunchShapes Gpu { get; } = new(128, 32, 4096, 64, 64, 8, 8, 4, 32, 128, true, 1 << 22, 1024, 10, 4);

    /// <summary>OpenCL on a processor, where a group runs on one thread and a barrier splits a loop.</summary>
    public static LaunchShapes Processor { get; } = new(32, 8, 4096, 32, 32, 8, 4, 4, 16, 32, false, 1 << 8, 1024, 2, 6);

    /// <summary>Beams up to which a power of two is transformed in shared memory at all: 35 KB of it in either precision. MANY_POINTS of the kernels.</summary>
    public int ManyPoints(Precision precision) => (precision == Precision.Single ? 4 : 2) * FewPoints;

    public static LaunchShapes For(GpuDescription device) => device.IsGpu ? Gpu : Processor;

    /// <summary>Defines for the compiler, by the names that kernels use.</summary>
    public IReadOnlyDictionary<string, int> Defines { get; } = new Dictionary<string, int>
    {
        ["GROUP"] = Group,
        ["STREAM_GROUP"] = StreamGroup,
        ["SUM_CHUNK"] = SumChunk,
        ["TILE_ROWS"] = TileRows,
        ["TILE_COLUMNS"] = TileColumns,
        ["TILE_INNER"] = TileInner,
        ["LANE_ROWS"] = LaneRows,
        ["LANE_COLUMNS"] = LaneColumns,
        ["TILE_GROUP"] = TileRows / LaneRows * (TileColumns / LaneColumns),
        ["BLOCK"] = Block,
        ["BLOCK_GROUP"] = BlockGroup,
        ["SPLIT_GROUP"] = 128, // four warps
        ["UNROLLED"] = IsUnrolled ? 1 : 0,
        ["FEW_POINTS"] = FewPoints,
    };
}
