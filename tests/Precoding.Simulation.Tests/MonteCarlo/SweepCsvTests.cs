using NUnit.Framework;

namespace Precoding.Simulation.Tests.MonteCarlo;

public static class SweepCsvTests
{
    private static readonly double[] Numbers =
        [0.1, -0.0, 1.0 / 3, 1e-320, double.Epsilon, double.MaxValue, double.MinValue, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 12345678901234567];

    private static readonly string[] Labels =
        ["", " ", ",", "\"", "\"\"", "a,\"b\",c", "\",\"", " quoted \"at the end\"", "wmmse(start=rzf,limit=3)", "#1", "=1+1", "é𝄞\u2028", "NaN", "'"];

    [Test]
    public static void EveryNumberAndLabelComesBack()
    {
        SweepRow[] rows = [.. from label in Labels from number in Numbers select new SweepRow(int.MaxValue, number, label, $"m{label}", number, label)];
        SweepTiming[] timings = [.. from label in Labels from number in Numbers select new SweepTiming(0, number, label, number, $"d{label}", int.MaxValue)];
        Assert.Multiple(() =>
        {
            SweepRow[] back = [.. SweepCsv.ReadResults(new StringReader(Written(rows)), "results.csv")];
            Assert.That(back, Is.EqualTo(rows));
            Assert.That(back.Select(r => BitConverter.DoubleToInt64Bits(r.Value)), Is.EqualTo(rows.Select(r => BitConverter.DoubleToInt64Bits(r.Value)))); // −0 too
            Assert.That(SweepCsv.ReadTimings(new StringReader(Written(timings)), "timings.csv"), Is.EqualTo(timings));
        });
    }

    [Test]
    public static void TextIsTheDocumentedOne()
    {
        string text = Written([new SweepRow(0, 10, "rzf", "sumRate", 12.5, "converged"), new SweepRow(1, -5.5, "a,\"b\"", "sumRate", double.NaN, "diverged"), new SweepRow(2, 1e20, "rzf", "x", double.NegativeInfinity, "stalled")]);
        Assert.That(text, Is.EqualTo("realization,snrDb,precoder,metric,value,status\n0,10,rzf,sumRate,12.5,converged\n1,-5.5,\"a,\"\"b\"\"\",sumRate,NaN,diverged\n2,1E+20,rzf,x,-Infinity,stalled\n"));
        Assert.That(Written([new SweepTiming(3, 0, "rzf", 0.25, "cuda:0, big", 7)]), Is.EqualTo("realization,snrDb,precoder,seconds,device,shard\n3,0,rzf,0.25,\"cuda:0, big\",7\n"));
    }

    /// <summary>Lines that begin and end anywhere in what the reader takes at once, with either end of line.</summary>
    [TestCase("\n")]
    [TestCase("\r\n")]
    public static void LongFilesComeBack(string endOfLine)
    {
        SweepRow[] rows = [.. SampleSweep.Rows(400)];
        string text = Written(rows);
        Assert.That(text, Has.Length.GreaterThan(3 << 16));
        Assert.That(SweepCsv.ReadResults(new StringReader(text.Replace("\n", endOfLine)), "results.csv"), Is.EqualTo(rows));
    }

    /// <summary>The first row is there before the second line was looked at: the file may be larger than memory.</summary>
    [Test]
    public static void RowsComeOneAtATime()
    {
        SweepRow first = SweepCsv.ReadResults(new StringReader($"{SweepCsv.ResultsHeader}\n0,1,a,b,2,c\ndamaged\n"), "results.csv").First();
        Assert.That(first, Is.EqualTo(new SweepRow(0, 1, "a", "b", 2, "c")));
        int written = 0;
        Assert.Throws<IOException>(() => SweepCsv.WriteResults(new FullWriter(), SampleSweep.Rows(1000).Select(row => { written++; return row; })));
        Assert.That(written, Is.EqualTo(1)); // the header passed, then one row
    }

    [TestCase("", 1, 1, "an empty file")]
    [TestCase("realization,snrDb\n", 1, 1, "got 'realization,snrDb', expected realization,snrDb,precoder,metric,value,status")]
    [TestCase("HEADER\n\n", 2, 1, "got '' as realization, expected a whole number from 0")]
    [TestCase("HEADER\n0,1,a,b,2,c\n0,1,a,b,2,Conv", 3, 1, "'0,1,a,b,2,Conv' without an end of line")]
    [TestCase("HEADER\n0,1,a,b,2\n", 2, 10, "got the end of the line, expected status")]
    [TestCase("HEADER\n0,1,a,b,2,c,\n", 2, 13, "got '', expected the end of the line")]
    [TestCase("HEADER\n-1,1,a,b,2,c\n", 2, 1, "as realization")]
    [TestCase("HEADER\n2147483648,1,a,b,2,c\n", 2, 1, "as realization")]
    [TestCase("HEADER\n0, 1,a,b,2,c\n", 2, 3, "' 1,a,b,2,c' as snrDb, expected a number, NaN, Infinity or -Infinity")]
    [TestCase("HEADER\n0,1,é𝄞,b,two,c\n", 2, 14, "'two,c' as value")]
    [TestCase("HEADER\n0,1,a\"b,b,2,c\n", 2, 5, "as precoder, expected a quote only around a whole text")]
    [TestCase("HEADER\n0,1,\"a\"b,b,2,c\n", 2, 5, "a quote only around")]
    [TestCase("HEADER\n0,1,\"a,b,2,c\n", 2, 5, "a quote only around")]
    [TestCase("HEADER\n0,1,\"a\"\",b,2,c\n", 2, 5, "a quote only around")]
    [TestCase("HEADER\n0,1,a\0,b,2,c\n", 2, 5, "'a?,b,2,c' as precoder, expected a text without control characters")]
    public static void DamagedLinesAreRefusedWithTheirPlace(string text, int line, int column, string told)
    {
        FileFormatException error = Assert.Throws<FileFormatException>(() => SweepCsv.ReadResults(new StringReader(text.Replace("HEADER", SweepCsv.ResultsHeader)), "run/results.csv").Count());
        Assert.That((error.File, error.Line, error.Column), Is.EqualTo(("run/results.csv", line, column)));
        Assert.That(error.Message, Does.Contain(told).And.EndWith("remove it and merge the shards again."));
    }

    /// <summary>As a crash may leave it.</summary>
    [Test]
    public static void FileOfZerosIsRefusedBeforeItFillsMemory()
    {
        var zeros = new ZeroReader();
        Assert.Throws<FileFormatException>(() => SweepCsv.ReadTimings(zeros, "timings.csv").Count());
        Assert.That(zeros.Taken, Is.LessThan(1 << 18));
    }

    [Test]
    public static void RowsAreLines() => Assert.Multiple(() =>
    {
        foreach (string label in new[] { "two\nlines", "tab\t", "\ud800", "a\udc00\ufffd", "\ud834" }) // no attributes: they cannot hold half a pair
        {
            Assert.That(SweepCsv.CanHold(label), Is.False);
            Assert.That(() => SweepCsv.Line(new SweepRow(0, 0, label, "m", 0, "s")), Throws.ArgumentException.With.Message.Contains("control character"));
        }

        Assert.That(Labels.Append("\ufffd").All(SweepCsv.CanHold));
    });

    private static string Written(IEnumerable<SweepRow> rows)
    {
        var writer = new StringWriter { NewLine = "\r\n" };
        SweepCsv.WriteResults(writer, rows);
        return writer.ToString();
    }

    private static string Written(IEnumerable<SweepTiming> timings)
    {
        var writer = new StringWriter();
        SweepCsv.WriteTimings(writer, timings);
        return writer.ToString();
    }

    /// <summary>Refuses the second line.</summary>
    private sealed class FullWriter : StringWriter
    {
        private int lines;

        public override void Write(char value) => lines++;

        public override void Write(string? value)
        {
            if (lines == 1)
            {
                throw new IOException("No space left on device");
            }
        }
    }

    private sealed class ZeroReader : TextReader
    {
        public long Taken { get; private set; }

        public override int Read(char[] buffer, int index, int count)
        {
            Array.Clear(buffer, index, count);
            Taken += count;
            return count;
        }
    }
}
