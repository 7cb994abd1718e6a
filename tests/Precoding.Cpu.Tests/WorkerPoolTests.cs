using NUnit.Framework;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu.Tests;

internal sealed unsafe class WorkerPoolTests
{
    [Test]
    public void EveryPartRunsOnce([Values(1, 2, 3, 8)] int threads, [Values(0, 1, 2, 1000)] int parts)
    {
        using var pool = new WorkerPool(threads);
        int[] counts = new int[parts + 1];
        for (int round = 0; round < 200; round++)
        {
            fixed (int* start = counts)
            {
                pool.Run(parts, new CountJob(start));
            }
        }

        Assert.That(counts, Is.EqualTo(Enumerable.Repeat(200, parts).Append(0)));
    }

    [Test]
    public void APartThatFails_FailsTheRun_AndThePoolGoesOn()
    {
        using var pool = new WorkerPool(2);
        Assert.That(() => pool.Run(64, new FailJob()), Throws.InstanceOf<Exception>());
        int[] counts = new int[64];
        fixed (int* start = counts)
        {
            pool.Run(64, new CountJob(start));
        }

        Assert.That(counts, Is.All.EqualTo(1));
    }

    [Test]
    public void RunningAJob_AllocatesNothing()
    {
        using var pool = new WorkerPool(2);
        int[] counts = new int[64];
        fixed (int* start = counts)
        {
            pool.Run(64, new CountJob(start));
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int round = 0; round < 100; round++)
            {
                pool.Run(64, new CountJob(start));
            }

            Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
        }
    }

    private readonly struct CountJob(int* counts) : IJob
    {
        public void Execute(int index, int worker) => Interlocked.Increment(ref counts[index]);
    }

    private readonly struct FailJob : IJob
    {
        public void Execute(int index, int worker)
        {
            if (index == 33)
            {
                throw new InvalidOperationException("part 33");
            }
        }
    }
}
