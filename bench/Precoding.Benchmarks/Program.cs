using System.CommandLine;
using BenchmarkDotNet.Running;
using Precoding.Benchmarks;
using Precoding.Benchmarks.Blocks;
using Precoding.Benchmarks.Budget;
using Precoding.Benchmarks.Deadlines;
using Precoding.Benchmarks.Peers;
using Precoding.Benchmarks.Race;

if (args is ["race" or "gpu-race" or "budget" or "blocks" or "deadline", ..])
{
    ParseResult parsed = new RootCommand { RaceCommand.Create(), GpuRaceCommand.Create(), BudgetCommand.Create(), BlocksCommand.Create(), DeadlineCommand.Create() }.Parse(args);
    int exitCode = parsed.Invoke();
    return parsed.Errors.Count > 0 ? RaceCommand.ExitBadCommandLine : exitCode;
}

if (!OpenBlas.IsAvailable)
{
    Console.WriteLine(OpenBlas.Missing);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create());
return 0;
