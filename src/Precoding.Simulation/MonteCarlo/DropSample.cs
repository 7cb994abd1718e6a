namespace Precoding.Simulation;

/// <summary>
/// Values of all drops up to a bound, beyond it of the drops whose number, times the golden ratio modulo 1, lies below a threshold that is halved when they become too
/// many. Which drops those are depends on their numbers alone: methods are seen on the same ones, a rerun sees them again, and no period of the numbers is preferred.
/// </summary>
internal sealed class DropSample(int bound)
{
    private const uint GoldenRatio = 2654435769; // 2³²/φ
    private readonly List<(uint Place, double Value)> kept = [];
    private uint threshold = uint.MaxValue;

    public void Add(int realization, double value)
    {
        uint place = unchecked((uint)realization * GoldenRatio);
        if (place > threshold)
        {
            return;
        }

        kept.Add((place, value));
        while (kept.Count > bound)
        {
            threshold /= 2;
            kept.RemoveAll(drop => drop.Place > threshold);
        }
    }

    public IReadOnlyList<double> Ascending() => [.. kept.Select(drop => drop.Value).Order()];
}
