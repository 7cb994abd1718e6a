using System.Globalization;

namespace Precoding.Simulation;

/// <summary>What a site wants to know of a job; null leaves it to the site's defaults. Words are sbatch's, and are passed on as they are.</summary>
public sealed record SlurmOptions
{
    /// <summary>Slurm sends signals up to this much before they are due.</summary>
    internal static readonly TimeSpan SignalResolution = TimeSpan.FromSeconds(60);

    public string? Partition { get; init; }

    /// <summary>Generic resources of a task, as <c>gpu:1</c>.</summary>
    public string? Gres { get; init; }

    /// <summary>Time limit of a task: minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S.</summary>
    public string? Time { get; init; }

    public int? CpusPerTask { get; init; }

    /// <summary>Memory of a task, as <c>8G</c>.</summary>
    public string? Memory { get; init; }

    public string? Account { get; init; }

    public string? Qos { get; init; }

    /// <summary>Tasks of one array that run at once; null for as many as there is room for.</summary>
    public int? ArrayTasksAtOnce { get; init; }

    /// <summary>Seconds before the time limit at which a task is told to write its checkpoint; Slurm may send the signal 60 s earlier.</summary>
    public int SignalSeconds { get; init; } = 90;

    /// <summary>Further options of sbatch, one word each: <c>--constraint=a100</c>. They come last and win.</summary>
    public IReadOnlyList<string> ExtraArguments { get; init; } = [];

    /// <summary>Throws with everything that cannot be right.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        foreach (var (name, value) in new[] { ("CpusPerTask", CpusPerTask), ("ArrayTasksAtOnce", ArrayTasksAtOnce), ("SignalSeconds", SignalSeconds) })
        {
            if (value < 1)
            {
                problems.Add($"SlurmOptions.{name} is {value}; it must be at least 1.");
            }
        }

        foreach (string argument in ExtraArguments.Where(a => !a.StartsWith('-')))
        {
            problems.Add($"SlurmOptions.ExtraArguments has '{argument}', which sbatch would take for the job script; write options as one word, --name=value.");
        }

        if (Time is not null)
        {
            TimeSpan signal = TimeSpan.FromSeconds(SignalSeconds) + SignalResolution;
            if (ParseTime(Time) is not { } limit)
            {
                problems.Add($"SlurmOptions.Time is '{Time}'; expected minutes, M:S, H:M:S, D-H, D-H:M or D-H:M:S.");
            }
            else if (limit <= signal)
            {
                problems.Add($"SlurmOptions.Time is '{Time}'; it must be more than {signal.TotalSeconds:0} s, or tasks are told to stop before they have begun: SignalSeconds is {SignalSeconds}, and Slurm sends signals up to 60 s early.");
            }
        }

        ValidationException.ThrowIfAny(problems);
    }

    /// <summary>A time as Slurm writes and reads it; null for anything else, as UNLIMITED.</summary>
    internal static TimeSpan? ParseTime(string text)
    {
        string[] dayAndRest = text.Split('-');
        string[] fields = dayAndRest[^1].Split(':');
        int[] numbers = new int[fields.Length];
        int days = 0;
        for (int i = 0; i < fields.Length; i++)
        {
            if (!int.TryParse(fields[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return null;
            }
        }

        if (dayAndRest.Length > 2 || fields.Length > 3 || (dayAndRest.Length == 2 && !int.TryParse(dayAndRest[0], NumberStyles.None, CultureInfo.InvariantCulture, out days)))
        {
            return null;
        }

        (int hours, int minutes, int seconds) = (dayAndRest.Length, numbers) switch
        {
            (2, [var h]) => (h, 0, 0),
            (2, [var h, var m]) => (h, m, 0),
            (1, [var m]) => (0, m, 0),
            (1, [var m, var s]) => (0, m, s),
            (_, [var h, var m, var s]) => (h, m, s),
            _ => (0, 0, 0),
        };
        return new TimeSpan(days, hours, minutes, seconds);
    }

    /// <summary>Options of sbatch for a job that is not an array.</summary>
    internal IEnumerable<string> ToArguments()
    {
        (string Option, string? Value)[] options =
        [
            ("partition", Partition), ("gres", Gres), ("time", Time), ("cpus-per-task", CpusPerTask?.ToString(CultureInfo.InvariantCulture)),
            ("mem", Memory), ("account", Account), ("qos", Qos),
        ];
        return options.Where(o => o.Value is not null).Select(o => $"--{o.Option}={o.Value}").Concat(ExtraArguments);
    }
}
