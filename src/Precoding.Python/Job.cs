using System.Text;
using Precoding.Cli;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>How far a job is, as Python reads it.</summary>
internal struct JobProgress
{
    public int Precoder, PrecoderCount, RealizationsDone, RealizationCount, Start, StartCount, Iteration, MaxIterations;
}

/// <summary>Work on a thread of its own, so that Python's waits, looks for signals and may ask it to stop; then its outcome: an exit code of the tool, and arrays or a message.</summary>
internal sealed class Job : IProgress<SolveProgress>, IDisposable
{
    private readonly ManualResetEventSlim ended = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private JobProgress progress;
    private Action<IArrayWriter>? fill;
    private byte[] text = [];

    public int ExitCode { get; private set; }

    /// <summary>List of arrays, or what went wrong. UTF-8, pinned.</summary>
    public ReadOnlySpan<byte> Text => text;

    /// <summary>Starts work that returns how its arrays are added.</summary>
    /// <param name="isShort">Done on the calling thread, which cannot be interrupted meanwhile; waking another takes longer than the work.</param>
    public static Job Start(Func<Job, CancellationToken, Action<IArrayWriter>> work, bool isShort = false)
    {
        var job = new Job();
        if (isShort)
        {
            job.Run(work);
        }
        else
        {
            ThreadPool.UnsafeQueueUserWorkItem(_ => job.Run(work), null);
        }

        return job;
    }

    /// <summary>Does work at once that returns a text.</summary>
    public static Job Now(Func<string> work)
    {
        var job = new Job();
        job.Finish(() => job.SetText(work()));
        return job;
    }

    public bool Wait(int milliseconds, out JobProgress how)
    {
        bool hasEnded = ended.Wait(milliseconds);
        lock (gate)
        {
            how = progress;
        }

        return hasEnded;
    }

    public void Cancel() => stop.Cancel();

    /// <summary>Says which precoder of a list is at work.</summary>
    public void Begin(int precoder, int count)
    {
        lock (gate)
        {
            progress = new JobProgress { Precoder = precoder, PrecoderCount = count };
        }
    }

    public void Report(SolveProgress value)
    {
        lock (gate)
        {
            progress = progress with
            {
                RealizationsDone = value.RealizationsDone, RealizationCount = value.RealizationCount, Start = value.Start, StartCount = value.StartCount, Iteration = value.Iteration, MaxIterations = value.MaxIterations,
            };
        }
    }

    public void AddTo(IArrayWriter writer) => fill!(writer);

    public void Dispose()
    {
        if (ended.IsSet) // else the work still uses them
        {
            stop.Dispose();
            ended.Dispose();
        }
    }

    private void Run(Func<Job, CancellationToken, Action<IArrayWriter>> work) => Finish(() =>
    {
        fill = work(this, stop.Token);
        var list = new ArrayList();
        fill(list);
        SetText(list.ToString());
    });

    private void Finish(Action work)
    {
        try
        {
            work();
        }
        catch (Exception error) // none crosses the boundary
        {
            (ExitCode, string message) = CommandLine.Classify(error);
            SetText(message);
        }

        ended.Set();
    }

    private void SetText(string value)
    {
        text = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetByteCount(value), pinned: true);
        Encoding.UTF8.GetBytes(value, text);
    }
}
