using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Abstractions.Tests;

/// <summary>Rounding of what is exchanged. [noncoherent.md §9]</summary>
public sealed class BlockFloatingPointTests
{
    /// <summary>4 bits: mantissas −7 … 7; 5 &lt; 2³, so steps of 2^(3 − 3) = 1; 1.5 and 2.5 are ties, to even.</summary>
    [Test]
    public void MantissasOfFourBits()
    {
        Complex[] block = [new(5, -2.6), new(0.4, 1.5), new(2.5, -0.51)];
        BlockFloatingPoint.Round(block, 4);
        Assert.That(block, Is.EqualTo(new Complex[] { new(5, -3), new(0, 2), new(2, -1) }));
    }

    /// <summary>7.6 would be 8, a mantissa too long: the exponent is one larger, the step 2. 0.9 is then nearer to 0, 1.1 to 2.</summary>
    [Test]
    public void ExponentMakesRoomForWhatIsRoundedUp()
    {
        Complex[] block = [7.6, new(0.9, 1.1)];
        BlockFloatingPoint.Round(block, 4);
        Assert.That(block, Is.EqualTo(new Complex[] { 8, new(0, 2) }));
    }

    [Test]
    public void NoNumberIsOffByMoreThanHalfAStep([Values(4, 7, 16, 32)] int bits, [Values(1e-12, 1, 3e9)] double scale)
    {
        for (int trial = 0; trial < 50; trial++)
        {
            var random = new CounterRandom(9, RandomPurpose.IndependentFading, trial);
            Complex[] exact = [.. Enumerable.Range(0, 20).Select(i => scale * random.ComplexNormal((uint)i))], block = [.. exact];
            BlockFloatingPoint.Round(block, bits);
            double most = exact.Max(v => Math.Max(Math.Abs(v.Real), Math.Abs(v.Imaginary)));
            double halfStep = Math.Pow(2, 1 - bits) * most / (1 - Math.Pow(2, -bits));
            Assert.That(exact.Zip(block).Max(p => Math.Max(Math.Abs(p.First.Real - p.Second.Real), Math.Abs(p.First.Imaginary - p.Second.Imaginary))), Is.LessThanOrEqualTo(halfStep));
            Complex[] again = [.. block];
            BlockFloatingPoint.Round(again, bits);
            Assert.That(again, Is.EqualTo(block), "what is rounded stays");
        }
    }

    [Test]
    public void WhatTheExponentCannotHoldBecomesZeroOrSaturates()
    {
        Complex[] faint = [1e-60], loud = [1e60];
        BlockFloatingPoint.Round(faint, 8);
        BlockFloatingPoint.Round(loud, 8);
        Assert.That(faint[0], Is.EqualTo(Complex.Zero));
        Assert.That(loud[0].Real, Is.EqualTo(Math.Pow(2, 127) * (1 - Math.Pow(2, -7))).Within(1).Percent);
    }

    /// <summary>Table I at (L, K, M, N) = (4, 8, 64, 4), two of the access points serving each user with one stream: 16 streams.</summary>
    [Test]
    public void InteractionOfTheExample()
    {
        var shape = new ChannelShape(1, 8, 4, 64, 4);
        Interaction antennas = Interaction.InAntennas(shape, 16), coordinates = Interaction.InCoordinates(shape, 16);
        Assert.Multiple(() =>
        {
            Assert.That((antennas.ComplexUp, antennas.ComplexDown, antennas.ComplexTotal), Is.EqualTo((8192, 1024, 9216)));
            Assert.That((coordinates.ComplexUp, coordinates.ComplexDown, coordinates.ComplexTotal), Is.EqualTo((2112, 512, 2624)));
            Assert.That(coordinates.RealUp, Is.EqualTo(4 * 32 * 32));
            Assert.That(coordinates.BitsUp(8), Is.EqualTo((4096 * 8) + (128 * 8))); // 128 rows, an exponent each
            Assert.That(coordinates.BitsDown(8), Is.EqualTo((1024 * 8) + (16 * 8)));
            Assert.That(antennas.BitsUp(10), Is.EqualTo((16384 * 10) + (128 * 8)));
            Assert.That(Interaction.None.BitsUp(8) + Interaction.None.BitsDown(8), Is.Zero);
        });
    }

    [TestCase(3)]
    [TestCase(33)]
    public void WordLengthsHaveLimits(int bits) => Assert.That(
        () => new ReducedWmmse(new() { FronthaulBits = bits }), Throws.TypeOf<ValidationException>().With.Message.Contains($"ReducedWmmseOptions.FronthaulBits is {bits}; it must be from 4 to 32"));
}
