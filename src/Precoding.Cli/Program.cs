using System.Runtime.InteropServices;
using Precoding.Cli;
using Precoding.Cli.Output;

using var interrupt = new CancellationTokenSource();
using PosixSignalRegistration onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using PosixSignalRegistration onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
return await CommandLine.RunAsync(args, Terminal.OfProcess(), interrupt.Token);

void Stop(PosixSignalContext context)
{
    context.Cancel = !interrupt.IsCancellationRequested; // the first asks for what is done so far, the second ends the process
    interrupt.Cancel();
}
