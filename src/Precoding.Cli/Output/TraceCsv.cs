using System.Globalization;
using Precoding.Simulation;

namespace Precoding.Cli.Output;

/// <summary>The --trace file: a line an iterate; a closed form has one line, its result.</summary>
internal static class TraceCsv
{
    public const string Header = "realization,precoder,iteration,seconds,sumRate,worstPowerExcess,stepSize";

    public static void Write(string path, IReadOnlyList<PrecodingResult> results) => OutputFile.Write(path, p => AtomicFile.Write(p, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(Header);
        foreach (PrecodingResult result in results)
        {
            for (int realization = 0; realization < result.Status.Length; realization++)
            {
                foreach (TracePoint point in PointsOf(result, realization))
                {
                    writer.WriteLine(string.Create(
                        CultureInfo.InvariantCulture,
                        $"{realization},{result.PrecoderName},{point.Iteration},{point.Seconds:R},{point.SumRate:R},{point.WorstPowerExcess:R},{point.StepSize:R}"));
                }
            }
        }
    }));

    /// <summary>The trace, or the result as iteration 0 where there is none.</summary>
    public static IReadOnlyList<TracePoint> PointsOf(PrecodingResult result, int realization)
    {
        IReadOnlyList<TracePoint> trace = result.Trace(realization);
        return trace.Count > 0 || result.Start(realization).Length == 0
            ? trace // a realization that was never reached has neither
            : [new TracePoint(0, result.SecondsSolve[realization], result.WeightedSumRate[realization], result.WorstPowerExcess(realization), 0)];
    }
}
