using System.Numerics;
using System.Text;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

[TestFixture]
public class ChannelCsvTests : DirectoryTest
{
    [Test]
    public void ColumnsNameTheAxes()
    {
        ChannelFileContent content = Read("realization,user,accessPoint,antenna,re,im", "0,0,0,0,1,2", "0,0,0,1,3e0,-4.5", "0,1,0,0,-1,0", "0,1,0,1,.5,1E-3");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(1, 2, 1, 2)));
            Assert.That(content.Channels.AsDouble().ToArray(), Is.EqualTo(new Complex[] { new(1, 2), new(3, -4.5), new(-1, 0), new(0.5, 1e-3) }));
            Assert.That(content.AssumedAxes, Is.EqualTo("a.csv: axes [realization 1, user 2, accessPoint 1, antenna 2] by the names of the columns, y = hᴴp"));
        }
    }

    [Test]
    public void LinesAndColumnsComeInAnyOrderAndAxesMayBeMissing()
    {
        ChannelFileContent content = Read("im,ANTENNA, user ,re", "2,0,1,1", " 4 ,1,1,3", "6,1,0,5", "8,0,0,7");
        Assert.That(content.Channels.Shape, Is.EqualTo(new ChannelShape(1, 2, 1, 2)));
        Assert.That(content.Channels.AsDouble().ToArray(), Is.EqualTo(new Complex[] { new(7, 8), new(5, 6), new(1, 2), new(3, 4) }));
    }

    [Test]
    public void RowsOfHAreThoseOfAUserAntenna()
    {
        ChannelFileContent many = Read("user,userAntenna,antenna,re,im", "0,0,0,1,2", "0,1,0,3,4"), one = Read("user,userAntenna,antenna,re,im", "0,0,0,1,2");
        Assert.That(many.Channels.Shape, Is.EqualTo(new ChannelShape(1, 1, 1, 1, 2)));
        Assert.That(one.Channels.AsDouble().ToArray(), Is.EqualTo(new Complex[] { new(1, -2) })); // h is the conjugate of the row
    }

    [Test]
    public void DownlinkGainConjugates() => Assert.That(
        ChannelFile.Read(Stream("user,antenna,re,im\n0,0,1,2\n"), "a.csv", new ChannelFileOptions { DownlinkGain = true }).Channels.AsDouble()[0], Is.EqualTo(new Complex(1, -2)));

    [TestCase("\uFEFFuser,antenna,re,im\r\n0,0,1,2\r\n", TestName = "As a spreadsheet writes it")]
    [TestCase("user,antenna,re,im\n0,0,1,2", TestName = "No end of the last line")]
    [TestCase("# anything\n#\nuser,antenna,re,im\n0,0,1,2\n\n", TestName = "Comments before, an empty line at the end")]
    public void OtherWritersAreRead(string text) => Assert.That(ChannelFile.Read(Stream(text), "a.csv").Channels.AsDouble().ToArray(), Is.EqualTo(new Complex[] { new(1, 2) }));

    [TestCase("", 1, 1, "the end of the file")]
    [TestCase("# only a comment\n", 1, 1, "the end of the file")]
    [TestCase("0,0,1,2\n", 1, 1, "the column '0'")]
    [TestCase("user,antenna,beam,re,im\n", 1, 14, "the column 'beam'")]
    [TestCase("user,antenna,user,re,im\n", 1, 14, "the column 'user' again")]
    [TestCase("user;antenna;re;im\n", 1, 1, "the column 'user;antenna;re;im'")]
    [TestCase("antenna,re,im\n", 1, 1, "no column 'user'")]
    [TestCase("user,antenna,re\n", 1, 1, "no column 'im'")]
    [TestCase("user,antenna,re,im\n", 1, 1, "no lines behind")]
    [TestCase("user,antenna,re,im\n0,0,1\n", 2, 6, "the end of the line after 3 values")]
    [TestCase("user,antenna,re,im\n0,0,1,2,3\n", 2, 9, "one more value")]
    [TestCase("user,antenna,re,im\n0,0,1,2\n1,0,x,2\n", 3, 5, "'x'")]
    [TestCase("user,antenna,re,im\n0,0,1,nan\n", 2, 7, "'nan'")]
    [TestCase("user,antenna,re,im\n0,0,1,1e999\n", 2, 7, "'1e999'")]
    [TestCase("user,antenna,re,im\n0,0,\"1\",2\n", 2, 5, "'\"1\"'")]
    [TestCase("user,antenna,re,im\n-1,0,1,2\n", 2, 1, "'-1'")]
    [TestCase("user,antenna,re,im\n0,0.0,1,2\n", 2, 3, "'0.0'")]
    [TestCase("user,antenna,re,im\n0,2147483647,1,2\n", 2, 3, "'2147483647'")]
    [TestCase("user,antenna,re,im\n0,99999999999,1,2\n", 2, 3, "'99999999999'")]
    [TestCase("user,antenna,re,im\n1,1,1,2\n", 2, 1, "expected 4 for every combination of user 0…1, antenna 0…1")]
    [TestCase("user,antenna,re,im\n2000000000,2000000000,1,2\n", 2, 1, "the last of 1 lines")]
    [TestCase("user,antenna,re,im\n0,0,1,2\n0,0,1,2\n", 3, 1, "expected 1 for every combination")]
    [TestCase("user,antenna,re,im\n0,0,1,2\n0,0,1,2\n0,1,1,2\n1,0,1,2\n", 3, 1, "the indices of line 2 again")]
    [TestCase("user,antenna,re,im\n0,0,1,2\n\n0,1,1,2\n", 3, 1, "an empty line")]
    public void WhatIsWrongIsRefusedWithLineAndColumn(string text, int line, int column, string reason)
    {
        FileFormatException? error = Assert.Throws<FileFormatException>(() => ChannelFile.Read(Stream(text), "a.csv"));
        Assert.That((error!.Line, error.Column), Is.EqualTo(((int?)line, (int?)column)), error.Message);
        Assert.That(error.Message, Does.StartWith($"a.csv, line {line}, column {column}: got ").And.Contain(reason));
    }

    [Test]
    public void ALineWithoutEndCostsNoMemory()
    {
        byte[] file = Encoding.ASCII.GetBytes("user,antenna,re,im\n0,0,1," + new string('2', 10_000_000));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(() => ChannelFile.Read(new MemoryStream(file), "a.csv"), Throws.TypeOf<FileFormatException>().With.Message.Contains("at most 65536 bytes"));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(1 << 20));
    }

    [Test]
    public void AxesAreNotNamedTwice() => Assert.That(
        () => ChannelFile.Read(Stream("user,antenna,re,im\n0,0,1,2\n"), "a.csv", new ChannelFileOptions { Axes = "antenna,user" }), Throws.TypeOf<ValidationException>().With.Message.Contains("--axes has no effect"));

    [Test]
    public void DropsComeBackBitForBit([Values(1, 2)] int userAntennaCount, [Values] bool isSingle)
    {
        var shape = new ChannelShape(2, 3, 2, 4, userAntennaCount);
        Network network = Network.WithoutGeometry(shape, [1, 1]);
        ChannelBatch channels = new IndependentRayleighChannelModel().Generate(network, 2, 3);
        channels = isSingle ? channels : ChannelBatch.FromArray(network, shape, [.. channels.AsSingle().ToArray().Select(c => new Complex(c.Real / 3.0, -1e-300 * c.Imaginary))]);
        ChannelFile.Write(PathOf("a.csv"), channels, new ChannelFileExtras { MetaJson = "{\"seed\":3}" });
        ChannelFileContent content = ChannelFile.Read(PathOf("a.csv"));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(content.Channels.Shape, Is.EqualTo(shape));
            Assert.That(content.MetaJson, Is.EqualTo("{\"seed\":3}"));
            Assert.That(
                content.Channels.AsDouble().ToArray().Select(c => isSingle ? (ComplexF)c : c), // reading gives doubles; those of single precision round back
                Is.EqualTo(isSingle ? channels.AsSingle().ToArray().Select(c => (Complex)c) : channels.AsDouble().ToArray()));
        }
    }

    private static ChannelFileContent Read(params string[] lines) => ChannelFile.Read(Stream(string.Join('\n', lines) + "\n"), "a.csv");

    private static MemoryStream Stream(string text) => new(Encoding.UTF8.GetBytes(text));
}
