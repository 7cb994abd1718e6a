using System.Runtime.CompilerServices;

namespace Precoding.Cpu.Threading;

/// <summary>Work split into numbered parts; a part's result must not depend on which worker runs it, so neither does the whole on the thread count.</summary>
internal interface IJob
{
    /// <param name="index">Number of the part.</param>
    /// <param name="worker">Who runs it, 0…ThreadCount−1: for scratch memory.</param>
    void Execute(int index, int worker);
}

/// <summary>
/// Fork and join without allocation: the caller works too, helpers spin for a while between jobs and then sleep. A helper that is late to a job is
/// not waited for: it joins by raising the count of those inside, and the caller closes the job when the parts have run out.
/// </summary>
internal sealed unsafe class WorkerPool : IDisposable
{
    private const int SpinsBeforeSleep = 3000;
    private const long Closed = 1L << 20; // below it: how many helpers are inside; above it: the job's number

    private readonly Thread[] helpers;
    private readonly SemaphoreSlim wake = new(0);
    private delegate*<void*, int, int, void> body;
    private void* job;
    private int partCount;
    private int nextPart;
    private int sleeping;
    private long state = Closed;
    private Exception? failure;
    private volatile bool disposed;

    public WorkerPool(int threadCount)
    {
        ThreadCount = threadCount;
        helpers = new Thread[threadCount - 1];
        for (int i = 0; i < helpers.Length; i++)
        {
            int worker = i + 1;
            helpers[i] = new Thread(() => Help(worker)) { IsBackground = true, Name = $"precoding-{worker}" };
            helpers[i].Start();
        }
    }

    public int ThreadCount { get; }

    /// <summary>Runs parts 0…count−1 of a job and returns when all are done.</summary>
    public void Run<TJob>(int count, TJob work)
        where TJob : struct, IJob
    {
        if (count <= 1 || helpers.Length == 0)
        {
            for (int i = 0; i < count; i++)
            {
                work.Execute(i, 0);
            }

            return;
        }

        job = Unsafe.AsPointer(ref work); // a parameter whose address is taken stays put and is reported to the collector until we return
        body = &Invoke<TJob>;
        partCount = count;
        failure = null;
        Volatile.Write(ref nextPart, 0);
        long number = (Volatile.Read(ref state) / (2 * Closed)) + 1;
        Volatile.Write(ref state, number * 2 * Closed); // open, nobody inside
        int toWake = Volatile.Read(ref sleeping) - wake.CurrentCount; // those on their way already hold a permit
        if (toWake > 0)
        {
            wake.Release(toWake);
        }

        try
        {
            TakeParts(0);
        }
        finally
        {
            Interlocked.Or(ref state, Closed);
            var spinner = new SpinWait();
            while ((Volatile.Read(ref state) & (Closed - 1)) != 0)
            {
                spinner.SpinOnce(sleep1Threshold: -1);
            }
        }

        if (failure is { } exception)
        {
            failure = null;
            throw new InvalidOperationException($"A part of {typeof(TJob).Name} failed on a worker thread.", exception);
        }
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        wake.Release(helpers.Length + 1);
        foreach (Thread helper in helpers)
        {
            helper.Join();
        }

        wake.Dispose();
    }

    private static void Invoke<TJob>(void* job, int index, int worker)
        where TJob : struct, IJob => Unsafe.AsRef<TJob>(job).Execute(index, worker);

    private void TakeParts(int worker)
    {
        int count = partCount;
        while (true)
        {
            int part = Interlocked.Increment(ref nextPart) - 1;
            if (part >= count)
            {
                return;
            }

            body(job, part, worker);
        }
    }

    private void Help(int worker)
    {
        long lastNumber = 0;
        int idle = 0;
        while (!disposed)
        {
            long seen = Volatile.Read(ref state);
            if ((seen & Closed) == 0 && seen / (2 * Closed) != lastNumber && Interlocked.CompareExchange(ref state, seen + 1, seen) == seen)
            {
                lastNumber = seen / (2 * Closed);
                try
                {
                    TakeParts(worker);
                }
                catch (Exception exception)
                {
                    failure = exception;
                }

                Interlocked.Decrement(ref state);
                idle = 0;
            }
            else if (++idle > SpinsBeforeSleep)
            {
                Interlocked.Increment(ref sleeping);
                wake.Wait(50);
                Interlocked.Decrement(ref sleeping);
                idle = 0;
            }
            else
            {
                Thread.SpinWait(10);
            }
        }
    }
}
