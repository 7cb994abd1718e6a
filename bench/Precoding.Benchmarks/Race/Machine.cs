using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace Precoding.Benchmarks.Race;

/// <summary>What runs the race, without names of hosts or people.</summary>
internal static partial class Machine
{
    /// <summary>The processor's own name where the system tells, else its architecture.</summary>
    public static string Processor
    {
        get
        {
            const string cpuInfo = "/proc/cpuinfo";
            string? line = File.Exists(cpuInfo) ? File.ReadLines(cpuInfo).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
            return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
        }
    }

    /// <summary>Mean number of runnable threads in the last minute; null where the system does not tell.</summary>
    public static double? LoadAverage
    {
        get
        {
            const string file = "/proc/loadavg";
            return File.Exists(file) ? double.Parse(File.ReadAllText(file).Split(' ')[0], CultureInfo.InvariantCulture) : null;
        }
    }

    /// <summary>The processor as a part of a file name: intel-xeon-2.80ghz-2-cores.</summary>
    public static string FileNamePart
    {
        get
        {
            return $"{AsFileNamePart(Processor)}-{Environment.ProcessorCount}-cores";
        }
    }

    private static string BuildCommit =>
        typeof(Machine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+') is [_, { Length: > 7 } hash] ? hash[..7] : "unknown";

    /// <summary>A maker's name as a part of a file name.</summary>
    public static string AsFileNamePart(string name) => string.Join('-', Separators().Split(Noise().Replace(name.ToLowerInvariant(), " ")).Where(w => w.Length > 0));

    /// <summary>The folder with BeamPrecoding.sln above the current one or above this program; null when neither is in a checkout.</summary>
    public static string? Repository { get; } = Above(Directory.GetCurrentDirectory()) ?? Above(AppContext.BaseDirectory);

    /// <summary>Short hash of the checkout; outside of one that of the build, or "unknown".</summary>
    public static string Commit => Git("rev-parse", "--short", "HEAD") is not { Length: > 0 } hash ? BuildCommit
        : Git("status", "--porcelain", "--untracked-files=no") is { Length: > 0 } ? $"{hash}-dirty" : hash;

    private static string? Above(string folder)
    {
        for (DirectoryInfo? at = new(folder); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "BeamPrecoding.sln")))
            {
                return at.FullName;
            }
        }

        return null;
    }

    private static string? Git(params string[] arguments)
    {
        if (Repository is null)
        {
            return null;
        }

        try
        {
            using Process process = Process.Start(new ProcessStartInfo("git", ["-C", Repository, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            string output = process.StandardOutput.ReadToEnd().Trim();
            process.WaitForExit();
            return process.ExitCode == 0 ? output : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null; // no git
        }
    }

    [GeneratedRegex(@"\(r\)|\(tm\)|processor|cpu|@")]
    private static partial Regex Noise();

    [GeneratedRegex(@"[^a-z0-9.]+|(?<=\d)\s+(?=ghz)")]
    private static partial Regex Separators();
}
