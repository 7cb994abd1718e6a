namespace Precoding;

/// <summary>What access points and central unit send each other for one realization, once, whatever the number of iterations. [NCJT Table I; noncoherent.md §9]</summary>
/// <param name="ComplexUp">Complex numbers from the access points, those on the diagonal of a Hermitian matrix counted as such.</param>
/// <param name="ComplexDown">Complex numbers to the access points.</param>
/// <param name="RealUp">The same as real numbers: a Hermitian matrix of order n is n² of them.</param>
/// <param name="RealDown">Likewise, two for a complex number.</param>
/// <param name="BlocksUp">Rows and vectors that share an exponent when they are rounded.</param>
/// <param name="BlocksDown">Likewise.</param>
public sealed record Interaction(long ComplexUp, long ComplexDown, long RealUp, long RealDown, long BlocksUp, long BlocksDown)
{
    /// <summary>Nothing is exchanged.</summary>
    public static Interaction None { get; } = new(0, 0, 0, 0, 0, 0);

    public long ComplexTotal => ComplexUp + ComplexDown;

    /// <summary>Channels go up, L·n·M complex numbers, and precoders come down, M for each branch: iterations in the antennas.</summary>
    /// <param name="branches">Pairs of a stream and an access point that sends it.</param>
    public static Interaction InAntennas(ChannelShape shape, int branches)
    {
        long rows = (long)shape.AccessPointCount * shape.UserCount * shape.UserAntennaCount, up = rows * shape.AntennaCount, down = (long)shape.AntennaCount * branches;
        return new Interaction(up, down, 2 * up, 2 * down, rows, branches);
    }

    /// <summary>Upper triangles of Gram matrices go up, L·n(n + 1)/2, and coordinates come down, n for each branch: nothing depends on M.</summary>
    /// <param name="branches">Pairs of a stream and an access point that sends it.</param>
    public static Interaction InCoordinates(ChannelShape shape, int branches)
    {
        long L = shape.AccessPointCount, n = (long)shape.UserCount * shape.UserAntennaCount, down = n * branches;
        return new Interaction(L * n * (n + 1) / 2, down, L * n * n, 2 * down, L * n, branches);
    }

    /// <summary>Bits up in words of that many bits for a real number and an exponent for each block.</summary>
    public long BitsUp(int wordBits) => (RealUp * wordBits) + (BlocksUp * BlockFloatingPoint.ExponentBits);

    /// <summary>Bits down, likewise.</summary>
    public long BitsDown(int wordBits) => (RealDown * wordBits) + (BlocksDown * BlockFloatingPoint.ExponentBits);
}
