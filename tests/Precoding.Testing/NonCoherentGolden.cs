using System.Numerics;
using Precoding.Simulation;

namespace Precoding.Testing;

/// <summary>A golden case of non-coherent transmission as its arrays, under the symbols they have on paper: H[user, accessPoint, userAntenna, antenna], P, sigma2, alpha, …</summary>
public sealed class NonCoherentGolden
{
    private readonly IReadOnlyDictionary<string, NumpyArray> arrays;

    private NonCoherentGolden(string name) => (Name, arrays) = (name, NumpyFile.ReadNpz(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".npz")));

    /// <summary>Cases with fixed streams: start, precoders, multipliers, rates.</summary>
    public static string[] FixedStreams => ["v1_small", "v2_user_centric", "v3_overloaded", "v4_edges"];

    /// <summary>Those that have coherent transmission too.</summary>
    public static string[] WithCoherent => ["v1_small", "v2_user_centric"];

    /// <summary>The case with stream selection.</summary>
    public static string Streams => "v5_streams";

    public string Name { get; }

    public static NonCoherentGolden Read(string name) => new(name);

    /// <summary>Extents, outermost first.</summary>
    public IReadOnlyList<int> Shape(string array) => arrays[array].Shape;

    public double[] Reals(string array) => arrays[array].ToDoubles();

    public int[] Integers(string array) => arrays[array].ToIntegers();

    public Complex[] Complexes(string array) => arrays[array].ToComplex();

    /// <summary>A table of whole numbers, such as d[accessPoint, user].</summary>
    public int[,] Table(string array)
    {
        int[] values = Integers(array);
        (int rows, int columns) = (Shape(array)[0], Shape(array)[1]);
        var table = new int[rows, columns];
        Buffer.BlockCopy(values, 0, table, 0, values.Length * sizeof(int));
        return table;
    }
}
