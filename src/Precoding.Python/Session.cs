using System.CommandLine;
using System.Diagnostics;
using Precoding.Cli;
using Precoding.Cli.Devices;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Cli.Verbs;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>
/// The options of one or many solves, in the command line's words, with the device and the solvers' memory, which are kept while shape, budgets and noise stay
/// as they are. One solve at a time; others wait.
/// </summary>
internal sealed class Session : IDisposable
{
    private readonly SolveRequest request;
    private readonly Lock gate = new();
    private readonly List<ISolver> solvers = [];
    private IDevice? device;
    private SolveProblem? prepared; // what the solvers were made for
    private string meta = string.Empty;
    private bool isDisposed;

    public Session(IReadOnlyList<string> words)
    {
        var options = new SolveOptions();
        var command = new Command("solve");
        options.AddTo(command);
        request = options.Read(CommandWords.Parse(command, ["--channels", "H", .. words]));
        request.Precoders.Create(); // what does not fit is said before there are channels
    }

    public static UsageException Closed() => new("The solver was closed by another thread. Close it when all have ended.");

    /// <summary>Solves, and returns how the results are handed over.</summary>
    /// <param name="warmStart">P[realization, user, accessPoint, antenna], or null.</param>
    public Action<IArrayWriter> Solve(FileArray channels, IReadOnlyDictionary<string, FileArray> fields, FileArray? warmStart, Job job, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (isDisposed)
            {
                throw Closed();
            }

            try
            {
                return Solved(channels, fields, warmStart, job, cancellationToken);
            }
            catch
            {
                Forget();
                throw;
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isDisposed = true;
            Forget();
            device?.Dispose();
        }
    }

    private Action<IArrayWriter> Solved(FileArray channels, IReadOnlyDictionary<string, FileArray> fields, FileArray? warmStart, Job job, CancellationToken cancellationToken)
    {
        ChannelFileContent file = ChannelFile.Read(channels, fields, new ChannelFileOptions { Axes = request.Axes, DownlinkGain = request.DownlinkGain });
        SolveProblem problem = SolveProblem.Of(request, file, prepared?.Precoders);
        PrecoderBatch? start = warmStart is null ? null : WarmStartFile.From(warmStart, problem.Channels.Shape);
        device ??= DeviceChoice.Open(request.Device, request.Precision, request.ThreadCount);
        if (prepared is null || !IsFor(prepared, problem))
        {
            Prepare(problem = SolveProblem.Of(request, file), device);
        }

        SumRateBounds? bounds = request.Certificate ? new SumRateCertificate().Bound(problem.Channels, device, job, cancellationToken) : null;
        ChannelBatch known = problem.KnownChannels;
        var results = new List<(PrecodingResult Result, double Seconds)>();
        foreach (ISolver solver in solvers)
        {
            job.Begin(results.Count, solvers.Count);
            long began = Stopwatch.GetTimestamp();
            PrecodingResult result = solver.Solve(known, start, job, cancellationToken);
            results.Add((request.CsiNmseDb is null ? result : result.EvaluatedOn(problem.Channels, device), Stopwatch.GetElapsedTime(began).TotalSeconds));
        }

        var arrays = new ResultArrays(results, bounds);
        (string about, bool isInPlace) = (meta, channels.Holds(problem.Channels));
        return writer =>
        {
            arrays.AddTo(writer);
            writer.AddText("inPlace", isInPlace ? "yes" : "no");
            writer.AddText("axes", file.AssumedAxes);
            writer.AddText("meta", about);
        };
    }

    private void Prepare(SolveProblem problem, IDevice on)
    {
        Forget();
        foreach (IPrecoder precoder in problem.Precoders)
        {
            solvers.Add(precoder.CreateSolver(problem.Channels.Network, problem.Channels.Shape, on));
        }

        prepared = problem;
        meta = ResultJson.Provenance(on.Info, on.Precision, request.Precoders.Seed, RequestJson.Of(problem.Request, problem.Channels.Network, problem.Streams, problem.Precoders)).ToJsonString();
    }

    private void Forget()
    {
        solvers.ForEach(solver => solver.Dispose());
        solvers.Clear();
        prepared = null;
    }

    /// <summary>Whether solvers for the one do for the other: shape, budgets, noise, streams and their limits. Weights are taken anew by every solve.</summary>
    private static bool IsFor(SolveProblem one, SolveProblem other)
    {
        Network had = one.Channels.Network, has = other.Channels.Network;
        return one.Channels.Shape == other.Channels.Shape && had.AccessPoints.SequenceEqual(has.AccessPoints) && had.NoisePowerWatts == has.NoisePowerWatts &&
            had.Users.Select(WithoutWeight).SequenceEqual(has.Users.Select(WithoutWeight)) && one.Streams?.MaxStreams == other.Streams?.MaxStreams && (one.Streams?.Streams, other.Streams?.Streams) switch
            {
                (StreamRule.Table first, StreamRule.Table second) => first.Counts.Cast<int>().SequenceEqual(second.Counts.Cast<int>()),
                var (first, second) => Equals(first, second),
            };

        static User WithoutWeight(User user) => user with { Weight = 1 };
    }
}
