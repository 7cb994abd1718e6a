using System.Numerics;

namespace Precoding.Simulation;

/// <summary>
/// Channel files: .npy with coefficients only; .npz with H and, all optional, power[accessPoint], noise[user], weight[user],
/// serving[accessPoint, user] or [realization, accessPoint, user], streams[accessPoint, user], maxStreams[user],
/// pathCoefficient and pathCosine[realization, user, accessPoint, path], userPosition[user, 3] and accessPointPosition[accessPoint, 3], either with
/// realization before, carrierFrequencyHz, meta (JSON text).
/// </summary>
/// <remarks>
/// Convention: without a userAntenna axis the entries are h and y = hᴴp [BSP (7)]; with it they are rows of H and y = H p [NCJT (1)]. A batch
/// of one-antenna users always holds h, so such a file with a userAntenna axis is conjugated; for N &gt; 1 the rows stay as they are.
/// </remarks>
public static class ChannelFile
{
    private const int ShownProblems = 3;

    public static ChannelFileContent Read(string path, ChannelFileOptions? options = null)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path, options);
    }

    /// <summary>From a seekable stream; the ending of <paramref name="name"/> tells the format, and messages name it.</summary>
    public static ChannelFileContent Read(Stream stream, string name, ChannelFileOptions? options = null)
    {
        try
        {
            return ReadContent(stream, name, options ?? new ChannelFileOptions());
        }
        catch (ValidationException error) when (!error.Message.Contains(name, StringComparison.Ordinal))
        {
            // one problem per user can be hundreds
            IEnumerable<string> shown = error.Problems.Take(ShownProblems).Select(p => $"{name}: {p}");
            throw new ValidationException([.. error.Problems.Count > ShownProblems ? shown.Append($"{name}: and {error.Problems.Count - ShownProblems} more of this kind.") : shown]);
        }
    }

    private static ChannelFileContent ReadContent(Stream stream, string name, ChannelFileOptions options)
    {
        switch (Path.GetExtension(name).ToLowerInvariant())
        {
            case ".npy":
                return new ChannelFileReader(name, options, NumpyFile.ReadNpy(stream, name), _ => null).Read();
            case ".npz":
                var archive = new NpzReader(stream, name); // the caller owns the stream
                NumpyArray coefficients = archive.Read(options.Name);
                return new ChannelFileReader(name, options, coefficients, n => archive.Names.Contains(n) ? archive.Read(n) : null).Read();
            default:
                throw new ValidationException($"{name}: a channel file ends in .npy or .npz; convert it with numpy.savez(path, H=array).");
        }
    }

    /// <summary>Writes an .npz archive that reading gives back bit for bit; numpy reads it too.</summary>
    public static void Write(string path, ChannelBatch channels, ChannelFileExtras? extras = null)
    {
        extras ??= new ChannelFileExtras();
        ChannelShape shape = channels.Shape;
        Network network = channels.Network;
        NpzWriter.Write(path, archive =>
        {
            int[] axes = shape.UserAntennaCount == 1
                ? [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.AntennaCount]
                : [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, shape.UserAntennaCount, shape.AntennaCount];
            if (channels.Precision == Precision.Single)
            {
                archive.Add("H", axes, channels.AsSingle());
            }
            else
            {
                archive.Add("H", axes, channels.AsDouble());
            }

            archive.Add<double>("power", [shape.AccessPointCount], [.. network.AccessPoints.Select(a => a.PowerBudgetWatts)]);
            if (extras.WritesNoise)
            {
                archive.Add<double>("noise", [shape.UserCount], [.. Enumerable.Range(0, shape.UserCount).Select(network.NoisePowerOf)]);
            }

            archive.Add<double>("weight", [shape.UserCount], [.. network.Users.Select(u => u.Weight)]);
            if (network.Users.Any(u => u.MaxStreams is not null))
            {
                archive.Add<int>("maxStreams", [shape.UserCount], [.. network.Users.Select(u => u.MaxStreams ?? shape.UserAntennaCount)]);
            }

            AddServing(archive, extras.Serving ?? (channels.Serving.ServesAll ? null : channels.Serving));
            if (extras.Streams is { } streams)
            {
                archive.Add<int>("streams", [streams.GetLength(0), streams.GetLength(1)], [.. streams.Cast<int>()]);
            }

            AddPositions(archive, "accessPointPosition", extras.AccessPointPositions, network.AccessPoints.Select(a => a.Position));
            AddPositions(archive, "userPosition", extras.UserPositions, network.Users.Select(u => u.Position));
            archive.Add<double>("carrierFrequencyHz", [], [network.CarrierFrequencyHz]);
            AddPaths(archive, channels.Paths);
            if (extras.MetaJson is { } meta)
            {
                archive.AddText("meta", meta);
            }
        });
    }

    private static void AddServing(NpzWriter archive, ServingMap? serving)
    {
        if (serving is null)
        {
            return;
        }

        int R = serving.RealizationCount, L = serving.AccessPointCount, K = serving.UserCount;
        bool[] values = [.. Enumerable.Range(0, R * L * K).Select(i => serving[i / K / L, i / K % L, i % K])];
        archive.Add<bool>("serving", R == 1 ? [L, K] : [R, L, K], values);
    }

    /// <param name="positions">[realization, number], or null for <paramref name="common"/> in every realization.</param>
    private static void AddPositions(NpzWriter archive, string name, Position[,]? positions, IEnumerable<Position> common)
    {
        double[] coordinates = [.. (positions?.Cast<Position>() ?? common).SelectMany(p => new[] { p.X, p.Y, p.Z })];
        archive.Add<double>(name, positions is null ? [coordinates.Length / 3, 3] : [positions.GetLength(0), positions.GetLength(1), 3], coordinates);
    }

    private static void AddPaths(NpzWriter archive, PropagationPaths? paths)
    {
        if (paths is null)
        {
            return;
        }

        ChannelShape shape = paths.Shape;
        int[] axes = [shape.RealizationCount, shape.UserCount, shape.AccessPointCount, paths.PathCount];
        var coefficients = new ComplexF[axes.Aggregate(1, (product, extent) => checked(product * extent))];
        var cosines = new double[coefficients.Length];
        int at = 0;
        for (int realization = 0; realization < shape.RealizationCount; realization++)
        {
            for (int user = 0; user < shape.UserCount; user++)
            {
                for (int accessPoint = 0; accessPoint < shape.AccessPointCount; accessPoint++)
                {
                    for (int path = 0; path < paths.PathCount; path++, at++)
                    {
                        (Complex coefficient, cosines[at]) = paths[realization, user, accessPoint, path];
                        coefficients[at] = (ComplexF)coefficient;
                    }
                }
            }
        }

        archive.Add<ComplexF>("pathCoefficient", axes, coefficients);
        archive.Add<double>("pathCosine", axes, cosines);
    }
}
