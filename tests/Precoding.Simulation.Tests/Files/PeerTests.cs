using System.ComponentModel;
using System.Diagnostics;
using System.Numerics;
using NUnit.Framework;
using Precoding.Testing;

namespace Precoding.Simulation.Tests;

/// <summary>numpy and Octave read what is written here, and what they write is read here. Octave stands for MATLAB, whose format it has.</summary>
[TestFixture]
public class PeerTests : DirectoryTest
{
    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"]; // a distribution's numpy is for its own, which PATH may not name first

    private static readonly Lazy<string?> Python = new(() => Pythons.FirstOrDefault(p => Run(p, "-c", "import numpy").ExitCode == 0));

    private const string Meta = "{\"seed\":3}";

    // every extent its own; the last one of 1, which Octave drops
    private static readonly ChannelShape[] Shapes = [new(2, 3, 4, 5), new(2, 5, 3, 1), new(2, 3, 4, 5, 6)];

    [Test]
    public void NumpyReadsAndWritesArchives([Values] bool compressed, [ValueSource(nameof(Shapes))] ChannelShape shape)
    {
        ChannelFileContent written = WriteDrop("a.npz", shape);
        RunNumpy(
            $"""
             a = dict(numpy.load('a.npz'))
             assert a['H'].shape == {Tuple(shape)} and a['H'].dtype == numpy.complex64, a['H']
             assert a['power'].tolist() == {Repeated(1, shape.AccessPointCount)} and a['power'].dtype == float, a['power']
             assert a['serving'].shape == ({shape.AccessPointCount}, {shape.UserCount}) and a['serving'].dtype == bool, a['serving']
             assert str(a['meta']) == '{Meta}', a['meta']
             a['H'] = numpy.asfortranarray(a['H']).astype('>c8')
             numpy.{(compressed ? "savez_compressed" : "savez")}('b.npz', **a)
             numpy.save('b.npy', a['H'])
             """);
        RequireSame("b.npz", written);
        Assert.That(Read("b.npy").Channels.AsSingle().SequenceEqual(written.Channels.AsSingle()), Is.True);
    }

    [Test]
    public void NumpyReadsAndWritesTables([ValueSource(nameof(Shapes))] ChannelShape shape)
    {
        ChannelFileContent written = WriteDrop("a.csv", shape);
        RunNumpy(
            $"""
             t = numpy.loadtxt('a.csv', delimiter=',', skiprows=2)
             assert open('a.csv').readlines()[1].strip() == '{(shape.UserAntennaCount > 1 ? "realization,user,accessPoint,userAntenna,antenna,re,im" : "realization,user,accessPoint,antenna,re,im")}'
             H = numpy.zeros({Tuple(shape)}, 'c16')
             H[tuple(t[:, :-2].astype(int).T)] = t[:, -2] + 1j*t[:, -1]
             numpy.savez('b.npz', H=H.astype('c8'))
             names = open('a.csv').readlines()[1].strip()
             numpy.savetxt('b.csv', t[::-1], fmt=['%d']*(t.shape[1] - 2) + ['%.9g']*2, delimiter=',', header=names, comments='')
             """);
        Assert.That(Singles(Read("b.npz")), Is.EqualTo(Singles(written)));
        Assert.That(Singles(Read("b.csv")), Is.EqualTo(Singles(written)));
    }

    [Test]
    public void OctaveReadsAndWritesMatFiles([Values("-v6", "-v7")] string version, [ValueSource(nameof(Shapes))] ChannelShape shape)
    {
        ChannelFileContent written = WriteDrop("a.mat", shape);
        Octave.Run(
            DirectoryPath,
            $"""
             S = load('a.mat');
             assert(class(S.H), 'single'); assert(iscomplex(S.H)); assert(isequal(size(S.H), size(zeros{Tuple(shape)})));
             assert(S.H(2, 1, 3), single({Number(written.Channels, 1, 0, 2).Real:R} + 1j*{Number(written.Channels, 1, 0, 2).Imaginary:R}));
             assert(S.power, ones(1, {shape.AccessPointCount})); assert(class(S.serving), 'logical'); assert(class(S.streams), 'int32');
             assert(S.meta, '{Meta}');
             save('{version}', 'b.mat', '-struct', 'S');
             """);
        ChannelFileContent read = RequireSame("b.mat", written);
        Assert.That(read.AssumedAxes, shape.AntennaCount == 1 ? Does.Contain("antenna 1 dropped by MATLAB, by ") : Does.Contain("by rank"));
    }

    [Test]
    public void OctaveReadsEveryTypeAndEveryName()
    {
        ArrayFile.Write(PathOf("a.mat"), file =>
        {
            file.Add<Complex>("reduced-cg.P", [2, 2], [new(1, -2), new(3, 4), 5, new(0, 6)]);
            file.Add<double>("scalar", [], [0.1]);
            file.Add<int>("row", [3], [-1, 0, int.MaxValue]);
            file.Add<byte>("one", [1], [255]);
            file.Add<long>("whole", [1], [-(1L << 53)]);
            file.Add<float>("empty", [0, 3], []);
            file.Add<bool>("flag", [2, 1, 1], [false, true]);
            file.AddText("text", "σ² é");
            file.AddText("none", string.Empty);
        });
        Octave.Run(
            DirectoryPath,
            """
            load('a.mat');
            assert(reduced_cg_P, [1-2j 3+4j; 5 6j]); assert(scalar, 0.1); assert(row, int32([-1 0 intmax])); assert(one, uint8(255));
            assert(whole, int64(-2^53)); assert(size(empty), [0 3]); assert(class(empty), 'single'); assert(flag, [false; true]); assert(none, '');
            assert(strcmp(text, "σ² é"), true);
            """);
    }

    [Test]
    public void OctaveReadsTables()
    {
        ChannelFileContent written = WriteDrop("a.csv", Shapes[0]);
        Octave.Run(DirectoryPath, $"t = dlmread('a.csv', ',', 2, 0); H = reshape(complex(t(:, 5), t(:, 6)), {string.Join(", ", Extents(Shapes[0]).Reverse())}); H = single(permute(H, [4 3 2 1])); save('-v7', 'b.mat', 'H');");
        Assert.That(Singles(Read("b.mat")), Is.EqualTo(Singles(written)));
    }

    private ChannelFileContent WriteDrop(string name, ChannelShape shape)
    {
        int R = shape.RealizationCount, L = shape.AccessPointCount, K = shape.UserCount;
        ChannelBatch channels = new IndependentRayleighChannelModel().Generate(Network.WithoutGeometry(shape, [.. Enumerable.Repeat(1.0, L)]), R, 3);
        var extras = new ChannelFileExtras { Serving = ServingMap.Create(1, L, K, (_, l, k) => (l + k) % 2 == 0), Streams = new int[L, K], MetaJson = Meta };
        extras.Streams[1, 2] = 7;
        ChannelFile.Write(PathOf(name), channels, extras);
        return Read(name);
    }

    private ChannelFileContent RequireSame(string name, ChannelFileContent expected)
    {
        ChannelFileContent read = Read(name);
        int L = expected.Channels.Shape.AccessPointCount, K = expected.Channels.Shape.UserCount;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(read.Channels.Shape, Is.EqualTo(expected.Channels.Shape));
            Assert.That(read.Channels.AsSingle().SequenceEqual(expected.Channels.AsSingle()), Is.True);
            Assert.That(read.PowerWatts, Is.EqualTo(expected.PowerWatts));
            Assert.That(read.Weights, Is.EqualTo(expected.Weights));
            Assert.That(read.Streams, Is.EqualTo(expected.Streams));
            Assert.That(Enumerable.Range(0, L * K).All(i => read.Serving![0, i / K, i % K] == expected.Serving![0, i / K, i % K]), Is.True);
            Assert.That(read.MetaJson, Is.EqualTo(expected.MetaJson));
        }

        return read;
    }

    private void RunNumpy(string script)
    {
        if (Python.Value is not string python)
        {
            Assert.Ignore("no python3 with numpy: apt-get install python3-numpy"); // no part of the tool needs it: the reader for whom the files are
            return;
        }

        var (exitCode, error) = Run(python, "-c", $"import os, numpy\nos.chdir({Quoted(DirectoryPath)})\n{script}");
        Assert.That(exitCode, Is.Zero, error);
    }

    private ChannelFileContent Read(string name) => ChannelFile.Read(PathOf(name));

    private static (int ExitCode, string Error) Run(string program, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            return (process.ExitCode, output.Result + error.Result);
        }
        catch (Win32Exception)
        {
            return (-1, $"{program} is not installed");
        }
    }

    private static ComplexF Number(ChannelBatch channels, int realization, int user, int accessPoint)
    {
        var link = new Complex[channels.Shape.AntennaCount];
        channels.CopyLink(realization, user, accessPoint, link);
        return (ComplexF)link[0];
    }

    /// <summary>What is read from a table is in double precision; it was written from single, and rounds back to it.</summary>
    private static ComplexF[] Singles(ChannelFileContent content) => content.Channels.Precision == Precision.Single
        ? content.Channels.AsSingle().ToArray()
        : [.. content.Channels.AsDouble().ToArray().Select(c => (ComplexF)c)];

    private static int[] Extents(ChannelShape s) => s.UserAntennaCount == 1
        ? [s.RealizationCount, s.UserCount, s.AccessPointCount, s.AntennaCount]
        : [s.RealizationCount, s.UserCount, s.AccessPointCount, s.UserAntennaCount, s.AntennaCount];

    private static string Tuple(ChannelShape shape) => $"({string.Join(", ", Extents(shape))})";

    private static string Repeated(double value, int count) => $"[{string.Join(", ", Enumerable.Repeat($"{value:F1}", count))}]";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
