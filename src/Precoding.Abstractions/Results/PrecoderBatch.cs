using System.Numerics;

namespace Precoding;

/// <summary>
/// Precoders of many realizations, P[realization, stream, branch, antenna], in the precision they were computed in. A branch of a stream is one of the
/// access points that send it: all of them in coherent transmission to single-antenna users, where stream and user are the same, so that P is
/// [realization, user, accessPoint, antenna]; the serving ones in coherent transmission to several antennas; exactly one in non-coherent transmission.
/// </summary>
public sealed class PrecoderBatch
{
    private readonly ComplexF[]? single;
    private readonly Complex[]? @double;
    private readonly int[] streamUser;
    private readonly int[]? accessPoints;

    /// <summary>One stream per user, from every access point.</summary>
    public PrecoderBatch(ChannelShape shape, Precision precision)
        : this(shape, precision, [.. Enumerable.Range(0, shape.UserCount)], shape.AccessPointCount, null)
    {
    }

    /// <param name="streamUser">The user of each stream.</param>
    /// <param name="branchCount">Most access points that send one stream.</param>
    /// <param name="accessPoints">[realization, stream, branch], −1 where nothing is sent; null where branch and access point are the same.</param>
    internal PrecoderBatch(ChannelShape shape, Precision precision, int[] streamUser, int branchCount, int[]? accessPoints)
    {
        (Shape, this.streamUser, BranchCount, this.accessPoints) = (shape, streamUser, branchCount, accessPoints);
        long count = checked((long)shape.RealizationCount * streamUser.Length * branchCount * shape.AntennaCount);
        if (precision == Precision.Single)
        {
            single = new ComplexF[count];
        }
        else
        {
            @double = new Complex[count];
        }
    }

    /// <summary>Of the channels.</summary>
    public ChannelShape Shape { get; }

    public Precision Precision => single is not null ? Precision.Single : Precision.Double;

    /// <summary>Room for streams; a realization may use fewer.</summary>
    public int StreamCount => streamUser.Length;

    /// <summary>Most access points that send one stream.</summary>
    public int BranchCount { get; }

    /// <summary>The user of each stream.</summary>
    public IReadOnlyList<int> StreamUser => streamUser;

    /// <summary>Which access point sends a branch of a stream; −1 where none does.</summary>
    public int AccessPointOf(int realization, int stream, int branch) => accessPoints is null ? branch : accessPoints[Index(realization, stream, branch)];

    /// <summary>Streams of a realization that somebody sends with some power.</summary>
    public int SentStreamCount(int realization)
    {
        int perStream = BranchCount * Shape.AntennaCount, count = 0;
        for (int stream = 0; stream < StreamCount; stream++)
        {
            int start = (int)(Index(realization, stream, 0) * Shape.AntennaCount);
            bool isSent = single is not null
                ? single.AsSpan(start, perStream).ContainsAnyExcept(default(ComplexF))
                : @double.AsSpan(start, perStream).ContainsAnyExcept(Complex.Zero);
            count += isSent ? 1 : 0;
        }

        return count;
    }

    /// <summary>p of one stream from one access point, M coefficients; stream is the user and branch the access point for single-antenna users.</summary>
    public void CopyTo(int realization, int stream, int branch, Span<Complex> destination)
    {
        long start = Index(realization, stream, branch) * Shape.AntennaCount;
        for (int m = 0; m < Shape.AntennaCount; m++)
        {
            destination[m] = single is not null ? single[start + m] : @double![start + m];
        }
    }

    /// <summary>Row-major; empty when the batch is in double.</summary>
    public ReadOnlySpan<ComplexF> AsSingle() => single;

    /// <summary>Row-major; empty when the batch is in single.</summary>
    public ReadOnlySpan<Complex> AsDouble() => @double;

    /// <summary>Sets p of one branch; for whoever fills the batch.</summary>
    public void Set(int realization, int stream, int branch, ReadOnlySpan<Complex> values)
    {
        long start = Index(realization, stream, branch) * Shape.AntennaCount;
        if (@double is not null)
        {
            values[..Shape.AntennaCount].CopyTo(@double.AsSpan((int)start));
            return;
        }

        Span<ComplexF> destination = single.AsSpan((int)start, Shape.AntennaCount);
        for (int m = 0; m < destination.Length; m++)
        {
            destination[m] = (ComplexF)values[m];
        }
    }

    /// <summary>Sets p of one branch of a batch in single precision.</summary>
    internal void Set(int realization, int stream, int branch, ReadOnlySpan<ComplexF> values) =>
        values.CopyTo(single.AsSpan((int)(Index(realization, stream, branch) * Shape.AntennaCount), Shape.AntennaCount));

    /// <summary>Takes the precoders of another batch's realization, of the same shape, precision and streams.</summary>
    internal void Take(int realization, PrecoderBatch other, int otherRealization)
    {
        int size = StreamCount * BranchCount * Shape.AntennaCount;
        if (single is not null)
        {
            other.single.AsSpan(otherRealization * size, size).CopyTo(single.AsSpan(realization * size));
        }
        else
        {
            other.@double.AsSpan(otherRealization * size, size).CopyTo(@double.AsSpan(realization * size));
        }
    }

    /// <summary>Says who sends the streams of a realization, [stream, branch].</summary>
    internal void SetAccessPoints(int realization, ReadOnlySpan<int> values) => values.CopyTo(accessPoints.AsSpan((int)Index(realization, 0, 0), StreamCount * BranchCount));

    private long Index(int realization, int stream, int branch) => ((((long)realization * StreamCount) + stream) * BranchCount) + branch;
}
