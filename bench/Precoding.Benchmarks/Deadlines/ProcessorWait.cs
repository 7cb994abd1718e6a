using System.Globalization;

namespace Precoding.Benchmarks.Deadlines;

/// <summary>How long threads of this process wanted to run and did not, because others held the processors; Linux tells.</summary>
internal static class ProcessorWait
{
    private const string Tasks = "/proc/self/task";

    /// <summary>Summed over the threads there are, seconds; null where the system does not tell.</summary>
    public static double? Seconds => File.Exists("/proc/self/schedstat") ? Directory.EnumerateDirectories(Tasks).Sum(NanosecondsOf) * 1e-9 : null;

    private static double NanosecondsOf(string task)
    {
        try
        {
            return double.Parse(File.ReadAllText(Path.Combine(task, "schedstat")).Split(' ')[1], CultureInfo.InvariantCulture); // running, waiting, slices
        }
        catch (IOException)
        {
            return 0; // the thread ended
        }
    }
}
