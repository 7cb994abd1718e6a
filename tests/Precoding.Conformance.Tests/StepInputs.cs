using System.Collections.Concurrent;
using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Numbers by name that steps start from, each array with the realizations of the shape and one spare.</summary>
internal abstract class StepInputs
{
    /// <summary>Step size in force.</summary>
    public const double StepSize = 0.25;

    private static readonly ConcurrentDictionary<(StepInputs, double, ulong), StepInputs> KnownPerturbed = new();

    private readonly Dictionary<string, int[]> extents = [];
    private Dictionary<string, Complex[]> complexes = [];
    private Dictionary<string, double[]> reals = [];

    public abstract int RealizationCount { get; }

    public int[] ExtentsOf(string name) => extents[name];

    public bool IsComplex(string name) => complexes.ContainsKey(name);

    public Complex[] Complexes(string name) => complexes[name];

    public double[] Reals(string name) => reals[name];

    /// <summary>Every number multiplied by 1 + relative·CN(0,1); supports and tables of streams stay the same.</summary>
    public StepInputs Perturbed(double relative, ulong seed) => KnownPerturbed.GetOrAdd((this, relative, seed), key => key.Item1.Perturb(key.Item2, key.Item3));

    private StepInputs Perturb(double relative, ulong seed)
    {
        var copy = (StepInputs)MemberwiseClone();
        copy.complexes = complexes.ToDictionary(p => p.Key, p => p.Value.Zip(RandomProblem.Normals(p.Value.Length, ++seed), (v, n) => v * (1 + (relative * n))).ToArray());
        copy.reals = reals.ToDictionary(p => p.Key, p => p.Value.Zip(RandomProblem.Normals(p.Value.Length, ++seed), (v, n) => v * (1 + (relative * n.Real))).ToArray());
        return copy;
    }

    protected Tensor Random(IEngine ops, string name, ulong seed, params ReadOnlySpan<int> extent)
    {
        Tensor tensor = ops.Create(name, ElementKind.Complex, [RealizationCount, .. extent]);
        tensor.Write(RandomProblem.Normals((int)tensor.Length, seed));
        return tensor;
    }

    /// <summary>Keeps real numbers, those of the spare included.</summary>
    protected void KeepReals(string name, double[] values, params int[] extent) => (extents[name], reals[name]) = (extent, values);

    /// <summary>Keeps what the tensor holds, with zeros for the spare.</summary>
    protected void Keep(string name, Tensor tensor, params int[] extent)
    {
        extents[name] = extent;
        int spare = (int)(tensor.Length / RealizationCount);
        if (tensor.Kind == ElementKind.Complex)
        {
            var values = new Complex[tensor.Length];
            tensor.Read(values);
            complexes[name] = [.. values, .. new Complex[spare]];
        }
        else
        {
            var values = new double[tensor.Length];
            tensor.Read(values);
            reals[name] = [.. values, .. new double[spare]];
        }
    }
}
