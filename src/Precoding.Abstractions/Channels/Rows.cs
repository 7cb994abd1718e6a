namespace Precoding;

/// <summary>Rows of a row-major table.</summary>
internal static class Rows
{
    /// <summary>Rows first, first + step, … of <paramref name="size"/> elements each.</summary>
    public static T[] EveryRow<T>(this ReadOnlySpan<T> table, int size, int first, int step, int count)
    {
        var rows = new T[checked(count * size)];
        for (int row = 0; row < count; row++)
        {
            table.Slice((first + (row * step)) * size, size).CopyTo(rows.AsSpan(row * size));
        }

        return rows;
    }
}
