using System.Numerics;
using Precoding.Simulation;
using Precoding.Testing;

namespace Precoding.Cli.Tests;

/// <summary>Small channel files in the directory of a test.</summary>
public abstract class CliTest : DirectoryTest
{
    protected const string AllPrecoders = "mrt,rzf,wmmse,bsp-hamiltonian,reduced-hamiltonian,reduced-cg,bln-pgp";

    /// <summary>Options of a solve that only a time limit or a signal ends.</summary>
    protected static readonly string[] Endless = ["--set", "patience=1000000000", "--iterations", "1000000"];

    /// <summary>Independent fading, [realization, user, accessPoint, antenna] = [2, 4, 2, 6], no power in the file.</summary>
    protected string SmallChannels(string name = "small.npz") => Channels(name, new ChannelShape(2, 4, 2, 6));

    protected string Channels(string name, ChannelShape shape, Func<int, Complex, Complex>? change = null)
    {
        ChannelBatch batch = new IndependentRayleighChannelModel().Generate(
            Network.WithoutGeometry(shape, [.. Enumerable.Repeat(1.0, shape.AccessPointCount)]), shape.RealizationCount, seed: 5);
        ComplexF[] values = [.. batch.AsSingle().ToArray().Select((h, i) => change is null ? h : (ComplexF)change(i, h))];
        int[] extents = [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.AntennaCount];
        string path = PathOf(name);
        NpzWriter.Write(path, archive => archive.Add<ComplexF>("H", extents, values));
        return path;
    }
}
