using BenchmarkDotNet.Running;
using Precoding.Benchmarks;
using Precoding.Benchmarks.Peers;

if (!OpenBlas.IsAvailable)
{
    Console.WriteLine(OpenBlas.Missing);
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, BenchmarkConfig.Create());
return 0;
