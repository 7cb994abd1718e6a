using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Precoding.Benchmarks.Peers;

/// <summary>What the numpy peer prints: seconds per repeat and a sum rate per realization.</summary>
internal sealed record PeerReport
{
    [JsonPropertyName("precoder")]
    public required string Precoder { get; init; }

    /// <summary>Whole solves of all realizations: channels in memory to precoders and rates in memory, [repeat].</summary>
    [JsonPropertyName("seconds")]
    public required double[] Seconds { get; init; }

    /// <summary>The iterations of those alone, [repeat].</summary>
    [JsonPropertyName("iterate_seconds")]
    public double[] IterateSeconds { get; init; } = [];

    [JsonPropertyName("prepare_seconds")]
    public double[] PrepareSeconds { get; init; } = [];

    /// <summary>bit/s/Hz, [realization].</summary>
    [JsonPropertyName("sum_rate")]
    public required double[] SumRate { get; init; }

    [JsonPropertyName("numpy")]
    public string? Numpy { get; init; }

    [JsonPropertyName("scipy")]
    public string? Scipy { get; init; }

    [JsonPropertyName("blas")]
    public string? Blas { get; init; }

    [JsonPropertyName("core_type")]
    public string? CoreType { get; init; }

    [JsonPropertyName("torch")]
    public string? Torch { get; init; }

    [JsonPropertyName("device")]
    public string? Device { get; init; }

    /// <summary>Of the PyTorch peer, by size.</summary>
    [JsonPropertyName("batches")]
    public PeerBatch[] Batches { get; init; } = [];
}

/// <summary>What the PyTorch peer prints for one size of batch.</summary>
internal sealed record PeerBatch
{
    [JsonPropertyName("batch")]
    public required int Size { get; init; }

    [JsonPropertyName("seconds")]
    public required double[] Seconds { get; init; }

    [JsonPropertyName("seconds_per_iteration_and_realization")]
    public required double SecondsPerIteration { get; init; }

    [JsonPropertyName("sum_rate")]
    public required double[] SumRate { get; init; }
}

/// <summary>The same precoders in Python, a process per turn.</summary>
internal sealed class PythonPeer
{
    /// <summary>Environment variable naming the Python interpreter.</summary>
    public const string Variable = "BEAMPRECODING_PYTHON";

    private const string SystemPython = "/usr/bin/python3";

    private readonly string python;
    private readonly string script;

    private PythonPeer(string python, string script) => (this.python, this.script) = (python, script);

    /// <summary>The peer, or a line that says what is missing and how to get it.</summary>
    /// <param name="python">Interpreter as asked for; null for the environment variable, python3, then the system's.</param>
    public static PythonPeer? Find(string? python, string script, out string missing) => Find(
        python, script, "numpy", "Install it (Debian, Ubuntu: sudo apt-get install python3-numpy python3-scipy)", out missing);

    /// <summary>Likewise, with PyTorch.</summary>
    public static PythonPeer? FindTorch(string? python, string script, out string missing) => Find(python, script, "torch", "Install PyTorch", out missing);

    private static PythonPeer? Find(string? python, string script, string module, string remedy, out string missing)
    {
        missing = string.Empty;
        if (!File.Exists(script))
        {
            missing = $"The {module} peer {Path.GetFileName(script)} was not found, so no solves are compared with it. Run from a checkout with bench/peers, or name it with --peer FILE.";
            return null;
        }

        string? named = python ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } value ? value : null);
        string[] candidates = named is not null ? [named] : ["python3", SystemPython];
        string? found = candidates.FirstOrDefault(candidate => Imports(candidate, module));
        if (found is null)
        {
            missing = $"No Python with {module} was found (tried {string.Join(", ", candidates)}), so no solves are compared with it. " +
                $"{remedy}, or name an interpreter with --python FILE or {Variable}.";
            return null;
        }

        return new PythonPeer(found, script);
    }

    public PeerReport Run(string channelFile, string precoder, int iterations, int repeats, int threadCount, int realizationCount)
    {
        string[] arguments =
        [
            script, "--channels", channelFile, "--precoder", precoder, "--iterations", Text(iterations), "--repeats", Text(repeats), "--threads", Text(threadCount),
            "--limit-realizations", Text(realizationCount), "--snr-db", Drops.SnrDb.ToString(CultureInfo.InvariantCulture), "--normalize", "mean",
        ];
        return Run(precoder, arguments, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Channels, budgets, noise, weights and serving sets of the file as they are.</summary>
    /// <param name="oneAtATime">Drop by drop as the equations read, in double precision; otherwise batches in single.</param>
    public PeerReport RunStreams(string channelFile, string precoder, int iterations, int repeats, int processes, bool oneAtATime) => Run(
        precoder,
        [
            script, "--channels", channelFile, "--precoder", precoder, "--iterations", Text(iterations), "--repeats", Text(repeats), "--threads", Text(processes),
            "--precision", oneAtATime ? "double" : "single", .. oneAtATime ? (string[])["--one-at-a-time"] : [],
        ],
        Timeout.InfiniteTimeSpan);

    /// <summary>Batches of these sizes, the file's realizations over and over.</summary>
    /// <param name="limit">After which the peer has failed.</param>
    public PeerReport RunBatches(string channelFile, string precoder, int iterations, IEnumerable<int> batches, TimeSpan limit) => Run(
        precoder,
        [
            script, "--channels", channelFile, "--precoder", precoder, "--iterations", Text(iterations), "--snr-db", Drops.SnrDb.ToString(CultureInfo.InvariantCulture),
            "--normalize", "mean", "--batches", .. batches.Select(Text),
        ],
        limit);

    /// <summary>The same of streams; channels, budgets, noise, weights and serving sets of the file as they are.</summary>
    /// <param name="equation">How multipliers are found: eigen or cholesky.</param>
    public PeerReport RunStreamBatches(string channelFile, string precoder, int iterations, string equation, IEnumerable<int> batches, TimeSpan limit) => Run(
        precoder,
        [script, "--channels", channelFile, "--precoder", precoder, "--iterations", Text(iterations), "--equation", equation, "--repeats", "2", "--batches", .. batches.Select(Text)],
        limit);

    private PeerReport Run(string precoder, string[] arguments, TimeSpan limit)
    {
        (int exitCode, string output, string error) = RunProcess(python, arguments, limit);
        if (exitCode != 0)
        {
            throw new PeerException($"{precoder}: the peer ended with exit code {exitCode}: {LastLine(error)}");
        }

        try
        {
            return JsonSerializer.Deserialize<PeerReport>(output) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw new PeerException($"{precoder}: the peer printed '{LastLine(output)}', expected one JSON object with seconds and sum_rate.");
        }
    }

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static bool Imports(string python, string module)
    {
        try
        {
            return RunProcess(python, ["-c", $"import {module}"], Timeout.InfiniteTimeSpan).ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false; // no such program
        }
    }

    private static (int ExitCode, string Output, string Error) RunProcess(string program, string[] arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (OpenBlas.CoreType is { } coreType)
        {
            start.Environment.TryAdd(OpenBlas.CoreTypeVariable, coreType);
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            throw new PeerException($"the peer was stopped after {limit.TotalSeconds:F0} seconds");
        }

        return (process.ExitCode, output.Result, error.Result);
    }

    private static string LastLine(string text) => text.Trim().Split('\n')[^1].Trim();
}

/// <summary>The peer failed or disagrees; the rest of the race goes on.</summary>
internal sealed class PeerException(string message) : Exception(message);
