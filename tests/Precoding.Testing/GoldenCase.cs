using System.Numerics;
using System.Text.Json;
using Precoding.Simulation;

namespace Precoding.Testing;

/// <summary>A golden case: channels, network and what independent prototypes computed from them.</summary>
public sealed class GoldenCase
{
    private readonly IReadOnlyDictionary<string, FileArray> arrays;

    private GoldenCase(string name)
    {
        Name = name;
        arrays = NumpyFile.ReadNpz(PathOf(name + ".npz"));
        IReadOnlyList<int> extents = arrays["H"].Shape;
        Shape = new ChannelShape(extents[0], extents[1], extents[2], extents[3]);
        double[] noise = Reals("noise");
        double[] noisePerUser = noise.Length == 1 ? [.. Enumerable.Repeat(noise[0], Shape.UserCount)] : noise;
        Network = Network.WithoutGeometry(Shape, Reals("power"), noisePerUser, Has("weight") ? Reals("weight") : null);
        Channels = ChannelBatch.FromArray(Network, Shape, Complexes("H"));
    }

    /// <summary>Cases with every method.</summary>
    public static string[] Complete => ["c1_tiny", "c2_small", "c3_nearfar", "c4_fine1"];

    /// <summary>Complete ones, and those with reduced-cg only.</summary>
    public static string[] All => [.. Complete, "c5_weighted", "c6_overloaded"];

    public string Name { get; }

    public ChannelShape Shape { get; }

    public Network Network { get; }

    public ChannelBatch Channels { get; }

    /// <summary>F of the beam-domain arrays.</summary>
    public int FineFactor => Has("fine_factor") ? (int)Real("fine_factor") : 1;

    public static GoldenCase Read(string name) => new(name);

    /// <summary>Best weighted sum rate known, bit/s/Hz.</summary>
    public static double BestKnownSumRate(string name)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(PathOf("coherent_best_known.json")));
        return document.RootElement.GetProperty(name).GetProperty("best_known_sumrate").GetDouble();
    }

    public bool Has(string array) => arrays.ContainsKey(array);

    public double Real(string array) => Reals(array)[0];

    public double[] Reals(string array) => arrays[array].ToDoubles();

    public Complex[] Complexes(string array) => arrays[array].ToComplex();

    /// <summary>Beams of the support mask per link, index k·L + l, each ascending.</summary>
    public int[][] Support()
    {
        double[] mask = Reals("support");
        int N = FineFactor * Shape.AntennaCount;
        return [.. Enumerable.Range(0, Shape.UserCount * Shape.AccessPointCount).Select(link =>
            Enumerable.Range(0, N).Where(n => mask[(link * N) + n] != 0).ToArray())];
    }

    private static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Golden", file);
}
