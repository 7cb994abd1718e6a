namespace Precoding.Simulation;

/// <summary>Which shapes the fields beside H may have for channels of a given shape: the rule by which they are refused, and by which axes are guessed.</summary>
internal static class ChannelFieldShapes
{
    /// <summary>Fields whose shape depends on that of H.</summary>
    public static readonly IReadOnlyList<string> Names =
        ["power", "noise", "weight", "maxStreams", "serving", "streams", "accessPointPosition", "userPosition", "pathCoefficient", "pathCosine"];

    /// <summary>Whether the field fits channels of that shape.</summary>
    public static bool Fits(string name, FileArray array, ChannelShape shape) => name switch
    {
        "power" => IsVector(array, shape.AccessPointCount),
        "noise" or "weight" or "maxStreams" => IsVector(array, shape.UserCount),
        "serving" => Table(array, shape, perRealization: true) is not null,
        "streams" => Table(array, shape, perRealization: false) is not null,
        "accessPointPosition" => IsPositions(array, shape.AccessPointCount, shape.RealizationCount),
        "userPosition" => IsPositions(array, shape.UserCount, shape.RealizationCount),
        _ => PathCount(array, shape) is not null,
    };

    /// <summary>One value for all, or one each; extents of 1 are ignored.</summary>
    public static bool IsVector(FileArray array, int count) => array.Length == 1 || (array.Length == count && array.Shape.Count(extent => extent != 1) == 1);

    /// <summary>Shape of a table [accessPoint, user] or, where it may be, [realization, accessPoint, user]; null where it has neither.</summary>
    public static int[]? Table(FileArray array, ChannelShape shape, bool perRealization)
    {
        int[] common = [shape.AccessPointCount, shape.UserCount], each = [shape.RealizationCount, .. common];
        return IsSame(array, common) ? common : perRealization && IsSame(array, each) ? each : null;
    }

    /// <summary>[number, coordinate], or one such table per realization.</summary>
    public static bool IsPositions(FileArray array, int count, int realizationCount) =>
        array.Shape.SequenceEqual([count, 3]) || array.Shape.SequenceEqual([realizationCount, count, 3]) || array.Shape.SequenceEqual([1, count, 3]);

    /// <summary>Paths per link of [realization, user, accessPoint, path], or of [user, accessPoint, path] for one realization; null for other shapes.</summary>
    public static int? PathCount(FileArray array, ChannelShape shape)
    {
        if (shape.UserAntennaCount != 1 || array.Shape.Count == 0)
        {
            return null;
        }

        int[] links = [shape.UserCount, shape.AccessPointCount];
        foreach (int paths in new[] { array.Shape[^1], 1 })
        {
            if (IsSame(array, [shape.RealizationCount, .. links, paths]) || (shape.RealizationCount == 1 && IsSame(array, [.. links, paths])))
            {
                return paths;
            }
        }

        return null;
    }

    /// <summary>Equal shapes; but for trailing extents of 1 where the format drops them.</summary>
    private static bool IsSame(FileArray array, IReadOnlyList<int> expected) =>
        array.DropsTrailingAxes ? Trimmed(array.Shape).SequenceEqual(Trimmed(expected)) : array.Shape.SequenceEqual(expected);

    private static IEnumerable<int> Trimmed(IReadOnlyList<int> shape)
    {
        int rank = shape.Count;
        while (rank > 0 && shape[rank - 1] == 1)
        {
            rank--;
        }

        return shape.Take(rank);
    }
}
