using System.Numerics;

namespace Precoding;

/// <summary>Precoders of many realizations, P[realization, user, accessPoint, antenna], in the precision they were computed in.</summary>
public sealed class PrecoderBatch
{
    private readonly ComplexF[]? single;
    private readonly Complex[]? @double;

    public PrecoderBatch(ChannelShape shape, Precision precision)
    {
        Shape = shape;
        long count = checked(shape.RealizationCount * shape.CoefficientsPerRealization);
        if (precision == Precision.Single)
        {
            single = new ComplexF[count];
        }
        else
        {
            @double = new Complex[count];
        }
    }

    public ChannelShape Shape { get; }

    public Precision Precision => single is not null ? Precision.Single : Precision.Double;

    /// <summary>p of one link, M coefficients.</summary>
    public void CopyTo(int realization, int user, int accessPoint, Span<Complex> destination)
    {
        long start = LinkStart(realization, user, accessPoint);
        for (int m = 0; m < Shape.AntennaCount; m++)
        {
            destination[m] = single is not null ? single[start + m] : @double![start + m];
        }
    }

    /// <summary>Row-major; empty when the batch is in double.</summary>
    public ReadOnlySpan<ComplexF> AsSingle() => single;

    /// <summary>Row-major; empty when the batch is in single.</summary>
    public ReadOnlySpan<Complex> AsDouble() => @double;

    /// <summary>Sets p of one link; for whoever fills the batch.</summary>
    public void Set(int realization, int user, int accessPoint, ReadOnlySpan<Complex> link)
    {
        long start = LinkStart(realization, user, accessPoint);
        if (@double is not null)
        {
            link[..Shape.AntennaCount].CopyTo(@double.AsSpan((int)start));
            return;
        }

        Span<ComplexF> destination = single.AsSpan((int)start, Shape.AntennaCount);
        for (int m = 0; m < destination.Length; m++)
        {
            destination[m] = (ComplexF)link[m];
        }
    }

    /// <summary>Sets p of one link of a batch in single precision.</summary>
    internal void Set(int realization, int user, int accessPoint, ReadOnlySpan<ComplexF> link) =>
        link.CopyTo(single.AsSpan((int)LinkStart(realization, user, accessPoint), Shape.AntennaCount));

    private long LinkStart(int realization, int user, int accessPoint) =>
        ((((long)realization * Shape.UserCount) + user) * Shape.AccessPointCount + accessPoint) * Shape.AntennaCount;
}
