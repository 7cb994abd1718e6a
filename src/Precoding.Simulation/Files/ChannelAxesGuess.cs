namespace Precoding.Simulation;

/// <summary>
/// Axes of H where nobody names them: those of the format by rank; another order where the other arrays of the file fit that one and no other;
/// in MATLAB files also with the last axis missing, which MATLAB drops where its extent is 1.
/// </summary>
/// <param name="Axes">What is assumed.</param>
/// <param name="How">On what grounds, for people.</param>
/// <param name="Doubt">What else it could be, for people; empty where there is no doubt.</param>
internal sealed record ChannelAxesGuess(ChannelAxes Axes, string How, string Doubt)
{
    private const string Format = "3 [user, accessPoint, antenna], 4 with realization first, or 5 with userAntenna before antenna";

    private const int MostUserAntennas = 8; // where an access point has one, more are not worth a word

    private static readonly ChannelAxes[] ByRank = [new(null, 0, null, null, 1), new(null, 0, 1, null, 2), new(0, 1, 2, null, 3), new(0, 1, 2, 3, 4)]; // rank 2 to 5

    /// <param name="find">The other arrays of the file by name.</param>
    public static ChannelAxesGuess Of(FileArray array, Func<string, FileArray?> find)
    {
        (string Name, FileArray Array)[] fields = [.. ChannelFieldShapes.Names.Select(n => (Name: n, Array: find(n)!)).Where(f => f.Array is not null)];
        ChannelAxes[] standard = Standard(array);
        ChannelAxes[] fitting = [.. standard.Where(Fits)];
        string names = string.Join(" and ", fields.Where(f => f.Array.Length > 1).Select(f => f.Name)); // one value for all says nothing
        bool byRank = array.Shape.Count > 2 && standard.Length > 0;
        if (fitting.Length > 0 && byRank)
        {
            return new(fitting[0], fitting[0] == standard[0] ? "by rank" : $"by {names}", DoubtOf(fitting[0], fitting.Skip(1)));
        }

        ChannelAxes[] others = names.Length == 0 ? [] : [.. standard.SelectMany(Orders).Where(Fits).DistinctBy(NamesOfLongAxes)];
        if (others.Length == 1)
        {
            return new(others[0], $"guessed, the only order that fits {names}", string.Empty);
        }

        return byRank ? new(standard[0], "by rank", DoubtOf(standard[0], [])) : throw new ValidationException(
            $"{array.Place}: shape ({string.Join(", ", array.Shape)}) has {array.Shape.Count} axes; expected {Format}. " +
            $"Name the axes with --axes, such as --axes user,antenna{(array.DropsTrailingAxes ? ", or --axes user,accessPoint,antenna where there is one antenna, whose axis MATLAB drops" : "")}.");

        bool Fits(ChannelAxes axes) => fields.All(f => ChannelFieldShapes.Fits(f.Name, f.Array, axes.ShapeOf(array.Shape)));

        // axes of extent 1 may stand anywhere: the elements are the same
        string NamesOfLongAxes(ChannelAxes axes) => string.Join(',', axes.ToString().Split(',').Where((_, axis) => axis < array.Shape.Count && array.Shape[axis] > 1));

        string DoubtOf(ChannelAxes axes, IEnumerable<ChannelAxes> alternatives)
        {
            string[] doubts =
            [
                .. alternatives.Where(a => a.ShapeOf(array.Shape) is { UserAntennaCount: <= MostUserAntennas } s && s.AccessPointCount <= s.UserCount).Select(a => $"if MATLAB dropped a last axis of 1, give --axes {a}"),
                .. names.Length == 0 && axes.IsUnusual(array.Shape) ? ["unusual sizes: if the order is another, give --axes"] : Array.Empty<string>(),
            ];
            return string.Join("; ", doubts);
        }
    }

    /// <summary>Axes in the order of the format, for the rank of the array and, from MATLAB, for one axis more.</summary>
    private static ChannelAxes[] Standard(FileArray array)
    {
        int rank = array.Shape.Count;
        return [.. ByRank.Where(axes => axes.Rank == rank || (array.DropsTrailingAxes && axes.Rank == rank + 1))];
    }

    private static IEnumerable<ChannelAxes> Orders(ChannelAxes axes)
    {
        string[] names = axes.ToString().Split(',');
        return Permutations(names).Select(order => new ChannelAxes(Find(order, 0), Find(order, 1)!.Value, Find(order, 2), Find(order, 3), Find(order, 4)!.Value));

        static int? Find(string[] order, int axis) => Array.IndexOf(order, ChannelAxes.Names[axis]) is >= 0 and var at ? at : null;
    }

    private static IEnumerable<string[]> Permutations(string[] names) =>
        names.Length == 1 ? [names] : names.SelectMany(first => Permutations([.. names.Where(n => n != first)]).Select(rest => (string[])[first, .. rest]));
}
