using System.Numerics;

namespace Precoding.Simulation;

/// <summary>One reading of a channel file: coefficients first, then the optional fields held against their shape.</summary>
/// <param name="axisNames">Axes as --axes or the file itself names them; null to guess.</param>
internal sealed class ChannelFileReader(ChannelFileOptions options, FileArray coefficients, string? axisNames, Func<string, FileArray?> read)
{
    private const int ShownProblems = 3;

    private static readonly double CarrierWhenUnknownHz = Network.WithoutGeometry(new ChannelShape(1, 1, 1, 1), [1]).CarrierFrequencyHz;

    private readonly List<string> problems = [];
    private readonly Dictionary<string, FileArray?> fields = [];

    private ChannelShape shape;

    public ChannelFileContent Read()
    {
        ChannelAxesGuess guess = axisNames is null
            ? ChannelAxesGuess.Of(coefficients, Find)
            : new(ChannelAxes.Parse(coefficients, axisNames), options.Axes is null ? "by the names of the columns" : "as given", string.Empty);
        ChannelAxes axes = guess.Axes;
        shape = axes.ShapeOf(coefficients.Shape);
        if (coefficients.Length == 0)
        {
            throw new ValidationException($"{coefficients.Place}: H has shape {shape}, no coefficients; every extent must be at least 1.");
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
        double? carrier = Find("carrierFrequencyHz") is { } frequency ? Scalar("carrierFrequencyHz", frequency) : null;
        string? meta = Find("meta")?.ToText();
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
            CarrierFrequencyHz = carrier ?? CarrierWhenUnknownHz,
        };
        Locate(network.Validate, PlaceOfNetworkField);
        ChannelBatch channels = null!;
        Locate(() => channels = Batch(network, axes, conjugate, paths), _ => coefficients.Place);
        return new ChannelFileContent
        {
            Channels = serving is null ? channels : channels.WithServing(serving),
            AssumedAxes = $"{coefficients.Source}: {axes.Describe(coefficients.Shape, guess.How, options.DownlinkGain)}{(guess.Doubt.Length > 0 ? $"; {guess.Doubt}" : "")}",
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
        if (!conjugate && axes.Order.SequenceEqual(Enumerable.Range(0, coefficients.Shape.Count)))
        {
            if (coefficients.MemoryOf<ComplexF>() is { } singleInPlace)
            {
                return ChannelBatch.FromMemory(network, shape, singleInPlace, paths);
            }

            if (coefficients.MemoryOf<Complex>() is { } doubleInPlace)
            {
                return ChannelBatch.FromMemory(network, shape, doubleInPlace, paths);
            }
        }

        int[] extents = [.. coefficients.Shape, .. Enumerable.Repeat(1, axes.Rank - coefficients.Shape.Count)]; // those that MATLAB dropped
        FileArray ordered = coefficients.Reshape(extents).Transpose(axes.Order);
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
        FileArray? coefficient = Find("pathCoefficient"), cosine = Find("pathCosine");
        if (coefficient is null && cosine is null)
        {
            return null;
        }

        if (coefficient is null || cosine is null)
        {
            problems.Add($"{(coefficient ?? cosine)!.Place}: the file has only one of 'pathCoefficient' and 'pathCosine'; both are needed, or neither.");
            return null;
        }

        if (ChannelFieldShapes.PathCount(coefficient, shape) is not { } pathCount || ChannelFieldShapes.PathCount(cosine, shape) != pathCount)
        {
            problems.Add(
                $"{coefficient.Place}: 'pathCoefficient' has shape ({string.Join(", ", coefficient.Shape)}) and 'pathCosine' ({string.Join(", ", cosine.Shape)}), " +
                $"expected ({shape.RealizationCount}, {shape.UserCount}, {shape.AccessPointCount}, paths) [realization, user, accessPoint, path] of one-antenna users for H {shape}. Remove or repair them.");
            return null;
        }

        ComplexF[] coefficientValues = coefficient.ToComplexSingle();
        double[] cosineValues = cosine.ToDoubles();
        if (Array.FindIndex(coefficientValues, c => !float.IsFinite(c.Real) || !float.IsFinite(c.Imaginary)) is >= 0 and var bad)
        {
            problems.Add($"{coefficient.Place}: 'pathCoefficient' element {bad} is not finite; expected finite numbers.");
        }

        if (Array.FindIndex(cosineValues, c => !(Math.Abs(c) <= 1 + 1e-6)) is >= 0 and var outside) // 1e-6: cosines kept in single precision
        {
            problems.Add($"{cosine.Place}: 'pathCosine' element {outside} is {cosineValues[outside]}; expected −1…1.");
        }

        if (conjugate)
        {
            coefficientValues = Array.ConvertAll(coefficientValues, c => new ComplexF(c.Real, -c.Imaginary));
            cosineValues = Array.ConvertAll(cosineValues, c => -c);
        }

        return problems.Count > 0 ? null : new PropagationPaths(shape, pathCount, coefficientValues, cosineValues);
    }

    /// <summary>One value per user or access point; extents of 1 are ignored and a scalar holds for all.</summary>
    private double[]? Vector(string name, int count, string axis)
    {
        if (Find(name) is not { } array)
        {
            return null;
        }

        if (ChannelFieldShapes.IsVector(array, count))
        {
            return array.Length == 1 ? [.. Enumerable.Repeat(Scalar(name, array), count)] : array.ToDoubles();
        }

        problems.Add($"{array.Place}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({count},) [{axis}] for H {shape}.");
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
        if (Find(name) is not { } array)
        {
            return null;
        }

        if (ChannelFieldShapes.Table(array, shape, perRealization) is null)
        {
            problems.Add(
                $"{array.Place}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({shape.AccessPointCount}, {shape.UserCount}) [accessPoint, user]" +
                $"{(perRealization ? $" or ({shape.RealizationCount}, {shape.AccessPointCount}, {shape.UserCount}) [realization, accessPoint, user]" : "")}.");
            return null;
        }

        int[] values = array.ToIntegers();
        if (Array.Find(values, v => v < 0 || v > largest) is not 0 and var wrong)
        {
            problems.Add($"{array.Place}: '{name}' holds {wrong}; expected {expected}.");
        }

        return values;
    }

    /// <summary>[number, coordinate], or one such table per realization.</summary>
    private Position[,]? Positions(string name, int count, string axis)
    {
        if (Find(name) is not { } array)
        {
            return null;
        }

        if (!ChannelFieldShapes.IsPositions(array, count, shape.RealizationCount))
        {
            problems.Add(
                $"{array.Place}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected ({count}, 3) [{axis}, coordinate] " +
                $"or ({shape.RealizationCount}, {count}, 3) [realization, {axis}, coordinate], in metres.");
            return null;
        }

        int realizations = array.Shape.Count == 3 ? array.Shape[0] : 1;
        double[] values = array.ToDoubles();
        if (!values.All(double.IsFinite))
        {
            problems.Add($"{array.Place}: '{name}' holds a coordinate that is not finite; expected metres.");
        }

        var positions = new Position[realizations, count];
        for (int i = 0; i < realizations * count; i++)
        {
            positions[i / count, i % count] = new Position(values[3 * i], values[(3 * i) + 1], values[(3 * i) + 2]);
        }

        return positions;
    }

    private double Scalar(string name, FileArray array)
    {
        if (array.Length == 1)
        {
            return array.ToDoubles()[0];
        }

        problems.Add($"{array.Place}: '{name}' has shape ({string.Join(", ", array.Shape)}), expected one number.");
        return double.NaN;
    }

    private int ToInteger(double value)
    {
        if (value == Math.Round(value) && value is >= 1 and <= int.MaxValue)
        {
            return (int)value;
        }

        problems.Add($"{Find("maxStreams")!.Place}: 'maxStreams' holds {value}; expected whole numbers from 1.");
        return 1;
    }

    /// <summary>The array of that name, read once; null where the file has none.</summary>
    private FileArray? Find(string name)
    {
        if (!fields.TryGetValue(name, out FileArray? array))
        {
            fields[name] = array = read(name);
        }

        return array;
    }

    /// <summary>Runs a check that knows nothing of files, and puts the place of what it refuses before its words.</summary>
    private static void Locate(Action check, Func<string, string> placeOf)
    {
        try
        {
            check();
        }
        catch (ValidationException error)
        {
            // one problem per user can be hundreds
            IEnumerable<string> shown = error.Problems.Take(ShownProblems).Select(p => $"{placeOf(p)}: {p}");
            throw new ValidationException([.. error.Problems.Count > ShownProblems ? shown.Append($"{placeOf(error.Problems[^1])}: and {error.Problems.Count - ShownProblems} more of this kind.") : shown]);
        }
    }

    /// <summary>Where the field is that a problem of the network names.</summary>
    private string PlaceOfNetworkField(string problem)
    {
        string name = problem.Contains("PowerBudgetWatts", StringComparison.Ordinal) ? "power"
            : problem.Contains("NoisePowerWatts", StringComparison.Ordinal) ? "noise"
            : problem.Contains("MaxStreams", StringComparison.Ordinal) ? "maxStreams"
            : "weight";
        return (Find(name) ?? coefficients).Place;
    }
}
