using System.Numerics;
using Precoding.Cpu.Simd;
using Precoding.Engines;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// The branches that one access point sends in every realization of a group of lanes, as the columns of a panel: column c of lane i is the c-th of them
/// in its realization. Lanes differ in which they are and how many.
/// </summary>
internal readonly unsafe struct BranchColumns<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly StreamTable streams;
    private readonly int* realizations;
    private readonly int* branches; // [lane][column], −1 beyond the last

    /// <param name="memory">MemorySize integers.</param>
    /// <param name="accessPoints">[realization][branch].</param>
    public BranchColumns(int* memory, StreamTable streams, int* accessPoints, int accessPoint, int* realizations, int lanes)
    {
        this.streams = streams;
        this.realizations = realizations;
        branches = memory;
        Lanes = lanes;
        int all = streams.Branches;
        for (int lane = 0; lane < lanes; lane++)
        {
            int* of = accessPoints + ((nint)realizations[lane] * all);
            int* column = branches + (lane * streams.S);
            int count = 0;
            for (int branch = 0; branch < all; branch++)
            {
                if (of[branch] == accessPoint)
                {
                    column[count++] = branch;
                }
            }

            Count = Math.Max(Count, count);
            while (count < streams.S)
            {
                column[count++] = -1;
            }
        }
    }

    /// <summary>Lanes with a realization.</summary>
    public int Lanes { get; }

    /// <summary>Columns of the lane that has most.</summary>
    public int Count { get; }

    public static int MemorySize(StreamTable streams) => LaneMatrix.Lanes * Math.Max(1, streams.S);

    /// <summary>Number of a lane's c-th branch, −1 where it has fewer.</summary>
    public int this[int lane, int column] => branches[(lane * streams.S) + column];

    public int Realization(int lane) => realizations[lane];

    /// <summary>Panel column c of every lane from a tensor's row of its branch, 0 where there is none.</summary>
    /// <param name="tensor">[realization, branch, length].</param>
    /// <param name="zeros">length complex zeros.</param>
    public void Pack(Matrices<T> tensor, int length, LaneMatrix panel, T* zeros)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int c = 0; c < Count; c++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                rows[lane] = this[lane, c] is >= 0 and int branch ? tensor.Row(realizations[lane], 0, branch) : zeros;
            }

            LaneMatrix.Pack(rows, Lanes, length, panel.At(0, c), panel.Row);
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    /// <param name="trash">Room for length complex numbers.</param>
    public void Unpack(LaneMatrix panel, int length, Matrices<T> tensor, T* trash)
    {
        T** rows = stackalloc T*[LaneMatrix.Lanes];
        for (int c = 0; c < Count; c++)
        {
            for (int lane = 0; lane < Lanes; lane++)
            {
                rows[lane] = this[lane, c] is >= 0 and int branch ? tensor.Row(realizations[lane], 0, branch) : trash;
            }

            LaneMatrix.Unpack(panel.At(0, c), panel.Row, length, rows, Lanes);
        }
    }
}
