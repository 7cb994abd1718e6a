using System.Numerics;

namespace Precoding.Simulation;

/// <summary>One reading of a channel file: coefficients first, then the optional fields held against their shape.</summary>
internal sealed class ChannelFileReader(string path, ChannelFileOptions options, NumpyArray coefficients, Func<string, NumpyArray?> find)
{
    private readonly List<string> problems = [];

    private ChannelShape shape;

    public ChannelFileContent Read()
    {
        ChannelAxes axes = ChannelAxes.Resolve(coefficients.Source, coefficients.Shape, options.Axes);
        shape = axes.ShapeOf(coefficients.Shape);
        if (coefficients.Length == 0)
        {
            throw new ValidationException($"{coefficients.Source}: H has shape {shape}, no coefficients; every extent must be at least 1.");
        }

        bool conjugate = axes.UserAntenna is null ? options.DownlinkGain : shape.UserAntennaCount == 1;

        double[]? power = Vector("power", shape.AccessPointCount, "accessPoint");
        double[]? noise = Vector("noise", shape.UserCount, "user");
        double[]? weights = Vector("weight", shape.UserCount, "user");
        int[]? maxStreams = Array.ConvertAll<double, int>(Vector("maxStreams", shape.UserCount, "user") ?? [], ToInteger) is { Length: > 0 } m ? m : null;
        ServingMap? serving = Serving();
        int[,]? streams = Streams();
        Position[,]? accessPointPositions = Positions("accessPointPosition", shape.AccessPointCount, "accessPoint");
        Position[,]? userPositions = Positions("userPosition", shape.UserCount, "user");
        double? carrier = find("carrierFrequencyHz") is { } frequency ? Scalar(frequency) : null;
        string? meta = find("meta")?.ToText();
        PropagationPaths? paths = Paths(conjugate);
        ValidationException.ThrowIfAny(problems);

        var network = new Network
        {
            AccessPoints =
            [
                .. Enumerable.Range(0, shape.AccessPointCount).Select(l => new AccessPoint(
                    accessPointPositions?[0, l] ?? default, new UniformLinearArray(shape.AntennaCount), power?[l] ?? 1)),
            ],
            Users =
            [
                .. Enumerable.Range(0, shape.UserCount).Select(k => new User(
                    userPositions?[0, k] ?? default, new UniformLinearArray(shape.UserAntennaCount), weights?[k] ?? 1, maxStreams?[k], noise?[k])),
            ],
            CarrierFrequencyHz = carrier ?? Network.WithoutGeometry(new ChannelShape(1, 1, 1, 1), [1]).CarrierFrequencyHz,
        };
        network.Validate();
        ChannelBatch channels = Batch(network, axes, conjugate, paths);
        return new ChannelFileContent
        {
            Channels = serving is null ? channels : channels.WithServing(serving),
            AssumedAxes = $"{coefficients.Source}: {axes.Describe(coefficients.Shape, options.Axes is not null, options.DownlinkGain)}",
            PowerWatts = power,
            NoiseWatts = noise,
            Weights = weights,
            Serving = serving,
            Streams = streams,
            MaxStreams = maxStreams,
            AccessPointPositions = accessPointPositions,
            UserPositions = userPositions,
            CarrierFrequencyHz = carrier,
            MetaJson = meta,
        };
    }

    private ChannelBatch Batch(Network network, ChannelAxes axes, bool conjugate, PropagationPaths? paths)
    {
        NumpyArray ordered = coefficients.Transpose(axes.Order);
        if (ordered.IsSinglePrecision)
        {
            ComplexF[] single = ordered.TakeAs<ComplexF>() ?? ordered.ToComplexSingle(); // no second copy of what may be gigabytes
            for (int i = 0; conjugate && i < single.Length; i++)
            {
                single[i] = new ComplexF(single[i].Real, -single[i].Imaginary);
            }

            return ChannelBatch.FromArray(network, shape, single, paths);
        }

        Complex[] full = ordered.TakeAs<Complex>() ?? ordered.ToComplex();
        for (int i = 0; conjugate && i < full.Length; i++)
        {
            full[i] = Complex.Conjugate(full[i]);
        }

        return ChannelBatch.FromArray(network, shape, full, paths);
    }

    /// <summary>pathCoefficient and pathCosine describe the array as stored: conjugating it conjugates the one and negates the other.</summary>
    private PropagationPaths? Paths(bool conjugate)
    {
        NumpyArray? coefficient = find("pathCoefficient"), cosine = find("pathCosine");
        if (coefficient is null && cosine is null)
        {
            return null;
        }

        if (coefficient is null || cosine is null)
        {
            problems.Add($"{path}: has only one of 'pathCoefficient' and 'pathCosine'; both are needed, or neither.");
            return null;
        }

        int[] extents = [shape.RealizationCount, shape.UserCount, shape.AccessPointCount];
        bool fits = shape.UserAntennaCount == 1 && coefficient.Shape.SequenceEqual(cosine.Shape) && coefficient.Shape.Count is 3 or 4 &&
            coefficient.Shape.SkipLast(1).SequenceEqual(coefficient.Shape.Count == 4 ? extents : extents.Skip(1)) &&
            (coefficient.Shape.Count == 4 || shape.RealizationCount == 1);
        if (!fits)
        {
            problems.Add(
                $"{path}: 'pathCoefficient' has shape ({string.Join(", ", coefficient.Shape)}) and 'pathCosine' ({string.Join(", ", cosine.Shape)}), " +
                $"expected ({string.Join(", ", extents)}, paths) [realization, user, accessPoint, path] of one-antenna users for H {shape}. Remove or repair them.");
            return null;
        }

        ComplexF[] coefficientValues = coefficient.ToComplexSingle();
        double[] cosineValues = cosine.ToDoubles();
        if (Array.FindIndex(coefficientValues, c => !float.IsFinite(c.Real) || !float.IsFinite(c.Imaginary)) is >= 0 and var bad)
        {
            problems.Add($"{path}: 'pathCoefficient' element {bad} is not finite; expected finite numbers.");
        }

        if (Array.FindIndex(cosineValues, c => !(Math.Abs(c) <= 1 + 1e-6)) is >= 0 and var outside) // 1e-6: cosines kept in single precision
        {
            problems.Add($"{path}: 'pathCosine' element {outside} is {cosineValues[outside]}; expected −1…1.");
        }

        if (conjugate)
        {
            coefficientValues = Array.ConvertAll(coefficientValues, c => new ComplexF(c.Real, -c.Imaginary));
            cosineValues = Array.ConvertAll(cosineValues, c => -c);
        }

        return new PropagationPaths(shape, coefficient.Shape[^1], coefficientValues, cosineValues);
    }

    /// <summary>One value per user or access point; extents of 1 are ignored and a scalar holds for all.</summary>
    private double[]? Vector(string name, int count, string axis)
    {
        if (find(name) is not { } array)
        {
            return null;
        }

        int rank = array.Shape.Count(extent => extent != 1);
        if (array.Length == 1)
        {
            return [.. Enumerable.Repeat(Scalar(array), count)];
        }

        if (rank == 1 && array.Length == count)
        {
            return array.ToDoubles();
        }

        problems.Add($"{path}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({count},) [{axis}] for H {shape}.");
        return null;
    }

    private ServingMap? Serving()
    {
        if (Table("serving", "0 or 1", 1, perRealization: true) is not { } values)
        {
            return null;
        }

        int L = shape.AccessPointCount, K = shape.UserCount;
        return ServingMap.Create(values.Length / (L * K), L, K, (r, l, k) => values[(((r * L) + l) * K) + k] != 0);
    }

    private int[,]? Streams()
    {
        if (Table("streams", "0 or more", int.MaxValue, perRealization: false) is not { } values)
        {
            return null;
        }

        var table = new int[shape.AccessPointCount, shape.UserCount];
        Buffer.BlockCopy(values, 0, table, 0, sizeof(int) * values.Length);
        return table;
    }

    /// <summary>Whole numbers [accessPoint, user], or [realization, accessPoint, user], row-major.</summary>
    private int[]? Table(string name, string expected, int largest, bool perRealization)
    {
        if (find(name) is not { } array)
        {
            return null;
        }

        int[] common = [shape.AccessPointCount, shape.UserCount], each = [shape.RealizationCount, .. common];
        if (!array.Shape.SequenceEqual(common) && !(perRealization && array.Shape.SequenceEqual(each)))
        {
            problems.Add(
                $"{path}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({string.Join(", ", common)}) [accessPoint, user]" +
                $"{(perRealization ? $" or ({string.Join(", ", each)}) [realization, accessPoint, user]" : "")}.");
            return null;
        }

        int[] values = array.ToIntegers();
        if (Array.Find(values, v => v < 0 || v > largest) is not 0 and var wrong)
        {
            problems.Add($"{path}: '{name}' holds {wrong}; expected {expected}.");
        }

        return values;
    }

    /// <summary>[number, coordinate], or one such table per realization.</summary>
    private Position[,]? Positions(string name, int count, string axis)
    {
        if (find(name) is not { } array)
        {
            return null;
        }

        int realizations = array.Shape.Count == 3 ? array.Shape[0] : 1;
        bool fits = array.Shape.Count is 2 or 3 && array.Shape[^1] == 3 && array.Shape[^2] == count && (realizations == shape.RealizationCount || realizations == 1);
        if (!fits)
        {
            problems.Add(
                $"{path}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({count}, 3) [{axis}, coordinate] " +
                $"or ({shape.RealizationCount}, {count}, 3) [realization, {axis}, coordinate], in metres.");
            return null;
        }

        double[] values = array.ToDoubles();
        if (!values.All(double.IsFinite))
        {
            problems.Add($"{path}: '{name}' holds a coordinate that is not finite; expected metres.");
        }

        var positions = new Position[realizations, count];
        for (int i = 0; i < realizations * count; i++)
        {
            positions[i / count, i % count] = new Position(values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2]);
        }

        return positions;
    }

    private double Scalar(NumpyArray array)
    {
        if (array.Length == 1)
        {
            return array.ToDoubles()[0];
        }

        problems.Add($"{array.Source}: has shape ({string.Join(", ", array.Shape)}), expected one number.");
        return double.NaN;
    }

    private int ToInteger(double value)
    {
        if (value == Math.Round(value) && value is >= 1 and <= int.MaxValue)
        {
            return (int)value;
        }

        problems.Add($"{path}: 'maxStreams' holds {value}; expected whole numbers from 1.");
        return 1;
    }
}
