using System.Numerics;

namespace Precoding.Simulation;

/// <summary>
/// Channel files: .npz and .mat (MATLAB level 5) with H and, all optional, power[accessPoint], noise[user], weight[user],
/// serving[accessPoint, user] or [realization, accessPoint, user], streams[accessPoint, user], maxStreams[user],
/// pathCoefficient and pathCosine[realization, user, accessPoint, path], userPosition[user, 3] and accessPointPosition[accessPoint, 3], either with
/// realization before, carrierFrequencyHz, meta (JSON text); .npy with coefficients only; .csv with a line for every coefficient:
/// realization,user,accessPoint,antenna,re,im with indices from 0.
/// </summary>
/// <remarks>
/// Convention: without a userAntenna axis the entries are h and y = hᴴp [BSP (7)]; with it they are rows of H and y = H p [NCJT (1)]. A batch
/// of one-antenna users always holds h, so such a file with a userAntenna axis is conjugated; for N &gt; 1 the rows stay as they are.
/// </remarks>
public static class ChannelFile
{
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
        catch (ValidationException error) when (!error.Problems.All(p => p.Contains(name, StringComparison.Ordinal)))
        {
            throw new ValidationException([.. error.Problems.Select(p => p.Contains(name, StringComparison.Ordinal) ? p : $"{name}: {p}")]);
        }
    }

    /// <summary>From arrays in memory: the coefficients, which stay where they are if no axis has to be moved and nothing conjugated, and what lies beside them by its name in a file.</summary>
    internal static ChannelFileContent Read(FileArray coefficients, IReadOnlyDictionary<string, FileArray> fields, ChannelFileOptions? options = null) =>
        new ChannelFileReader(options ?? new ChannelFileOptions(), coefficients, options?.Axes, fields.GetValueOrDefault).Read();

    private static ChannelFileContent ReadContent(Stream stream, string name, ChannelFileOptions options)
    {
        switch (ArrayFile.Ending(name))
        {
            case ".npy":
                return new ChannelFileReader(options, NumpyFile.ReadNpy(stream, name), options.Axes, _ => null).Read();
            case ".npz" or ".mat":
                IArrayReader archive = ArrayFile.Open(stream, name); // the caller owns the stream
                return new ChannelFileReader(options, archive.Read(options.Name), options.Axes, n => archive.Names.Contains(n) ? archive.Read(n) : null).Read();
            case ".csv":
                var (coefficients, axes, meta) = ChannelCsvReader.Read(stream, name);
                return options.Axes is null
                    ? new ChannelFileReader(options, coefficients, axes, _ => null).Read() with { MetaJson = meta }
                    : throw new ValidationException($"{name}: the columns name the axes ({axes}), --axes has no effect; leave it out.");
            case ".h5" or ".hdf5":
                throw MatFileHeader.Hdf5(name);
            default:
                throw new ValidationException($"{name}: a channel file ends in .npz, .npy, .mat or .csv; convert it with numpy.savez(path, H=array).");
        }
    }

    /// <summary>
    /// Writes what reading gives back bit for bit, as .npz or .mat; or the coefficients alone, with the meta text, as .csv, where reading gives doubles.
    /// </summary>
    public static void Write(string path, ChannelBatch channels, ChannelFileExtras? extras = null)
    {
        extras ??= new ChannelFileExtras();
        if (ArrayFile.Ending(path) == ".csv")
        {
            ChannelCsvWriter.Write(path, channels, extras.MetaJson);
            return;
        }

        ArrayFile.Write(path, archive => AddTo(archive, channels, extras));
    }

    /// <summary>Adds the arrays of a channel file, of which H comes first.</summary>
    internal static void AddTo(IArrayWriter archive, ChannelBatch channels, ChannelFileExtras extras)
    {
        ChannelShape shape = channels.Shape;
        Network network = channels.Network;
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
    }

    private static void AddServing(IArrayWriter archive, ServingMap? serving)
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
    private static void AddPositions(IArrayWriter archive, string name, Position[,]? positions, IEnumerable<Position> common)
    {
        double[] coordinates = [.. (positions?.Cast<Position>() ?? common).SelectMany(p => new[] { p.X, p.Y, p.Z })];
        archive.Add<double>(name, positions is null ? [coordinates.Length / 3, 3] : [positions.GetLength(0), positions.GetLength(1), 3], coordinates);
    }

    private static void AddPaths(IArrayWriter archive, PropagationPaths? paths)
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
