namespace Precoding.Simulation;

/// <summary>Which axis of a file's array is which: index of the axis in the file, or null where the file has none and the extent is 1.</summary>
internal sealed record ChannelAxes(int? Realization, int User, int? AccessPoint, int? UserAntenna, int Antenna)
{
    /// <summary>Of the axes, outermost first.</summary>
    public static readonly string[] Names = ["realization", "user", "accessPoint", "userAntenna", "antenna"];

    /// <summary>From --axes or the columns of a table. Names behind those of the file's axes are for axes of extent 1 that MATLAB dropped.</summary>
    public static ChannelAxes Parse(FileArray array, string axes)
    {
        string got = $"{array.Place}: shape ({string.Join(", ", array.Shape)})";
        string[] words = axes.Split(',', StringSplitOptions.TrimEntries);
        var problems = new List<string>();
        var index = new int?[Names.Length];
        for (int i = 0; i < words.Length; i++)
        {
            int name = Array.FindIndex(Names, n => n.Equals(words[i], StringComparison.OrdinalIgnoreCase));
            if (name < 0)
            {
                problems.Add($"axes: '{words[i]}' is no axis; expected {string.Join(", ", Names)}.");
            }
            else if (index[name] is not null)
            {
                problems.Add($"axes: '{words[i]}' is named twice; each axis has one name.");
            }
            else
            {
                index[name] = i;
            }
        }

        if (words.Length < array.Shape.Count || (words.Length > array.Shape.Count && !array.DropsTrailingAxes))
        {
            problems.Add($"{got} has {array.Shape.Count} axes, --axes names {words.Length} ({axes}); name each axis of the file once.");
        }
        else if (problems.Count == 0 && (index[1] is null || index[4] is null))
        {
            problems.Add($"axes: '{axes}' lacks {(index[1] is null ? "user" : "antenna")}; user and antenna are needed, the others are 1 where missing.");
        }

        ValidationException.ThrowIfAny(problems);
        return new(index[0], index[1]!.Value, index[2], index[3], index[4]!.Value);
    }

    /// <summary>As <see cref="Parse"/> reads them: the names in the order of the file.</summary>
    public override string ToString() => string.Join(',', Indices.Zip(Names).Where(axis => axis.First is not null).OrderBy(axis => axis.First).Select(axis => axis.Second));

    /// <summary>Axes of the file, missing trailing ones included.</summary>
    public int Rank => Indices.Count(index => index is not null);

    /// <summary>Order of the file's axes that makes it [realization, user, accessPoint, userAntenna, antenna].</summary>
    public int[] Order => [.. Indices.OfType<int>()];

    private int?[] Indices => [Realization, User, AccessPoint, UserAntenna, Antenna];

    public ChannelShape ShapeOf(IReadOnlyList<int> shape) => new(
        Extent(shape, Realization), Extent(shape, User), Extent(shape, AccessPoint), Extent(shape, Antenna), Extent(shape, UserAntenna));

    /// <summary>Statement for people: axes with extents as the file has them, how they were found, and the convention.</summary>
    public string Describe(IReadOnlyList<int> shape, string how, bool downlinkGain)
    {
        var words = new string[Rank];
        foreach (var (axis, name) in Indices.Zip(Names))
        {
            if (axis is { } at)
            {
                words[at] = $"{name} {Extent(shape, at)}";
            }
        }

        string convention = UserAntenna is not null ? "rows of H, y = H p" : downlinkGain ? "y = h p, conjugated" : "y = hᴴp";
        string dropped = Rank > shape.Count ? $", {string.Join(" and ", words.Skip(shape.Count))} dropped by MATLAB," : string.Empty;
        string text = $"axes [{string.Join(", ", words)}]{dropped} {how}, {convention}";
        return UserAntenna is not null && downlinkGain ? $"{text}; --downlink-gain changes nothing for rows of H" : text;
    }

    /// <summary>More access points than antennas or users: it may be another order.</summary>
    public bool IsUnusual(IReadOnlyList<int> shape) => Extent(shape, AccessPoint) > Extent(shape, Antenna) || Extent(shape, AccessPoint) > Extent(shape, User);

    private static int Extent(IReadOnlyList<int> shape, int? axis) => axis is { } at && at < shape.Count ? shape[at] : 1;
}
