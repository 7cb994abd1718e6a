using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Precoding.Cli;
using Precoding.Cli.Verbs;
using Precoding.Simulation;

namespace Precoding.Python;

/// <summary>
/// What Python calls, [python/beamprecoding/_host.py]. Handles are counted by their owner, who frees them; no exception leaves. A session or job that could not be made is a
/// job that has ended with the reason. Words are UTF-8 with a zero byte between them.
/// </summary>
internal static unsafe class EntryPoints
{
    private const int ConcurrentJobs = 64; // jobs mostly wait for threads of engines: the pool need not hesitate to add theirs

    private static readonly ConcurrentDictionary<nint, object> Owned = new(); // a handle of what another thread has freed is refused, not followed
    private static int lastHandle;

    static EntryPoints()
    {
        ThreadPool.GetMinThreads(out int workers, out int completions);
        ThreadPool.SetMinThreads(Math.Max(workers, ConcurrentJobs), completions);
    }

    /// <summary>A session for the options; a job where they do not fit.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static nint OpenSession(byte* words, int length, int* isJob)
    {
        string[] texts = CommandWords.Of(words, length);
        Session? session = null;
        Job job = Job.Now(() =>
        {
            session = new Session(texts);
            return string.Empty;
        });
        *isJob = session is null ? 1 : 0;
        return HandleOf((object?)session ?? job);
    }

    /// <summary>Begins a solve. Arrays: H, then warmStart where there is one, then what lies beside H in a channel file.</summary>
    /// <param name="isShort">1 to solve before returning.</param>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static nint StartSolve(nint session, ForeignArray* arrays, int count, int isShort)
    {
        var solver = Owned.GetValueOrDefault(session) as Session;
        nint address = (nint)arrays; // lives as long as the job, as the arrays do
        return HandleOf(Job.Start((job, stop) =>
        {
            var fields = new Dictionary<string, FileArray>(count);
            for (int i = 0; i < count; i++)
            {
                FileArray array = ((ForeignArray*)address)[i].InPlace();
                fields[array.Source] = array;
            }

            fields.Remove("warmStart", out FileArray? warmStart);
            fields.Remove("H", out FileArray? channels);
            return (solver ?? throw Session.Closed()).Solve(channels!, fields, warmStart, job, stop);
        }, isShort != 0));
    }

    /// <summary>Begins to generate channels.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static nint StartDrop(byte* words, int length)
    {
        string[] texts = CommandWords.Of(words, length);
        return HandleOf(Job.Start((_, _) =>
        {
            DropChannels drop = DropChannels.Generate(CommandWords.Drop(texts));
            return writer => ChannelFile.AddTo(writer, drop.Channels, drop.Extras);
        }));
    }

    /// <summary>A text: "precoders", "version", or what a verb of the tool prints.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static nint Ask(byte* words, int length)
    {
        string[] texts = CommandWords.Of(words, length);
        return HandleOf(Job.Now(() => texts switch
        {
            ["precoders"] => CommandWords.Precoders(),
            ["version"] => ToolVersion.Version,
            _ => CommandWords.Run(texts),
        }));
    }

    /// <summary>1 as soon as the job has ended, 0 when it has not in that time.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int Wait(nint job, int milliseconds, JobProgress* progress) => JobOf(job).Wait(milliseconds, out *progress) ? 1 : 0;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Cancel(nint job) => JobOf(job).Cancel();

    /// <summary>Exit code of a job that has ended, and its text, which stays until the job is freed.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int Outcome(nint job, byte** text, int* length)
    {
        Job ended = JobOf(job);
        *text = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(ended.Text));
        *length = ended.Text.Length;
        return ended.ExitCode;
    }

    /// <summary>Copies the arrays that <see cref="Outcome"/> lists; 0, or 1 where the destinations do not fit them.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static int Fetch(nint job, void** destinations, long* sizes, int count)
    {
        try
        {
            JobOf(job).AddTo(new ArrayCopy(destinations, sizes, count));
            return ExitCode.Done;
        }
        catch (Exception)
        {
            return ExitCode.SolverFailed;
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    public static void Free(nint handle)
    {
        if (Owned.TryRemove(handle, out object? target))
        {
            ((IDisposable)target).Dispose();
        }
    }

    private static nint HandleOf(object target)
    {
        nint handle = Interlocked.Increment(ref lastHandle);
        Owned[handle] = target;
        return handle;
    }

    private static Job JobOf(nint handle) => (Job)Owned[handle];
}
