using System.Buffers.Binary;
using System.IO.Compression;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Files that lie: each is refused with file, byte offset and reason, before memory is taken for what they claim.</summary>
[TestFixture]
public class HostileFileTests
{
    private const long MostBytesAllocated = 1 << 20;

    private static readonly byte[] Small = NumpyBytes.Npy("<f8", "(2,)", NumpyBytes.Doubles(3, 4));

    private static IEnumerable<TestCaseData> HostileArrays()
    {
        yield return Case("80 bytes ask for 32 GiB", NumpyBytes.Npy("<f8", "(4294967296,)", []), 60, "4294967296");
        yield return Case("80 bytes ask for 16 GiB", NumpyBytes.Npy("<f8", "(2147483647,)", []), 60, "2147483647");
        yield return Case("more data than the file has", NumpyBytes.Npy("<f8", "(1000000,)", new byte[16]), 74, "8000000 bytes");
        yield return Case("product of extents overflows", NumpyBytes.Npy("<f8", "(2147483647, 2147483647, 2147483647, 4)", []), 60, "elements");
        yield return Case("product of extents wraps to 0", NumpyBytes.Npy("<f8", "(65536, 65536, 65536, 65536)", []), 60, "elements");
        yield return Case("negative extent", NumpyBytes.Npy("<f8", "(-1,)", []), 60, "-1");
        yield return Case("nan extent", NumpyBytes.Npy("<f8", "(nan,)", []), 61, "'nan'");
        yield return Case("fractional extent", NumpyBytes.Npy("<f8", "(2.5,)", []), 61, "'2.5'");
        yield return Case("extent beyond 64 bits", NumpyBytes.Npy("<f8", "(99999999999999999999,)", []), 61, "64 bits");
        yield return Case("65 axes", NumpyBytes.Npy("<f8", $"({string.Concat(Enumerable.Repeat("1,", 65))})", new byte[8]), 60, "65 axes");
        yield return Case("billions of empty strings", NumpyBytes.Npy("<U0", "(2000000000,)", []), 60, "no characters");
        yield return Case("pickled objects", NumpyBytes.Npy("|O", "(1,)", [0x80, 4, (byte)'.']), 20, "Pickles");
        yield return Case("structured array", NumpyBytes.Npy("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", new byte[8]), 20, "quoted string");
        yield return Case("unknown type", NumpyBytes.Npy("<f16", "(1,)", new byte[16]), 20, "'<f16'");
        yield return Case("datetime", NumpyBytes.Npy("<M8[ns]", "(1,)", new byte[8]), 20, "'<M8[ns]'");
        yield return Case("repeated key", NumpyBytes.Npy("{'descr': '<f8', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", new byte[8]), 27, "'descr' again");
        yield return Case("unknown key", NumpyBytes.Npy("{'descr': '<f8', 'order': 1}", []), 27, "'order'");
        yield return Case("missing key", NumpyBytes.Npy("{'descr': '<f8', 'shape': ()}", []), 10, "fortran_order");
        yield return Case("code in the header", NumpyBytes.Npy("__import__('os')", []), 10, "__import__");
        yield return Case("unfinished header", NumpyBytes.Npy("{'descr': '<f8", []), 20, "without end");
        yield return Case("text behind the header", NumpyBytes.Npy("{'descr': '<f8', 'fortran_order': False, 'shape': ()} x", new byte[8]), 64, "'x");
        yield return Case("header length beyond the file", [0x93, .. "NUMPY"u8, 2, 0, 0xFF, 0xFF, 0xFF, 0xFF, (byte)'{'], 8, "4294967295");
        yield return Case("version 4", NumpyBytes.Npy("<f8", "()", new byte[8], version: 4), 6, "version 4");
        yield return Case("no signature", "PKxx not numpy"u8.ToArray(), 0, "signature");
        yield return Case("empty file", [], 0, "0 bytes");
        yield return Case("truncated data", Small[..^3], 68, "13 bytes");
        yield return Case("trailing data", [.. Small, 1], 68, "17 bytes");
        yield return Case("code point beyond Unicode", NumpyBytes.Npy("<U1", "()", [0, 0, 0, 0x7F]), 66, "0x7F000000");

        static TestCaseData Case(string name, byte[] file, long offset, string reason) =>
            new TestCaseData(file, offset, reason).SetName($"Npy: {name}");
    }

    private static IEnumerable<TestCaseData> HostileArchives()
    {
        byte[] stored = NumpyBytes.Zip(CompressionLevel.NoCompression, ("H.npy", Small));
        byte[] deflated = NumpyBytes.Zip(CompressionLevel.SmallestSize, ("H.npy", NumpyBytes.Npy("<f8", "(1000,)", new byte[8000])));
        int directory = IndexOf(stored, [0x50, 0x4B, 1, 2]), deflatedDirectory = IndexOf(deflated, [0x50, 0x4B, 1, 2]);
        int end = stored.Length - 22;
        byte[] zip64 = NumpyBytes.Zip64(("H.npy", Small));
        int zip64End = IndexOf(zip64, [0x50, 0x4B, 6, 6]), locator = IndexOf(zip64, [0x50, 0x4B, 6, 7]);

        yield return Case("no archive", "not a zip archive at all"u8.ToArray(), 24, "no zip archive");
        yield return Case("empty file", [], 0, "no end-of-directory");
        yield return Case("truncated", stored[..^1], stored.Length - 1, "truncated");
        yield return Case("directory beyond the file", With(stored, end + 16, 0x7FFFFFFF), end, "2147483647");
        yield return Case("directory longer than the file", With(stored, end + 12, 0x7FFFFFFF), end, "2147483647");
        yield return Case("more members than records", With16(stored, end + 10, 60000), end, "60000 members");
        yield return Case("two members counted, one there", With16(With(stored, end + 12, 92), end + 10, 2), end, "92 bytes");
        yield return Case("no record", With(stored, directory, 0), directory, "no directory record");
        yield return Case("name longer than the directory", With16(stored, directory + 28, 60000), directory, "longer than the directory");
        yield return Case("encrypted", With16(stored, directory + 8, 1), directory, "encrypted");
        yield return Case("unknown compression", With16(stored, directory + 10, 14), directory, "method 14");
        yield return Case("stored with two lengths", With(stored, directory + 24, 7), directory, "for 7");
        yield return Case("data beyond the file", With(With(stored, directory + 20, 0x7000000), directory + 24, 0x7000000), directory, "117440512");
        yield return Case("header beyond the file", With(stored, directory + 42, 0x7000000), directory, "117440512");
        yield return Case("no local header", With(stored, 0, 0), 0, "no local header");
        yield return Case("wrong checksum", With(stored, directory + 16, 0x12345678), directory + 16, "12345678");
        yield return Case("bomb: a length beyond deflate's ratio", With(deflated, deflatedDirectory + 24, 0x7FFFFFFF), deflatedDirectory, "1032 times");
        yield return Case("name twice", NumpyBytes.Zip(CompressionLevel.NoCompression, ("H.npy", Small), ("H.npy", Small)), -1, "again");
        yield return Case("zip64 record beyond the file", With(zip64, locator + 12, 0x10), locator, "a zip64 record at byte");
        yield return Case("zip64 without record", With(zip64, zip64End, 0), zip64End, "no zip64 end record");
        yield return Case("zip64 directory of 2⁶³ bytes", With(zip64, zip64End + 44, unchecked((int)0x7FFFFFFF)), zip64End, "one that fits");

        static TestCaseData Case(string name, byte[] file, long offset, string reason) =>
            new TestCaseData(file, offset, reason).SetName($"Npz: {name}");
    }

    private static IEnumerable<TestCaseData> HostileMatFiles()
    {
        MatBytes mat = MatBytes.Little;
        byte[] ones = mat.Numbers(MatType.UInt8, 1, 1, 1, 1, 1, 1, 1, 1), good = mat.Array("H", MatClass.Double, [2, 4], 0, ones);
        const int Matrix = 128, Flags = 136, Extents = 152, Name = 168, Data = 176; // of the first array, with two extents and a short name

        yield return Case("empty file", [], 0, "0 bytes");
        yield return Case("truncated header", mat.Header()[..100], 0, "100 bytes");
        yield return Case("no byte order", With16(mat.Header(), 126, 0x5858), 126, "the bytes 58-58");
        yield return Case("version 3", mat.Header(0x0300), 124, "version 3.0");
        yield return Case("unknown element", mat.File(mat.Element((MatType)99, new byte[8])), Matrix, "type 99");
        yield return Case("an array longer than the file", With(mat.File(good), Matrix + 4, 0x7FFFFFFF), Matrix, "2147483647 bytes");
        yield return Case("4 GiB in 200 bytes", With(mat.File(good), Matrix + 4, -1), Matrix, "4294967295 bytes");
        yield return Case("half a tag", [.. mat.File(good), 14, 0, 0], 128 + good.Length, "3 bytes left");
        yield return Case("flags of another type", With(mat.File(good), Flags, 5), Flags, "8 bytes of type 5");
        yield return Case("unknown class", With(mat.File(good), Flags + 8, 99), Flags + 8, "class 99");
        yield return Case("one extent", With(mat.File(good), Extents, 0x00040005), Extents, "4 bytes of type 5");
        yield return Case("an extent too long for its tag", With(mat.File(good), Extents, 0x00080005), Extents, "8 bytes in the tag");
        yield return Case("extents of another type", With(mat.File(good), Extents, 6), Extents, "8 bytes of type 6");
        yield return Case("negative extent", With(mat.File(good), Extents + 8, -2), Extents + 8, "(-2, 4)");
        yield return Case("65 axes", mat.File(mat.Array("H", MatClass.Double, [.. Enumerable.Repeat(1, 65)], 0, ones)), Extents, "260 bytes");
        yield return Case("extents whose product overflows", mat.File(mat.Array("H", MatClass.Double, [65536, 65536, 65536, 65536], 0, ones)), Extents + 8, "elements or more");
        yield return Case("extents for more data", With(mat.File(good), Extents + 8, 100_000_000), Data, "400000000 bytes for extents (100000000, 4)");
        yield return Case("a name of 64 characters", mat.File(mat.Array(new string('H', 64), MatClass.Double, [2, 4], 0, ones)), Name, "64 bytes");
        yield return Case("a name with a line end", mat.File(mat.Array("H\n", MatClass.Double, [2, 4], 0, ones)), Name, "0x0A");
        yield return Case("a name twice", mat.File(good, good), Matrix + good.Length, "'H' again");
        yield return Case("numbers of no type", mat.File(mat.Array("H", MatClass.Double, [2, 4], 0, mat.Element(MatType.Utf8, new byte[8]))), Data, "type 16");
        yield return Case("fractions in an array of whole numbers", mat.File(mat.Array("H", MatClass.Int8, [2, 4], 0, mat.Numbers(MatType.Double, new double[8]))), Data, "class int8");
        yield return Case("a number too large for its class", mat.File(mat.Array("H", MatClass.Int8, [1, 2], 0, mat.Numbers(MatType.Int32, 1, 300))), Data + 12, "300 in an array of class int8");
        yield return Case("no imaginary part", mat.File(mat.Array("H", MatClass.Double, [2, 4], MatTypes.ComplexFlag, ones)), Data + 16, "0 bytes left");
        yield return Case("a part too many", mat.File(mat.Array("H", MatClass.Double, [2, 4], 0, ones, ones)), Data + 16, "16 more bytes");
        yield return Case("two lines of text", mat.File(mat.Array("H", MatClass.Char, [4, 2], 0, ones)), Data, "one line of text");
        yield return Case("text that is no UTF-8", mat.File(mat.Array("H", MatClass.Char, [1, 8], 0, mat.Element(MatType.Utf8, [65, 66, 0xFF, 65, 65, 65, 65, 65]))), Data + 10, "no Unicode");
        yield return Case("text shorter than its extents", mat.File(mat.Array("H", MatClass.Char, [1, 80], 0, ones)), Data, "8 characters");
        yield return Case("no zlib header", With16(mat.File(mat.Compress(good)), Matrix + 8, 0x0102), Matrix + 8, "02-01");
        yield return Case("a preset dictionary", With16(mat.File(mat.Compress(good)), Matrix + 8, 0xBB78), Matrix + 8, "78-BB");
        yield return Case("a compressed element that is no array", mat.File(mat.Compress(mat.Numbers(MatType.Double, 1))), 0, "type 9");
        yield return Case("a compressed array that ends early", mat.File(mat.Compress(good[..^8])), good.Length - 8, "8 more bytes of the array");
        yield return Case("a compressed array that does not end", mat.File(mat.Compress([.. good, .. good])), good.Length, "more bytes");
        yield return Case("wrong checksum", [.. mat.File(mat.Compress(good))[..^1], 0x55], -1, "no deflate stream");

        static TestCaseData Case(string name, byte[] file, long offset, string reason) =>
            new TestCaseData(file, offset, reason).SetName($"Mat: {name}");
    }

    [TestCaseSource(nameof(HostileMatFiles))]
    public void MatFileIsRefused(byte[] file, long offset, string reason) => ExpectRefusal(() => new MatReader(new MemoryStream(file), "bad.mat").Read("H"), "bad.mat", offset, reason);

    [Test]
    public void TooManyVariablesAreRefused([Values] bool compressed)
    {
        // an inflater each: about 9 KB for 60 bytes
        MatBytes mat = MatBytes.Little;
        byte[] file = mat.File([.. Enumerable.Range(0, 5000).Select(i => mat.Array($"x{i}", MatClass.Double, [0, 0], 0, mat.Numbers(MatType.Double))).Select(a => compressed ? mat.Compress(a) : a)]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => new MatReader(new MemoryStream(file), "bad.mat"), Throws.TypeOf<FileFormatException>().With.Message.Contains("more than 4096"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(64L << 20));
    }

    [Test]
    public void AMatBombCostsNoMoreThanAPassOverIt()
    {
        // 64 MiB of zeros in 64 KiB, in an array that says it has eight elements
        byte[] good = MatBytes.Little.Array("H", MatClass.Double, [2, 4], 0, MatBytes.Little.Numbers(MatType.UInt8, new double[8]));
        byte[] bomb = MatBytes.Little.File(MatBytes.Little.Compress(With([.. good, .. new byte[1 << 26]], 4, good.Length - 8 + (1 << 26))));
        ExpectRefusal(() => new MatReader(new MemoryStream(bomb), "bomb.mat").Read("H"), "bomb.mat(H)", good.Length, "more bytes");
    }

    [TestCaseSource(nameof(HostileArrays))]
    public void ArrayIsRefused(byte[] file, long offset, string reason) =>
        ExpectRefusal(() => NumpyFile.ReadNpy(new MemoryStream(file), "bad.npy"), "bad.npy", offset, reason);

    [TestCaseSource(nameof(HostileArchives))]
    public void ArchiveIsRefused(byte[] file, long offset, string reason) =>
        ExpectRefusal(() => NumpyFile.ReadNpz(new MemoryStream(file), "bad.npz"), "bad.npz", offset, reason);

    [Test]
    public void BombCostsNoMoreThanItsHeaderNeeds()
    {
        // 64 MiB of zeros in 64 KiB, in an array that says it has two elements: only those are decoded
        byte[] bomb = NumpyBytes.Zip(CompressionLevel.SmallestSize, ("H.npy", [.. Small, .. new byte[1 << 26]]));
        ExpectRefusal(() => NumpyFile.ReadNpz(new MemoryStream(bomb), "bomb.npz"), "bomb.npz", 68, "16 bytes for shape (2)");
    }

    [Test]
    public void OverlappingMembersAreRefused()
    {
        byte[] archive = NumpyBytes.Zip(CompressionLevel.NoCompression, ("A.npy", Small), ("B.npy", Small));
        int second = Array.LastIndexOf(archive, (byte)'B') - 46;
        ExpectRefusal(() => NumpyFile.ReadNpz(new MemoryStream(With(archive, second + 42, 0)), "bad.npz"), "bad.npz", -1, "the next part starts");
    }

    [Test]
    public void DamagedDeflateStreamIsRefused()
    {
        byte[] archive = NumpyBytes.Zip(CompressionLevel.SmallestSize, ("H.npy", NumpyBytes.Npy("<f8", "(1000,)", new byte[8000])));
        archive[30 + 5] = 0xFF; // first byte of the stream: a block type that does not exist
        ExpectRefusal(() => NumpyFile.ReadNpz(new MemoryStream(archive), "bad.npz"), "bad.npz(H.npy)", 0, "no deflate stream");
    }

    [Test]
    public void DeflatedMemberThatEndsEarlyIsRefused()
    {
        byte[] full = NumpyBytes.Npy("<f8", "(1000,)", new byte[8000]);
        byte[] archive = NumpyBytes.Zip(CompressionLevel.SmallestSize, ("H.npy", full[..^100]));
        int directory = IndexOf(archive, [0x50, 0x4B, 1, 2]);
        ExpectRefusal(
            () => NumpyFile.ReadNpz(new MemoryStream(With(archive, directory + 24, full.Length)), "bad.npz"), "bad.npz(H.npy)", full.Length - 100, "the end of the data");
    }

    private static void ExpectRefusal(Action read, string file, long offset, string reason)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        FileFormatException? error = Assert.Throws<FileFormatException>(() => read());
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(error!.File, Does.StartWith(file));
            Assert.That(error.Message, Does.StartWith($"{error.File}, byte {error.ByteOffset}: got ").And.Contains(reason));
            Assert.That(allocated, Is.LessThan(MostBytesAllocated));
            if (offset >= 0)
            {
                Assert.That(error.ByteOffset, Is.EqualTo(offset));
            }
        }
    }

    private static byte[] With(byte[] file, int at, int value)
    {
        byte[] changed = [.. file];
        BinaryPrimitives.WriteInt32LittleEndian(changed.AsSpan(at), value);
        return changed;
    }

    private static byte[] With16(byte[] file, int at, ushort value)
    {
        byte[] changed = [.. file];
        BinaryPrimitives.WriteUInt16LittleEndian(changed.AsSpan(at), value);
        return changed;
    }

    private static int IndexOf(byte[] file, byte[] pattern) => file.AsSpan().IndexOf(pattern);
}
