using System.Numerics;
using Precoding.Simulation;

namespace Precoding.Cli.Solving;

/// <summary>Precoders of an earlier --out file, to start from.</summary>
internal static class WarmStartFile
{
    /// <summary>P[realization, user, accessPoint, antenna] of the archive; the only array P or NAME.P in it.</summary>
    public static PrecoderBatch Read(string path, ChannelShape shape)
    {
        using FileStream stream = File.OpenRead(path);
        IArrayReader archive = ArrayFile.Open(stream, path);
        string[] candidates = [.. archive.Names.Where(n => n == "P" || n.EndsWith(".P", StringComparison.Ordinal) || n.EndsWith("_P", StringComparison.Ordinal))];
        if (candidates.Length != 1)
        {
            throw new ValidationException(
                $"{path}: {(candidates.Length == 0 ? "holds no precoders" : $"holds the precoders {string.Join(", ", candidates)}")}; expected one array P " +
                "[realization, user, accessPoint, antenna]. Write it with solve --out and a single --precoder.");
        }

        FileArray array = archive.Read(candidates[0]);
        int[] expected = [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.AntennaCount];
        IEnumerable<int> dropped = Enumerable.Repeat(1, Math.Max(0, expected.Length - array.Shape.Count)); // by MATLAB, which drops trailing axes of extent 1
        if (!array.Shape.Concat(dropped).SequenceEqual(expected))
        {
            throw new ValidationException(
                $"{array.Source}: has shape [{string.Join(", ", array.Shape)}], expected [{string.Join(", ", expected)}] [realization, user, accessPoint, antenna], that of the channels.");
        }

        Complex[] values = array.ToComplex();
        int bad = Array.FindIndex(values, c => !Complex.IsFinite(c));
        if (bad >= 0)
        {
            throw new ValidationException($"{array.Source}: element {bad} is not finite; expected finite numbers. Write the file again.");
        }

        var batch = new PrecoderBatch(shape, array.IsSinglePrecision ? Precision.Single : Precision.Double);
        int links = shape.RealizationCount * shape.UserCount * shape.AccessPointCount, M = shape.AntennaCount;
        for (int link = 0; link < links; link++)
        {
            batch.Set(link / shape.AccessPointCount / shape.UserCount, link / shape.AccessPointCount % shape.UserCount, link % shape.AccessPointCount, values.AsSpan(link * M, M));
        }

        return batch;
    }
}
