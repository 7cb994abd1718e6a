using System.Numerics;
using Precoding.Engines;

namespace Precoding.Cpu;

/// <summary>A row-major array of one kind.</summary>
internal sealed class ReferenceTensor : Tensor
{
    public ReferenceTensor(string name, ElementKind kind, ReadOnlySpan<int> shape)
        : base(name, kind, shape)
    {
        long length = Length;
        Complexes = kind == ElementKind.Complex ? new Complex[length] : [];
        Reals = kind == ElementKind.Control ? new double[length] : [];
        Integers = kind == ElementKind.Integer ? new int[length] : [];
    }

    public Complex[] Complexes { get; }

    public double[] Reals { get; }

    public int[] Integers { get; }

    /// <summary>Position of the first element with these leading indices.</summary>
    public int Offset(params ReadOnlySpan<int> index)
    {
        long offset = 0;
        for (int axis = 0; axis < Shape.Length; axis++)
        {
            int i = axis < index.Length ? index[axis] : 0;
            if ((uint)i >= (uint)Shape[axis])
            {
                throw new ArgumentOutOfRangeException(nameof(index), $"Tensor {this}: index {i} on axis {axis}.");
            }

            offset = (offset * Shape[axis]) + i;
        }

        return checked((int)offset);
    }

    public override void Write(ReadOnlySpan<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        values.CopyTo(Complexes);
    }

    public override void Write(ReadOnlySpan<double> values)
    {
        Require(ElementKind.Control, values.Length);
        values.CopyTo(Reals);
    }

    public override void Write(ReadOnlySpan<int> values)
    {
        Require(ElementKind.Integer, values.Length);
        values.CopyTo(Integers);
    }

    public override void Read(Span<ComplexF> values)
    {
        Require(ElementKind.Complex, values.Length);
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (ComplexF)Complexes[i];
        }
    }

    public override void Read(Span<Complex> values)
    {
        Require(ElementKind.Complex, values.Length);
        Complexes.AsSpan(0, values.Length).CopyTo(values);
    }

    public override void Read(Span<double> values)
    {
        Require(ElementKind.Control, values.Length);
        Reals.AsSpan(0, values.Length).CopyTo(values);
    }

    public override void Read(Span<int> values)
    {
        Require(ElementKind.Integer, values.Length);
        Integers.AsSpan(0, values.Length).CopyTo(values);
    }

    public override void Dispose()
    {
    }
}
