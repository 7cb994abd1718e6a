using System.Numerics;

namespace Precoding;

/// <summary>
/// Precoders of many realizations as beams: p_{k,l} = V Φ_{k,l} u_{k,l}, V[m,n] = M^{-1/2} exp(−jπ m Ω_n), Ω_n = (2n − N)/N. Only the methods in the beam
/// domain have them; <see cref="PrecodingResult.Precoders"/> holds the same precoders as antenna coefficients. [BSP (2); coherent.md §2]
/// </summary>
public sealed class BeamPrecoderBatch
{
    private readonly int[][] start, beam;
    private readonly Complex[][] value;

    internal BeamPrecoderBatch(ChannelShape shape, int fineFactor)
    {
        (Shape, FineFactor) = (shape, fineFactor);
        start = new int[shape.RealizationCount][];
        beam = new int[shape.RealizationCount][];
        value = new Complex[shape.RealizationCount][];
        Array.Fill(start, new int[(shape.UserCount * shape.AccessPointCount) + 1]);
        Array.Fill(beam, []);
        Array.Fill(value, []);
    }

    public ChannelShape Shape { get; }

    /// <summary>F; N = F·M beams per access point.</summary>
    public int FineFactor { get; }

    /// <summary>Beams in all supports of a realization, K·L·N_avg.</summary>
    public int BeamCount(int realization) => beam[realization].Length;

    /// <summary>Beam numbers n of (user, access point), ascending.</summary>
    public ReadOnlySpan<int> Beams(int realization, int user, int accessPoint) => beam[realization].AsSpan(Link(realization, user, accessPoint));

    /// <summary>u of (user, access point), one for each of its beams; √W.</summary>
    public ReadOnlySpan<Complex> Values(int realization, int user, int accessPoint) => value[realization].AsSpan(Link(realization, user, accessPoint));

    /// <param name="starts">First slot of each (user, access point), and one more.</param>
    /// <param name="beams">Beam of each slot.</param>
    /// <param name="values">u of each slot.</param>
    internal void Set(int realization, ReadOnlySpan<int> starts, ReadOnlySpan<int> beams, ReadOnlySpan<Complex> values)
    {
        int count = starts[^1];
        start[realization] = [.. starts];
        beam[realization] = [.. beams[..count]];
        value[realization] = [.. values[..count]];
    }

    /// <summary>Takes the beams of another batch's realization.</summary>
    internal void Take(int realization, BeamPrecoderBatch other, int otherRealization) =>
        (start[realization], beam[realization], value[realization]) = (other.start[otherRealization], other.beam[otherRealization], other.value[otherRealization]);

    private Range Link(int realization, int user, int accessPoint)
    {
        int link = (user * Shape.AccessPointCount) + accessPoint;
        return start[realization][link]..start[realization][link + 1];
    }
}
