using System.Numerics;
using System.Text;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

[TestFixture(false)]
[TestFixture(true)]
public class MatReaderTests(bool bigEndian)
{
    private readonly MatBytes mat = new(bigEndian);

    [Test]
    public void ComplexArraysComeInRowMajorOrder([Values] bool compressed)
    {
        byte[] cube = mat.ComplexCube("H");
        FileArray array = Read(compressed ? mat.Compress(cube) : cube, "H");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(array.Shape, Is.EqualTo(new[] { 2, 3, 4 }));
            Assert.That(array.Element, Is.EqualTo(NumpyElement.ComplexSingle));
            Assert.That(array.ToComplex(), Is.EqualTo(
                from i in Enumerable.Range(0, 2) from j in Enumerable.Range(0, 3) from k in Enumerable.Range(0, 4) select new Complex((100 * i) + (10 * j) + k, -k)));
        }
    }

    [Test]
    public void EveryClassIsReadFromEveryTypeThatHoldsIt()
    {
        MatType[] whole = [MatType.Int8, MatType.UInt8, MatType.Int16, MatType.UInt16, MatType.Int32, MatType.UInt32, MatType.Int64, MatType.UInt64];
        using (Assert.EnterMultipleScope())
        {
            for (MatClass @class = MatClass.Double; @class <= MatClass.UInt64; @class++)
            {
                foreach (MatType type in @class <= MatClass.Single ? [.. whole, MatType.Single, MatType.Double] : whole)
                {
                    FileArray array = Read(mat.Array("x", @class, [1, 3], 0, mat.Numbers(type, 7, 0, 120)), "x");
                    Assert.That(array.ToDoubles(), Is.EqualTo(new double[] { 7, 0, 120 }), $"{@class} from {type}");
                    Assert.That(array.IsSinglePrecision, Is.EqualTo(@class == MatClass.Single));
                }
            }
        }
    }

    [Test]
    public void ComplexPartsMayBeOfDifferentTypes()
    {
        FileArray array = Read(mat.Array("x", MatClass.Double, [2, 1], MatTypes.ComplexFlag, mat.Numbers(MatType.UInt8, 1, 2), mat.Numbers(MatType.Double, -0.5, 1e300)), "x");
        Assert.That(array.ToComplex(), Is.EqualTo(new Complex[] { new(1, -0.5), new(2, 1e300) }));
    }

    [Test]
    public void NegativeNumbersKeepTheirSign() =>
        Assert.That(Read(mat.Array("x", MatClass.Double, [1, 2], 0, mat.Numbers(MatType.Int16, -300, 5)), "x").ToDoubles(), Is.EqualTo(new double[] { -300, 5 }));

    [Test]
    public void LogicalsAndTextAreRead()
    {
        byte[] file = mat.File(
            mat.Array("serving", MatClass.UInt8, [1, 3], MatTypes.LogicalFlag, mat.Numbers(MatType.UInt8, 1, 0, 1)),
            mat.Compress(mat.Array("meta", MatClass.Char, [1, 4], 0, mat.Numbers(MatType.UInt16, '{', 'é', ' ', '}'))),
            mat.Array("utf8", MatClass.Char, [1, 2], 0, mat.Element(MatType.Utf8, Encoding.UTF8.GetBytes("é!"))),
            mat.Array("none", MatClass.Char, [0, 0], 0, mat.Element(MatType.UInt8, [])));
        var reader = new MatReader(new MemoryStream(file), "a.mat");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reader.Names, Is.EqualTo(new[] { "serving", "meta", "utf8", "none" }));
            Assert.That(reader.Read("serving").Element, Is.EqualTo(NumpyElement.Boolean));
            Assert.That(reader.Read("serving").ToIntegers(), Is.EqualTo(new[] { 1, 0, 1 }));
            Assert.That(reader.Read("meta").ToText(), Is.EqualTo("{é }"));
            Assert.That(reader.Read("utf8").ToText(), Is.EqualTo("é!"));
            Assert.That(reader.Read("none").ToText(), Is.Empty);
        }
    }

    [Test]
    public void EmptyArraysHaveTheirShape() =>
        Assert.That(Read(mat.Array("x", MatClass.Double, [0, 3], 0, mat.Numbers(MatType.Double)), "x").Shape, Is.EqualTo(new[] { 0, 3 }));

    [Test]
    public void DataThatFitTheTagMayStandThereOrNot([Values] bool small) =>
        Assert.That(Read(mat.Array("x", MatClass.Double, [1, 1], 0, mat.Element(MatType.UInt8, [9], small)), "x").ToDoubles(), Is.EqualTo(new double[] { 9 }));

    [Test]
    public void WhatHoldsNoNumbersIsPassedOverUntilItIsAskedFor()
    {
        byte[] file = mat.File(
            mat.Array("s", MatClass.Struct, [1, 1], 0, mat.Element(MatType.Int32, [0, 0, 0, 0]), mat.Element(MatType.Int8, [])),
            mat.Array("c", MatClass.Cell, [100000, 100000], 0),
            mat.Element(MatType.Matrix, []),
            mat.Array("", MatClass.UInt8, [1, 1], 0, mat.Numbers(MatType.UInt8, 1)),
            mat.Array("sparse", MatClass.Sparse, [3, 3], 0),
            mat.ComplexCube("H"));
        var reader = new MatReader(new MemoryStream(file), "a.mat");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(reader.Names, Is.EqualTo(new[] { "H" }));
            Assert.That(() => reader.Read("s"), Throws.TypeOf<FileFormatException>().With.Message.Contains("byte 128: got 's' of class struct").And.Message.Contains("'-struct', 's'"));
            Assert.That(() => reader.Read("sparse"), Throws.TypeOf<FileFormatException>().With.Message.Contains("sparse = full(sparse)"));
            Assert.That(() => reader.Read("G"), Throws.TypeOf<ValidationException>().With.Message.Contains("has no array 'G'; it has H"));
        }
    }

    private FileArray Read(byte[] element, string name) => new MatReader(new MemoryStream(mat.File(element)), "a.mat").Read(name);
}
