namespace Precoding.Simulation;

/// <summary>How the curves of a chart differ: in colour, in dashes and in markers, so that grey prints and any colour vision tell them apart. The same in every kind of picture.</summary>
/// <param name="ColourIndex">Into <see cref="Palette"/>.</param>
/// <param name="Dash">Lengths of strokes and gaps; empty for a solid line.</param>
/// <param name="Marker">SVG path around the origin.</param>
/// <param name="Fill">What the marker is filled with.</param>
internal sealed record LineStyle(int ColourIndex, IReadOnlyList<int> Dash, string Marker, MarkerFill Fill)
{
    public const double LineWidth = 1.8, MarkerStroke = 1.5, BandOpacity = 0.13;
    private const int MostMarkers = 12;

    private static readonly int[][] Dashes = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4], [1, 2]];

    private static readonly string[] Markers =
    [
        "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", // circle
        "M-4 -4h8v8h-8z", // square
        "M0 -5l5 9h-10z", // triangle
        "M0 -5l5 5l-5 5l-5 -5z", // diamond
        "M0 5l5 -9h-10z", // triangle, point down
        "M-4 -4l8 8m0 -8l-8 8", // cross
        "M-5 0h10m-5 -5v10", // plus
    ];

    /// <summary>Okabe and Ito's palette, distinct to readers with any colour vision; yellow is left out, it is too light for lines.</summary>
    public static IReadOnlyList<string> Palette { get; } = ["#000000", "#D55E00", "#0072B2", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];

    public string Colour => Palette[ColourIndex];

    /// <summary>The style of a chart's curve; where colours begin again, dashes and markers are those of the next colour.</summary>
    public static LineStyle Of(int series)
    {
        int shape = (series + (series / Palette.Count)) % Markers.Length;
        return new(series % Palette.Count, Dashes[shape], Markers[shape], shape >= 5 ? MarkerFill.None : series % 2 == 0 ? MarkerFill.Background : MarkerFill.Line); // a cross and a plus enclose nothing
    }

    /// <summary>Which points of a curve carry a marker: every so many from the first, which differs from curve to curve so that markers do not lie above each other.</summary>
    public static (int First, int Every) MarkedPoints(int series, int seriesCount, int pointCount)
    {
        int every = Math.Max(1, (pointCount + MostMarkers - 1) / MostMarkers);
        return (every > 1 ? series * every / Math.Max(1, seriesCount) : 0, every);
    }
}

/// <summary>What a marker is filled with.</summary>
internal enum MarkerFill
{
    None,
    Background,
    Line,
}
