using System.Numerics;

namespace Precoding;

/// <summary>What a stream of random numbers is for; part of its key, so that no two uses share numbers.</summary>
public enum RandomPurpose : uint
{
    StartPrecoder = 1,
    IndependentFading = 2,
    UserPosition = 3,
    LargeScale = 4,
    Cluster = 5,
    Ray = 6,
    EstimateError = 7,
    Training = 8,
}

/// <summary>
/// Counter-based random numbers, Philox4x32-10 [SALMON11]: number i of a stream is a pure function of (seed, purpose, realization, user,
/// accessPoint, i), so the same on every device, thread count, batch split and shard.
/// </summary>
public readonly struct CounterRandom
{
    private readonly uint key0, key1, stream1, stream2, stream3;

    /// <summary>Stream of one (seed, purpose, realization, user, accessPoint); user and accessPoint are below 65536.</summary>
    public CounterRandom(ulong seed, RandomPurpose purpose, int realization, int user = 0, int accessPoint = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(user, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(accessPoint, ushort.MaxValue);
        (key0, key1) = ((uint)seed, (uint)(seed >> 32));
        (stream1, stream2, stream3) = ((uint)realization, ((uint)user << 16) | (uint)accessPoint, (uint)purpose);
    }

    /// <summary>Uniform in (0, 1), 52 random bits.</summary>
    public double Uniform(uint index)
    {
        var (a, b, _, _) = Philox4x32(index, stream1, stream2, stream3, key0, key1);
        ulong bits = ((ulong)a << 20) ^ (b >> 12);
        return (bits + 0.5) * (1.0 / (1UL << 52));
    }

    /// <summary>Two independent standard normal numbers (Box–Muller).</summary>
    public (double First, double Second) NormalPair(uint index)
    {
        var (a, b, c, d) = Philox4x32(index, stream1, stream2, stream3, key0, key1);
        double u = ((((ulong)a << 20) ^ (b >> 12)) + 0.5) * (1.0 / (1UL << 52));
        double v = ((((ulong)c << 20) ^ (d >> 12)) + 0.5) * (1.0 / (1UL << 52));
        double radius = Math.Sqrt(-2 * Math.Log(u));
        return (radius * Math.Cos(2 * Math.PI * v), radius * Math.Sin(2 * Math.PI * v));
    }

    public double Normal(uint index) => NormalPair(index).First;

    /// <summary>CN(0, 1): independent real and imaginary parts of variance ½.</summary>
    public Complex ComplexNormal(uint index)
    {
        var (re, im) = NormalPair(index);
        return new Complex(re, im) * Math.Sqrt(0.5);
    }

    /// <summary>Philox4x32 with 10 rounds: counter (c0…c3), key (k0, k1).</summary>
    public static (uint X0, uint X1, uint X2, uint X3) Philox4x32(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)0xD2511F53u * c0;
            ulong product1 = (ulong)0xCD9E8D57u * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            k0 += 0x9E3779B9u;
            k1 += 0xBB67AE85u;
        }

        return (c0, c1, c2, c3);
    }
}
