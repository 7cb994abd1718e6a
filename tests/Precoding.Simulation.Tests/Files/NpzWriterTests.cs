using System.Numerics;
using System.Runtime.InteropServices;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class NpzWriterTests
{
    private string directory = string.Empty;

    [SetUp]
    public void CreateDirectory() => directory = Directory.CreateTempSubdirectory("beamprecoding").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(directory, recursive: true);

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
        string path = Path.Combine(directory, "text.npz");
        NpzWriter.Write(path, archive => archive.AddText("meta", text));
        Assert.That(NumpyFile.ReadNpz(path)["meta"].ToText(), Is.EqualTo(text));
    }

    [Test]
    public void SameContentGivesSameBytes()
    {
        string first = Path.Combine(directory, "first.npz"), second = Path.Combine(directory, "second.npz");
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
        string path = Path.Combine(directory, "a.npy");
        NpzWriter.WriteNpy<double>(path, new[] { 1, 2 }, new double[] { 3, 4 });
        byte[] bytes = File.ReadAllBytes(path);
        Assert.That(bytes.Length % 64, Is.EqualTo(16));
        Assert.That(NumpyFile.ReadNpy(path).Shape, Is.EqualTo(new[] { 1, 2 }));
    }

    [Test]
    public void FailureLeavesTheOldFileAndNothingElse()
    {
        string path = Path.Combine(directory, "a.npz");
        NpzWriter.Write(path, archive => archive.Add<double>("H", [1], [3]));
        Assert.That(() => NpzWriter.Write(path, _ => throw new InvalidOperationException("stop")), Throws.InvalidOperationException);
        Assert.That(NumpyFile.ReadNpz(path)["H"].ToDoubles(), Is.EqualTo(new double[] { 3 }));
        Assert.That(Directory.GetFiles(directory), Is.EqualTo(new[] { path }));
    }

    [Test]
    public void FullDiskIsSaidPlainly()
    {
        const int ErrnoNoSpace = 28;
        string path = Path.Combine(directory, "a.npz");
        Assert.That(
            () => AtomicFile.Write(path, _ => throw new IOException("No space left on device", ErrnoNoSpace)),
            Throws.TypeOf<IOException>().With.Message.Contains("the disk is full").And.Message.Contains(path));
    }

    [Test]
    public void MissingDirectoryIsSaidPlainly() =>
        Assert.That(
            () => NpzWriter.Write(Path.Combine(directory, "none", "a.npz"), _ => { }),
            Throws.TypeOf<IOException>().With.Message.Contains("Create the directory"));

    [Test]
    public void ShapeMustFitTheValues() =>
        Assert.That(
            () => NpzWriter.WriteNpy<double>(Path.Combine(directory, "a.npy"), new[] { 3 }, new double[] { 1 }),
            Throws.ArgumentException.With.Message.Contains("expected 3"));

    private static FileArray RoundTrip<T>(T[] values)
        where T : unmanaged
    {
        string path = Path.GetTempFileName();
        try
        {
            NpzWriter.WriteNpy<T>(path, new[] { values.Length }, values);
            return NumpyFile.ReadNpy(path);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
