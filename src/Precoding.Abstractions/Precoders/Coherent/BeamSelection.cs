using Precoding.Engines;

namespace Precoding;

/// <summary>Supports that need no arithmetic: all beams, and the bins of given paths.</summary>
internal static class BeamSelection
{
    /// <summary>Most beams a (user, access point) can get.</summary>
    public static int BeamsPerLink(BeamSettings settings, int antennaCount) =>
        settings.Selector == SupportSelector.Pursuit ? Math.Max(1, antennaCount / 2) : checked(settings.FineFactor * antennaCount);

    public static void WriteAllBeams(CoherentProblem problem, BeamSupport support, SolveControl control) =>
        Write(problem, support, control, (_, _, _, beams) => beams.AddRange(Enumerable.Range(0, support.N)));

    /// <summary>Beam n belongs to the support when a path's cosine lies in Λ_n = [Ω_n, Ω_n + 2/N). [BSP (3)]</summary>
    public static void WritePathBins(ChannelBatch channels, int first, CoherentProblem problem, BeamSupport support, SolveControl control)
    {
        PropagationPaths paths = channels.Paths ?? throw new ValidationException(
            "SupportSelector.PathBinning needs channels with path parameters (pathCoefficient, pathCosine), this batch has none. Use SupportSelector.Pursuit.");
        int N = support.N;
        Write(problem, support, control, (realization, k, l, beams) =>
        {
            for (int p = 0; p < paths.PathCount; p++)
            {
                var (coefficient, cosine) = paths[first + realization, k, l, p];
                if (coefficient != 0)
                {
                    int n = (int)Math.Floor((cosine + 1) * N / 2) % N; // Ω_n = (2n − N)/N; Ω = 1 is the beam Ω = −1
                    beams.Add(n);
                }
            }
        });
    }

    private static void Write(
        CoherentProblem problem, BeamSupport support, SolveControl control, Action<int, int, int, List<int>> addBeams)
    {
        int links = problem.K * problem.L;
        var start = new int[control.RealizationCount * (links + 1)];
        var beam = new int[control.RealizationCount * support.SlotCapacity];
        var beams = new List<int>();
        for (int realization = 0; realization < control.RealizationCount; realization++)
        {
            int slot = 0;
            for (int link = 0; link < links; link++)
            {
                beams.Clear();
                addBeams(realization, link / problem.L, link % problem.L, beams);
                foreach (int n in beams.Distinct().Order())
                {
                    beam[(realization * support.SlotCapacity) + slot++] = n;
                }

                start[(realization * (links + 1)) + link + 1] = slot;
            }
        }

        support.Start.Write(start);
        support.Beam.Write(beam);
    }
}
