using BenchmarkDotNet.Attributes;

namespace Precoding.Benchmarks.Solvers;

/// <summary>One iteration, the mean over iterations 2 to 11 from maximum ratio. The solve waits in its progress report until it is timed.</summary>
public class IterationBenchmarks : ProcessorSolverBenchmark
{
    private const int TimedIterations = 10;

    private readonly Gate gate = new();
    private Task solve = Task.CompletedTask;

    /// <summary>Those that iterate on and on: layers come to an end before.</summary>
    public static IEnumerable<string> Precoders => PrecoderCatalog.Entries
        .Where(e => e.DefaultOptions is CoherentOptions and not (ClosedFormOptions or UnfoldedProjectedGradientOptions)).Select(e => e.Name);

    [ParamsSource(nameof(Precoders))]
    public string Precoder { get; set; } = PrecoderCatalog.DefaultName;

    [IterationSetup]
    public void BeginSolve()
    {
        gate.Close();
        solve = Task.Run(() =>
        {
            try
            {
                Solver.Solve(Channels, progress: gate);
            }
            finally
            {
                gate.SolveEnded(); // also when it settles early
            }
        });
        gate.WaitForFirstIteration();
    }

    [Benchmark(OperationsPerInvoke = TimedIterations)]
    public void Simd() => gate.OpenAndWaitForLastIteration();

    [IterationCleanup]
    public void EndSolve() => solve.Wait();

    protected override IPrecoder CreatePrecoder()
    {
        PrecoderEntry entry = PrecoderCatalog.Find(Precoder);
        return entry.Create(entry.DefaultOptions with { MaxIterations = 1 + TimedIterations, Tolerance = 0, CheckInterval = 1 });
    }

    private sealed class Gate : IProgress<SolveProgress>
    {
        private readonly ManualResetEventSlim first = new(), open = new(), last = new();

        public void Report(SolveProgress value)
        {
            if (value.Iteration == 1)
            {
                first.Set();
                open.Wait();
            }
            else if (value.Iteration == value.MaxIterations)
            {
                last.Set();
            }
        }

        public void Close()
        {
            first.Reset();
            open.Reset();
            last.Reset();
        }

        public void WaitForFirstIteration() => first.Wait();

        public void OpenAndWaitForLastIteration()
        {
            open.Set();
            last.Wait();
        }

        public void SolveEnded()
        {
            first.Set();
            last.Set();
        }
    }
}
