using System.Numerics;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class NpzWriterTests : DirectoryTest
{
    [Test]
    public void DoublesComeBackBitForBit() => Prop.ForAll<double[]>(values =>
        MemoryMarshal.AsBytes<double>(RoundTrip(values).ToDoubles()).SequenceEqual(MemoryMarshal.AsBytes<double>(values))).QuickCheckThrowOnFailure();

    [Test]
    public void IntegersComeBack() => Prop.ForAll<int[]>(values => RoundTrip(values).ToIntegers().SequenceEqual(values)).QuickCheckThrowOnFailure();

    [Test]
    public void EveryTypeComesBack()
    {
        using (Assert.EnterMultipleScope())
        {
            Assert.That(RoundTrip(new[] { true, false }).ToDoubles(), Is.EqualTo(new double[] { 1, 0 }));
            Assert.That(RoundTrip(new[] { 1.5f }).IsSinglePrecision, Is.True);
            Assert.That(RoundTrip(new ComplexF[] { new(1, -2) }).ToComplexSingle(), Is.EqualTo(new ComplexF[] { new(1, -2) }));
            Assert.That(RoundTrip(new Complex[] { new(1, -2) }).ToComplex(), Is.EqualTo(new Complex[] { new(1, -2) }));
            Assert.That(RoundTrip(Array.Empty<long>()).Shape, Is.EqualTo(new[] { 0 }));
        }
    }

    [TestCase("{\"tool\": \"BeamPrecoding\", \"σ²\": \"𝔐\"}")]
    [TestCase("")]
    public void TextComesBack(string text)
    {
        string path = PathOf("text.npz");
        NpzWriter.Write(path, archive => archive.AddText("meta", text));
        Assert.That(NumpyFile.ReadNpz(path)["meta"].ToText(), Is.EqualTo(text));
    }

    [Test]
    public void SameContentGivesSameBytes()
    {
        string first = PathOf("first.npz"), second = PathOf("second.npz");
        foreach (string path in new[] { first, second })
        {
            NpzWriter.Write(path, archive => archive.Add<double>("H", [2, 1], [3, 4]));
            Thread.Sleep(10); // another clock reading
        }

        Assert.That(File.ReadAllBytes(first), Is.EqualTo(File.ReadAllBytes(second)));
    }

    [Test]
    public void DataStartsAtAMultipleOf64AsNumpyWritesIt()
    {
        string path = PathOf("a.npy");
        NpzWriter.WriteNpy<double>(path, new[] { 1, 2 }, new double[] { 3, 4 });
        byte[] bytes = File.ReadAllBytes(path);
        Assert.That(bytes.Length % 64, Is.EqualTo(16));
        Assert.That(NumpyFile.ReadNpy(path).Shape, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void FailureLeavesTheOldFileAndNothingElse()
    {
        string path = PathOf("a.npz");
        NpzWriter.Write(path, archive => archive.Add<double>("H", [1], [3]));
        Assert.That(() => NpzWriter.Write(path, _ => throw new InvalidOperationException("stop")), Throws.InvalidOperationException);
        Assert.That(NumpyFile.ReadNpz(path)["H"].ToDoubles(), Is.EqualTo(new double[] { 3 }));
        Assert.That(Directory.GetFiles(DirectoryPath), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void FullDiskIsSaidPlainly()
    {
        const int ErrnoNoSpace = 28;
        string path = PathOf("a.npz");
        Assert.That(
            () => AtomicFile.Write(path, _ => throw new IOException("No space left on device", ErrnoNoSpace)),
            Throws.TypeOf<IOException>().With.Message.Contains("the disk is full").And.Message.Contains(path));
    }

    [Test]
    public void MissingDirectoryIsSaidPlainly() =>
        Assert.That(
            () => NpzWriter.Write(PathOf("none/a.npz"), _ => { }),
            Throws.TypeOf<IOException>().With.Message.Contains("Create the directory"));

    [Test]
    public void ShapeMustFitTheValues() =>
        Assert.That(
            () => NpzWriter.WriteNpy<double>(PathOf("a.npy"), new[] { 3 }, new double[] { 1 }),
            Throws.ArgumentException.With.Message.Contains("expected 3"));

    private FileArray RoundTrip<T>(T[] values)
        where T : unmanaged
    {
        NpzWriter.WriteNpy<T>(PathOf("x.npy"), new[] { values.Length }, values);
        return NumpyFile.ReadNpy(PathOf("x.npy"));
    }
}
