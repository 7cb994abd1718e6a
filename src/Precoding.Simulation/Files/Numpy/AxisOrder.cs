namespace Precoding.Simulation;

/// <summary>Moves the elements of row-major arrays between axis orders.</summary>
internal static class AxisOrder
{
    /// <summary>Axis i of the result is axis order[i] of the source.</summary>
    public static (int[] Shape, Array Data) Transpose(int[] shape, Array data, ReadOnlySpan<int> order)
    {
        int rank = shape.Length;
        var strides = new int[rank];
        for (int axis = rank - 1, stride = 1; axis >= 0; axis--)
        {
            strides[axis] = stride;
            stride = checked(stride * Math.Max(1, shape[axis]));
        }

        var resultShape = new int[rank];
        var resultStrides = new int[rank];
        bool identity = true;
        for (int axis = 0; axis < rank; axis++)
        {
            (resultShape[axis], resultStrides[axis]) = (shape[order[axis]], strides[order[axis]]);
            identity &= order[axis] == axis;
        }

        if (identity || data.Length <= 1)
        {
            return (resultShape, data);
        }

        return (resultShape, Gather(data, resultShape, resultStrides));
    }

    /// <summary>Row-major elements of an array stored first index fastest.</summary>
    public static Array FromFortran(int[] shape, Array data)
    {
        var reversed = (int[])shape.Clone();
        Array.Reverse(reversed);
        var order = new int[shape.Length];
        for (int axis = 0; axis < order.Length; axis++)
        {
            order[axis] = order.Length - 1 - axis;
        }

        return Transpose(reversed, data, order).Data;
    }

    private static Array Gather(Array data, int[] shape, int[] strides) => data switch
    {
        bool[] values => Gather(values, shape, strides),
        Half[] values => Gather(values, shape, strides),
        float[] values => Gather(values, shape, strides),
        double[] values => Gather(values, shape, strides),
        ComplexF[] values => Gather(values, shape, strides),
        System.Numerics.Complex[] values => Gather(values, shape, strides),
        string[] values => Gather(values, shape, strides),
        _ => GatherIntegers(data, shape, strides),
    };

    // C# lets a byte[] pass for sbyte[] and so on: equal sizes move equally, only the created type must be the source's own.
    private static Array GatherIntegers(Array data, int[] shape, int[] strides)
    {
        Type type = data.GetType().GetElementType()!;
        return type == typeof(sbyte) ? Gather((sbyte[])data, shape, strides)
            : type == typeof(byte) ? Gather((byte[])data, shape, strides)
            : type == typeof(short) ? Gather((short[])data, shape, strides)
            : type == typeof(ushort) ? Gather((ushort[])data, shape, strides)
            : type == typeof(int) ? Gather((int[])data, shape, strides)
            : type == typeof(uint) ? Gather((uint[])data, shape, strides)
            : type == typeof(long) ? Gather((long[])data, shape, strides)
            : Gather((ulong[])data, shape, strides);
    }

    private static T[] Gather<T>(T[] source, int[] shape, int[] strides)
    {
        var result = new T[source.Length];
        int last = shape.Length - 1;
        int inner = shape[last], innerStride = strides[last];
        var index = new int[shape.Length];
        int from = 0;
        for (int start = 0; start < result.Length; start += inner)
        {
            for (int i = 0, at = from; i < inner; i++, at += innerStride)
            {
                result[start + i] = source[at];
            }

            for (int axis = last - 1; axis >= 0; axis--)
            {
                from += strides[axis];
                if (++index[axis] < shape[axis])
                {
                    break;
                }

                from -= strides[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return result;
    }
}
