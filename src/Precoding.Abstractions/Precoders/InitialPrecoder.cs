using System.Globalization;

namespace Precoding;

/// <summary>Where the iterations begin. [coherent.md §3.6, §6]</summary>
public abstract record InitialPrecoder
{
    /// <summary>Maximum ratio: P_l ∝ H_l; in beams Φᵀ V̄ᴴ H.</summary>
    public sealed record MaximumRatio : InitialPrecoder
    {
        public override string ToString() => "mrt";
    }

    /// <summary>Normalised regularised zero forcing; in beams projected, Φᵀ V̄ᴴ P_rzf.</summary>
    public sealed record RegularizedZeroForcing : InitialPrecoder
    {
        public override string ToString() => "rzf";
    }

    /// <summary>RZF weighted by the rates of maximum ratio: one WMMSE iteration from there over all access points together; in beams projected. [coherent.md §6]</summary>
    public sealed record WeightedZeroForcing : InitialPrecoder
    {
        public override string ToString() => "wrzf";
    }

    /// <summary>A few WMMSE iterations from maximum ratio.</summary>
    public sealed record Wmmse(int IterationCount) : InitialPrecoder
    {
        public override string ToString() => $"wmmse:{IterationCount}";
    }

    /// <summary>CN(0,1) coordinates, or CN(0,1) on the support, number <paramref name="Index"/> of the seed.</summary>
    public sealed record Random(int Index) : InitialPrecoder
    {
        public override string ToString() => $"random#{Index}";
    }

    /// <summary>Ones on the support (beam domain only).</summary>
    public sealed record Uniform : InitialPrecoder
    {
        public override string ToString() => "uniform";
    }

    /// <summary>Local eigen-zero-forcing of the streams. [NCJT Alg. 3]</summary>
    public sealed record LocalEigenZeroForcing : InitialPrecoder
    {
        public override string ToString() => "local-ezf";
    }

    /// <summary>Matched beams: singular directions weighted with their gain.</summary>
    public sealed record Matched : InitialPrecoder
    {
        public override string ToString() => "matched";
    }

    /// <summary>Leading right singular vectors of the joint channel of each user (coherent streams only).</summary>
    public sealed record Singular : InitialPrecoder
    {
        public override string ToString() => "svd";
    }

    /// <summary>RWMMSE iterations from Local EZF, the non-coherent precoder then taken for a coherent one (coherent streams only).</summary>
    public sealed record NonCoherent(int IterationCount) : InitialPrecoder
    {
        public override string ToString() => $"ncjt:{IterationCount}";
    }

    /// <summary>The precoders given to <see cref="ISolver.Solve"/>.</summary>
    public sealed record WarmStart : InitialPrecoder
    {
        public override string ToString() => "warm";
    }

    /// <summary>Where the algorithm stands, on channels that have changed.</summary>
    internal sealed record Current : InitialPrecoder;

    /// <summary>Reads "mrt,rzf,wrzf,wmmse:3,random:8,uniform,warm" or "local-ezf,matched,svd,ncjt:100"; random:n stands for n starts.</summary>
    public static IReadOnlyList<InitialPrecoder> ParseList(string text)
    {
        var starts = new List<InitialPrecoder>();
        var problems = new List<string>();
        foreach (string item in text.Split(',', StringSplitOptions.TrimEntries))
        {
            string[] parts = item.Split(':', 2);
            int count = 0;
            bool counted = parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out count) && count is >= 1 and <= 10_000;
            switch (parts[0], parts.Length, counted)
            {
                case ("mrt", 1, _): starts.Add(new MaximumRatio()); break;
                case ("rzf", 1, _): starts.Add(new RegularizedZeroForcing()); break;
                case ("wrzf", 1, _): starts.Add(new WeightedZeroForcing()); break;
                case ("uniform", 1, _): starts.Add(new Uniform()); break;
                case ("warm", 1, _): starts.Add(new WarmStart()); break;
                case ("local-ezf", 1, _): starts.Add(new LocalEigenZeroForcing()); break;
                case ("matched", 1, _): starts.Add(new Matched()); break;
                case ("svd", 1, _): starts.Add(new Singular()); break;
                case ("ncjt", 2, true): starts.Add(new NonCoherent(count)); break;
                case ("wmmse", 2, true): starts.Add(new Wmmse(count)); break;
                case ("random", 1, _): starts.Add(new Random(0)); break;
                case ("random", 2, true):
                    starts.AddRange(Enumerable.Range(0, count).Select(i => new Random(i)));
                    break;
                default:
                    problems.Add($"Start '{item}' is not known; expected mrt, rzf, wrzf, wmmse:N, uniform or warm for one stream per user, local-ezf, matched, svd or ncjt:N for streams, random or random:N, with N from 1 to 10000.");
                    break;
            }
        }

        ValidationException.ThrowIfAny(problems);
        return starts;
    }
}
