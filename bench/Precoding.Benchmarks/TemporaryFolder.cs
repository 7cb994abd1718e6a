using System.Runtime.InteropServices;

namespace Precoding.Benchmarks;

/// <summary>A folder of its own among the system's temporary ones, deleted in the end, also where Ctrl-C or another signal is the end.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("precoding-bench-");
    private readonly PosixSignalRegistration[] signals;

    public TemporaryFolder() =>
        signals = [.. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP]).Select(signal => PosixSignalRegistration.Create(signal, _ => directory.Delete(recursive: true)))];

    public string FullName => directory.FullName;

    public string PathOf(string name) => Path.Combine(FullName, name);

    public void Dispose()
    {
        foreach (PosixSignalRegistration signal in signals)
        {
            signal.Dispose();
        }

        directory.Delete(recursive: true);
    }
}
