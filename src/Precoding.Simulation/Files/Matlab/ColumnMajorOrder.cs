namespace Precoding.Simulation;

/// <summary>Walks an array in MATLAB's order, first index fastest, and gives for each element its place in row-major order.</summary>
internal sealed class ColumnMajorOrder
{
    private readonly int[] shape;
    private readonly int[] strides;
    private readonly int[] index;
    private int offset;

    public ColumnMajorOrder(ReadOnlySpan<int> shape)
    {
        this.shape = shape.ToArray();
        strides = new int[shape.Length];
        index = new int[shape.Length];
        for (int axis = shape.Length - 1, stride = 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride *= Math.Max(1, shape[axis]);
        }
    }

    /// <summary>Row-major place of the next element; to be called as often as there are elements.</summary>
    public int Next()
    {
        int current = offset;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            offset += strides[axis];
            if (++index[axis] < shape[axis])
            {
                break;
            }

            offset -= strides[axis] * shape[axis];
            index[axis] = 0;
        }

        return current;
    }
}
