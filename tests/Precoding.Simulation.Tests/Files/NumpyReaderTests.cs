using System.IO.Compression;
using System.Numerics;
using System.Text;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class NumpyReaderTests
{
    [Test]
    public void ReadsEveryElementType()
    {
        (string Descr, byte[] Data, double[] Expected)[] cases =
        [
            ("|b1", [1, 0], [1, 0]),
            ("|i1", [0xFF, 2], [-1, 2]),
            ("|u1", [0xFF, 2], [255, 2]),
            ("<i2", [0xFE, 0xFF, 1, 0], [-2, 1]),
            ("<u2", [0xFE, 0xFF, 1, 0], [65534, 1]),
            ("<i4", [0xFE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], [-2, 1]),
            ("<u4", [0xFE, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], [4294967294, 1]),
            ("<i8", [0xFD, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0, 0, 0, 0, 0], [-3, 1]),
            ("<u8", [3, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0], [3, 1]),
            ("<f2", [0, 0x3C, 0, 0xC0], [1, -2]),
            ("<f4", NumpyBytes.Floats(1.5f, -2), [1.5, -2]),
            ("<f8", NumpyBytes.Doubles(1.5, -2), [1.5, -2]),
            (">i2", [0xFF, 0xFE, 0, 1], [-2, 1]),
            (">f4", [0x3F, 0xC0, 0, 0, 0xC0, 0, 0, 0], [1.5, -2]),
            (">f8", [.. NumpyBytes.Doubles(-2, 1.5).Reverse()], [1.5, -2]),
        ];
        using (Assert.EnterMultipleScope())
        {
            foreach (var (descr, data, expected) in cases)
            {
                FileArray array = Read(NumpyBytes.Npy(descr, "(2,)", data));
                Assert.That(array.ToDoubles(), Is.EqualTo(expected), descr);
                Assert.That(array.Shape, Is.EqualTo(new[] { 2 }), descr);
            }
        }
    }

    [Test]
    public void ReadsComplexInBothByteOrders()
    {
        Complex[] expected = [new(1.5, -2), new(0.25, 8)];
        byte[] single = NumpyBytes.Floats(1.5f, -2, 0.25f, 8), full = NumpyBytes.Doubles(1.5, -2, 0.25, 8);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Read(NumpyBytes.Npy("<c8", "(2,)", single)).ToComplex(), Is.EqualTo(expected));
            Assert.That(Read(NumpyBytes.Npy(">c8", "(2,)", Swap(single, 4))).ToComplex(), Is.EqualTo(expected));
            Assert.That(Read(NumpyBytes.Npy("<c16", "(2,)", full)).ToComplex(), Is.EqualTo(expected));
            Assert.That(Read(NumpyBytes.Npy(">c16", "(2,)", Swap(full, 8))).ToComplex(), Is.EqualTo(expected));
            Assert.That(Read(NumpyBytes.Npy("<c8", "(2,)", single)).IsSinglePrecision, Is.True);
            Assert.That(Read(NumpyBytes.Npy("<c16", "(2,)", full)).IsSinglePrecision, Is.False);
        }
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    public void ReadsEveryFormatVersion(byte version) =>
        Assert.That(Read(NumpyBytes.Npy("<f8", "(2,)", NumpyBytes.Doubles(3, 4), version: version)).ToDoubles(), Is.EqualTo(new double[] { 3, 4 }));

    [Test]
    public void FortranOrderIsTurnedIntoRowMajor()
    {
        // element [i, j, k] holds 100 i + 10 j + k
        const int I = 2, J = 3, K = 4;
        var rowMajor = new List<double>();
        var firstFastest = new List<double>();
        for (int i = 0; i < I; i++)
        {
            for (int j = 0; j < J; j++)
            {
                for (int k = 0; k < K; k++)
                {
                    rowMajor.Add((100 * i) + (10 * j) + k);
                }
            }
        }

        for (int k = 0; k < K; k++)
        {
            for (int j = 0; j < J; j++)
            {
                for (int i = 0; i < I; i++)
                {
                    firstFastest.Add((100 * i) + (10 * j) + k);
                }
            }
        }

        FileArray array = Read(NumpyBytes.Npy("<f8", "(2, 3, 4)", NumpyBytes.Doubles([.. firstFastest]), fortran: true));
        Assert.That(array.ToDoubles(), Is.EqualTo(rowMajor));
        Assert.That(array.Shape, Is.EqualTo(new[] { I, J, K }));
    }

    [TestCase("|i1")]
    [TestCase("|u1")]
    [TestCase("<i2")]
    [TestCase("<u2")]
    [TestCase("<i4")]
    [TestCase("<u4")]
    [TestCase("<i8")]
    [TestCase("<u8")]
    [TestCase("|b1")]
    [TestCase("<f2")]
    [TestCase("<f4")]
    [TestCase("<c8")]
    public void FortranOrderHoldsForEveryType(string descr)
    {
        int size = int.Parse(descr[2..]);
        byte[] data = new byte[6 * size];
        data[size] = 1; // second element in the file, [1, 0]: third in row-major order
        double[] values = descr == "<c8"
            ? Array.ConvertAll(Read(NumpyBytes.Npy(descr, "(2, 3)", data, fortran: true)).ToComplex(), c => c.Real)
            : Read(NumpyBytes.Npy(descr, "(2, 3)", data, fortran: true)).ToDoubles();
        Assert.That(Array.FindIndex(values, v => v != 0), Is.EqualTo(3));
    }

    [TestCase("{\"descr\":\"<f8\",\"fortran_order\":False,\"shape\":(2,)}", TestName = "Double quotes")]
    [TestCase("{'shape': (2L,), 'descr': '<f8', 'fortran_order': False}", TestName = "Python 2 longs and another order")]
    [TestCase("{ 'descr' : '<f8' , 'fortran_order' : False , 'shape' : ( 2 , 1 ) , }  ", TestName = "Spaces")]
    [TestCase("{'descr': 'f8', 'fortran_order': False, 'shape': (1, 2)}", TestName = "Native byte order")]
    public void ReadsHeadersOfOtherWriters(string header) =>
        Assert.That(Read(NumpyBytes.Npy(header, NumpyBytes.Doubles(3, 4))).ToDoubles(), Is.EqualTo(new double[] { 3, 4 }));

    [Test]
    public void ScalarsAndEmptyArraysHaveTheirShape()
    {
        Assert.That(Read(NumpyBytes.Npy("<f8", "()", NumpyBytes.Doubles(10e9))).Shape, Is.Empty);
        Assert.That(Read(NumpyBytes.Npy("<f8", "(0, 3)", [])).Shape, Is.EqualTo(new[] { 0, 3 }));
    }

    [Test]
    public void ReadsTextScalars()
    {
        byte[] little = [.. new UTF32Encoding(false, false).GetBytes("{\"é\":1}"), 0, 0, 0, 0];
        byte[] big = [.. new UTF32Encoding(true, false).GetBytes("{\"é\":1}"), 0, 0, 0, 0];
        Assert.That(Read(NumpyBytes.Npy("<U8", "()", little)).ToText(), Is.EqualTo("{\"é\":1}"));
        Assert.That(Read(NumpyBytes.Npy(">U8", "()", big)).ToText(), Is.EqualTo("{\"é\":1}"));
    }

    [Test]
    public void ReadsStoredDeflatedAndZip64Archives()
    {
        (string, byte[])[] members =
        [
            ("H.npy", NumpyBytes.Npy("<f8", "(1000,)", NumpyBytes.Doubles([.. Enumerable.Range(0, 1000).Select(i => (double)i)]))),
            ("README.txt", "not an array"u8.ToArray()),
            ("power.npy", NumpyBytes.Npy("<f8", "()", NumpyBytes.Doubles(2))),
        ];
        byte[][] archives =
        [
            NumpyBytes.Zip(CompressionLevel.NoCompression, members), NumpyBytes.Zip(CompressionLevel.SmallestSize, members), NumpyBytes.Zip64(members),
        ];
        foreach (byte[] archive in archives)
        {
            IReadOnlyDictionary<string, FileArray> arrays = NumpyFile.ReadNpz(new MemoryStream(archive), "a.npz");
            Assert.That(arrays.Keys, Is.EquivalentTo(["H", "power"]));
            Assert.That(arrays["H"].ToDoubles(), Is.EqualTo(Enumerable.Range(0, 1000)));
        }
    }

    [Test]
    public void ConversionsRefuseWhatTheyCannotHold()
    {
        FileArray complex = Read(NumpyBytes.Npy("<c8", "(1,)", NumpyBytes.Floats(1, 2)));
        FileArray fraction = Read(NumpyBytes.Npy("<f8", "(1,)", NumpyBytes.Doubles(2.5)));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(() => complex.ToDoubles(), Throws.TypeOf<ValidationException>().With.Message.Contains("ComplexSingle"));
            Assert.That(() => fraction.ToIntegers(), Throws.TypeOf<ValidationException>().With.Message.Contains("2.5"));
            Assert.That(() => fraction.ToText(), Throws.TypeOf<ValidationException>());
        }
    }

    private static FileArray Read(byte[] file) => NumpyFile.ReadNpy(new MemoryStream(file), "a.npy");

    private static byte[] Swap(byte[] bytes, int size) => [.. bytes.Chunk(size).SelectMany(chunk => chunk.Reverse())];
}
