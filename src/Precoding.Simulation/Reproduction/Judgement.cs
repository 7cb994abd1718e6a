namespace Precoding.Simulation;

/// <summary>Verdicts that take the interval into account: what the drops do not settle stays open.</summary>
internal static class Judgement
{
    /// <summary>Whether the mean is above a bound.</summary>
    public static Verdict Above(Estimate value, double bound) => value.Low > bound ? Verdict.Agrees : value.High < bound ? Verdict.Differs : Verdict.Open;

    public static Verdict Below(Estimate value, double bound) => value.High < bound ? Verdict.Agrees : value.Low > bound ? Verdict.Differs : Verdict.Open;

    /// <summary>Whether the mean is between two bounds.</summary>
    public static Verdict Within(Estimate value, double low, double high) =>
        value.Low >= low && value.High <= high ? Verdict.Agrees : value.High < low || value.Low > high ? Verdict.Differs : Verdict.Open;

    /// <summary>Every one of them holds; differs where one does.</summary>
    public static Verdict All(IEnumerable<Verdict> verdicts)
    {
        Verdict[] all = [.. verdicts];
        return all.Contains(Verdict.Differs) ? Verdict.Differs : all.Contains(Verdict.Open) ? Verdict.Open : Verdict.Agrees;
    }
}
