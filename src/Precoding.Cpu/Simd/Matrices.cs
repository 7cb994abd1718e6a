namespace Precoding.Cpu.Simd;

/// <summary>One complex matrix: element (i, j) at Re[i·Stride + j], Im[i·Stride + j]. Every row of a tensor holds its real, then its imaginary parts.</summary>
internal readonly unsafe struct Planes<T>(T* re, T* im, nint stride)
    where T : unmanaged
{
    public readonly T* Re = re;
    public readonly T* Im = im;
    public readonly nint Stride = stride;
}

/// <summary>The matrices of a tensor [realization, (block,) rows, columns], row i of one being [re of columns | im of columns].</summary>
internal readonly unsafe struct Matrices<T>(T* origin, nint realizationStride, nint blockStride, int columns)
    where T : unmanaged
{
    public readonly T* Origin = origin;
    public readonly nint RealizationStride = realizationStride;

    /// <summary>0 when all blocks share one matrix.</summary>
    public readonly nint BlockStride = blockStride;
    public readonly int Columns = columns;

    public T* At(int realization, int block) => Origin + (realization * RealizationStride) + (block * BlockStride);

    public T* Row(int realization, int block, int row) => At(realization, block) + ((nint)row * 2 * Columns);

    public Planes<T> View(int realization, int block)
    {
        T* start = At(realization, block);
        return new Planes<T>(start, start + Columns, 2 * Columns);
    }
}
