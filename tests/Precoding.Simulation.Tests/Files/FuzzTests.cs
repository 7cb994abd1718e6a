using System.Diagnostics;
using System.Numerics;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>
/// Damaged copies of the corpus either read as a second reader reads them, or are refused with place and reason: no other exception, no hang, no memory beyond
/// what the file could hold. The seeds are fixed: a failure comes again.
/// </summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
public class FuzzTests
{
    private const int MutationsOfGood = 8000, MutationsOfBad = 800; // 14 and 32 files: 137,600 in all
    private const long BaseBytes = 1 << 20; // buffers, exceptions, decompressors
    private const int BytesPerByte = 64; // a byte of a file may become a Complex, twice, or a line of a table a few lists
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20); // on a machine with other work; a millisecond is usual

    private static IEnumerable<string> Files => Corpus.Files.Select(f => f.Name);

    [TestCaseSource(nameof(Files))]
    public void MutatedFilesReadOrAreRefused(string name)
    {
        var mutator = new FileMutator(name, Corpus.Read(name), new System.Random(SeedOf(name)));
        var count = new Count();
        int mutations = Corpus.Files.Single(f => f.Name == name).Expected.StartsWith('[') ? MutationsOfGood : MutationsOfBad;
        for (int i = 0; i < mutations; i++)
        {
            byte[] file = mutator.Next();
            long before = GC.GetAllocatedBytesForCurrentThread(), started = Stopwatch.GetTimestamp();
            ChannelFileContent? content = Try(() => ChannelFile.Read(new MemoryStream(file), name), file, name, count);
            count.Allocated = Math.Max(count.Allocated, GC.GetAllocatedBytesForCurrentThread() - before - (BytesPerByte * file.Length));
            count.Elapsed = Stopwatch.GetElapsedTime(started) is var elapsed && elapsed > count.Elapsed ? elapsed : count.Elapsed;
            if (content is not null)
            {
                Compare(content, file, name, count);
            }
            else if (i % 4 == 0)
            {
                ReadEveryArray(file, name, count);
            }
        }

        TestContext.Out.WriteLine(
            $"{name}: {count.Read} read, {count.Unjudged} of them not by the second reader, {count.Refused} refused; at most {count.Allocated} bytes beyond {BytesPerByte} a byte, {count.Elapsed.TotalMilliseconds:F0} ms");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(count.Read + count.Refused, Is.EqualTo(mutations));
            Assert.That(count.Allocated, Is.LessThan(BaseBytes));
            Assert.That(count.Elapsed, Is.LessThan(Longest));
            Assert.That(count.Unjudged, Is.LessThanOrEqualTo(count.Read / 10));
        }
    }

    private static ChannelFileContent? Try(Func<ChannelFileContent> read, byte[] file, string name, Count count)
    {
        try
        {
            ChannelFileContent content = read();
            count.Read++;
            return content;
        }
        catch (Exception error) when (error is FileFormatException or ValidationException)
        {
            count.Refused++;
            RequirePlace(error, name);
            return null;
        }
        catch (Exception error)
        {
            Assert.Fail($"{name}: {error}\n{Convert.ToBase64String(file)}");
            throw;
        }
    }

    /// <summary>What nobody needs for channels is decoded by the same readers.</summary>
    private static void ReadEveryArray(byte[] file, string name, Count count)
    {
        if (Path.GetExtension(name) is not (".npz" or ".mat"))
        {
            return;
        }

        try
        {
            IArrayReader reader = ArrayFile.Open(new MemoryStream(file), name);
            foreach (string array in reader.Names)
            {
                FileArray read = reader.Read(array);
                Assert.That(read.Length, Is.EqualTo(read.Shape.Aggregate(1, (product, extent) => product * extent)));
            }
        }
        catch (Exception error) when (error is FileFormatException or ValidationException)
        {
            RequirePlace(error, name);
        }
    }

    private static void RequirePlace(Exception error, string name)
    {
        if (!Regex.IsMatch(error.Message, name.EndsWith(".csv", StringComparison.Ordinal) ? @"line \d+, column \d+: " : @"byte \d+: "))
        {
            Assert.Fail($"{name}: no place in '{error.Message}'");
        }
    }

    /// <summary>Shape, and every coefficient where the statement about the axes says it is.</summary>
    private static void Compare(ChannelFileContent content, byte[] file, string name, Count count)
    {
        (int[] Shape, Complex[] Values) oracle;
        try
        {
            oracle = FileOracle.Coefficients(name, file);
        }
        catch (Exception)
        {
            count.Unjudged++; // the second reader is no model of tolerance
            return;
        }

        (string Name, int Extent)[] axes = [.. Regex.Match(content.AssumedAxes, @"axes \[([^]]*)\]").Groups[1].Value.Split(", ").Select(a => a.Split(' ')).Select(a => (a[0], int.Parse(a[1])))];
        ChannelShape shape = content.Channels.Shape;
        bool conjugate = shape.UserAntennaCount == 1 && axes.Any(a => a.Name == "userAntenna"), isSingle = content.Channels.Precision == Precision.Single;
        Assert.That(axes.Select(a => a.Extent).Take(oracle.Shape.Length), Is.EqualTo(oracle.Shape), name);
        Assert.That(axes.Skip(oracle.Shape.Length).All(a => a.Extent == 1), name);
        Assert.That(oracle.Values, Has.Length.EqualTo(shape.RealizationCount * shape.CoefficientsPerRealization));
        var link = new Complex[shape.AntennaCount];
        for (int i = 0; i < oracle.Values.Length; i++)
        {
            var index = new Dictionary<string, int>();
            for (int axis = axes.Length - 1, rest = i; axis >= 0; rest /= axes[axis].Extent, axis--)
            {
                index[axes[axis].Name] = rest % axes[axis].Extent;
            }

            content.Channels.CopyLink(At("realization"), At("user"), At("accessPoint"), link, At("userAntenna"));
            Complex expected = conjugate ? Complex.Conjugate(oracle.Values[i]) : oracle.Values[i];
            if (link[At("antenna")] != (isSingle ? (ComplexF)expected : expected))
            {
                Assert.Fail($"{name}: element {i} is {link[At("antenna")]}, expected {expected}\n{Convert.ToBase64String(file)}");
            }

            int At(string axis) => index.GetValueOrDefault(axis);
        }
    }

    private static int SeedOf(string name) => name.Aggregate(17, (seed, c) => unchecked((seed * 31) + c));

    private sealed class Count
    {
        public int Read { get; set; }

        public int Refused { get; set; }

        public int Unjudged { get; set; }

        public long Allocated { get; set; }

        public TimeSpan Elapsed { get; set; }
    }
}
