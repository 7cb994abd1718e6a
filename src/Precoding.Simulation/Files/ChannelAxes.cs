namespace Precoding.Simulation;

/// <summary>Which axis of a file's array is which: index of the axis in the file, or null where the file has none and the extent is 1.</summary>
internal sealed record ChannelAxes(int? Realization, int User, int? AccessPoint, int? UserAntenna, int Antenna)
{
    private static readonly string[] Names = ["realization", "user", "accessPoint", "userAntenna", "antenna"];

    /// <summary>From --axes, or from the rank.</summary>
    public static ChannelAxes Resolve(string source, IReadOnlyList<int> shape, string? axes)
    {
        string got = $"{source}: shape ({string.Join(", ", shape)})";
        if (axes is null)
        {
            return shape.Count switch
            {
                3 => new(null, 0, 1, null, 2),
                4 => new(0, 1, 2, null, 3),
                5 => new(0, 1, 2, 3, 4),
                _ => throw new ValidationException(
                    $"{got} has {shape.Count} axes; expected 3 [user, accessPoint, antenna], 4 with realization first, or 5 with userAntenna before antenna. " +
                    "Name the axes with --axes, such as --axes user,antenna."),
            };
        }

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

        if (words.Length != shape.Count)
        {
            problems.Add($"{got} has {shape.Count} axes, --axes names {words.Length} ({axes}); name each axis of the file once.");
        }
        else if (problems.Count == 0 && (index[1] is null || index[4] is null))
        {
            problems.Add($"axes: '{axes}' lacks {(index[1] is null ? "user" : "antenna")}; user and antenna are needed, the others are 1 where missing.");
        }

        ValidationException.ThrowIfAny(problems);
        return new(index[0], index[1]!.Value, index[2], index[3], index[4]!.Value);
    }

    /// <summary>Order of the file's axes that makes it [realization, user, accessPoint, userAntenna, antenna].</summary>
    public int[] Order => [.. new[] { Realization, User, AccessPoint, UserAntenna, Antenna }.OfType<int>()];

    public ChannelShape ShapeOf(IReadOnlyList<int> shape) => new(
        Extent(shape, Realization), shape[User], Extent(shape, AccessPoint), shape[Antenna], Extent(shape, UserAntenna));

    /// <summary>Statement for people: axes with extents as the file has them, and the convention.</summary>
    public string Describe(IReadOnlyList<int> shape, bool named, bool downlinkGain)
    {
        var words = new string[shape.Count];
        foreach (var (axis, name) in new[] { Realization, User, AccessPoint, UserAntenna, Antenna }.Zip(Names))
        {
            if (axis is { } at)
            {
                words[at] = $"{name} {shape[at]}";
            }
        }

        string convention = UserAntenna is not null ? "rows of H, y = H p" : downlinkGain ? "y = h p, conjugated" : "y = hᴴp";
        string text = $"axes [{string.Join(", ", words)}] {(named ? "as given" : "by rank")}, {convention}";
        if (UserAntenna is not null && downlinkGain)
        {
            text += "; --downlink-gain changes nothing for rows of H";
        }

        bool odd = !named && AccessPoint is { } accessPoint && (shape[accessPoint] > shape[Antenna] || shape[accessPoint] > shape[User]);
        return odd ? $"{text}; unusual sizes: if the order is another, give --axes" : text;
    }

    private static int Extent(IReadOnlyList<int> shape, int? axis) => axis is { } at ? shape[at] : 1;
}
