using System.IO.Compression;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Damaged copies of valid files either read or are refused in words; no other exception, no memory beyond what the file could hold.</summary>
[TestFixture]
public class FuzzTests
{
    private const int MutationsPerFile = 2500;

    private static byte[][] Corpus()
    {
        byte[] coefficients = NumpyBytes.Npy("<c8", "(2, 3, 2, 4)", NumpyBytes.Floats([.. Enumerable.Range(1, 96).Select(i => i / 8f)]));
        byte[] fortran = NumpyBytes.Npy(">c16", "(2, 2, 3)", NumpyBytes.Doubles([.. Enumerable.Range(1, 24).Select(i => (double)i)]), fortran: true, version: 2);
        byte[] text = NumpyBytes.Npy("<U3", "()", [(byte)'{', 0, 0, 0, (byte)'}', 0, 0, 0, 0, 0, 0, 0], version: 3);
        (string, byte[])[] members =
        [
            ("H.npy", coefficients), ("meta.npy", text),
            ("power.npy", NumpyBytes.Npy("<f8", "(2,)", NumpyBytes.Doubles(1, 2))),
            ("serving.npy", NumpyBytes.Npy("|b1", "(2, 2, 3)", [1, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 1])),
            ("accessPointPosition.npy", NumpyBytes.Npy("<f4", "(2, 2, 3)", NumpyBytes.Floats([.. Enumerable.Range(1, 12).Select(i => (float)i)]))),
            ("maxStreams.npy", NumpyBytes.Npy("<i2", "(3,)", [1, 0, 1, 0, 2, 0])),
            ("userPosition.npy", NumpyBytes.Npy("<f4", "(3, 3)", NumpyBytes.Floats(1, 2, 3, 4, 5, 6, 7, 8, 9))),
            ("pathCoefficient.npy", NumpyBytes.Npy("<c8", "(2, 3, 2, 1)", new byte[96])),
            ("pathCosine.npy", NumpyBytes.Npy("<f4", "(2, 3, 2, 1)", new byte[48])),
        ];
        return
        [
            coefficients, fortran, text, NumpyBytes.Npy("|b1", "(3,)", [0, 1, 1]),
            NumpyBytes.Zip(CompressionLevel.NoCompression, members), NumpyBytes.Zip(CompressionLevel.SmallestSize, members),
            NumpyBytes.Zip64(members), NumpyBytes.Zip(CompressionLevel.Fastest, ("H.npy", NumpyBytes.Npy("<f8", "(3, 1, 400)", new byte[9600]))),
        ];
    }

    [Test]
    public void MutatedFilesReadOrAreRefused([Range(0, 7)] int file)
    {
        byte[] original = Corpus()[file];
        string name = file < 4 ? "fuzz.npy" : "fuzz.npz";
        var random = new System.Random(1000 + file);
        int read = 0, refused = 0;
        for (int i = 0; i < MutationsPerFile; i++)
        {
            byte[] mutated = Mutate(original, random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                ChannelFile.Read(new MemoryStream(mutated), name);
                read++;
            }
            catch (Exception error) when (error is FileFormatException or ValidationException)
            {
                refused++;
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.That(allocated, Is.LessThan(4L << 20), $"mutation {i}");
        }

        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        Assert.That(read + refused, Is.EqualTo(MutationsPerFile));
    }

    private static byte[] Mutate(byte[] original, System.Random random)
    {
        byte[] bytes = [.. original];
        int changes = random.Next(1, 5);
        for (int change = 0; change < changes; change++)
        {
            int at = random.Next(bytes.Length);
            switch (random.Next(6))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes = bytes[..Math.Max(1, at)];
                    break;
                case 3:
                    bytes = [.. bytes[..at], .. bytes[random.Next(at + 1)..]];
                    break;
                case 4:
                    bytes.AsSpan(at, Math.Min(random.Next(1, 9), bytes.Length - at)).Fill((byte)(random.Next(2) * 255));
                    break;
                default:
                    bytes[at] = (byte)"0123456789-,()'<>nOUcf"[random.Next(22)];
                    break;
            }
        }

        return bytes;
    }
}
