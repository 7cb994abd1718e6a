using System.Globalization;
using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Gpu.Tests.Cuda;

/// <summary>
/// The kernels' CUDA text, compiled to PTX by clang. It proves that the text is CUDA C++, complete, within the limits of a block's shared memory and without
/// spilled arrays; registers are virtual in PTX, how many a device needs only ptxas or the driver knows.
/// </summary>
public sealed partial class CudaCompilationTests
{
    /// <summary>Static shared memory that every device since 2010 gives a block.</summary>
    private const int SharedBytes = 48 << 10;

    /// <summary>Kernels with a private array whose index is not known to the compiler, and its bytes.</summary>
    private static readonly Dictionary<string, int> PrivateArrays = new()
    {
        ["searchStep"] = 80, // losses and steps of the five trials of a set, chosen among by one thread a realization
    };

    private static IEnumerable<TestCaseData> Programs =>
        from file in KernelSources.Files from precision in (Precision[])[Precision.Single, Precision.Double] select new TestCaseData(file, precision);

    [TestCaseSource(nameof(Programs))]
    public void CompilesToCompletePtx(string file, Precision precision)
    {
        string ptx = Compile(file, KernelSources.Compose(file, KernelLanguage.Cuda), precision);
        Entry[] entries = [.. EntriesOf(ptx)];
        foreach (Entry entry in entries)
        {
            TestContext.Out.WriteLine($"{entry.Name,-26} shared {entry.SharedBytes,6} B  local {entry.LocalBytes,4} B  virtual registers: {entry.Registers}");
        }

        KernelSignature[] kernels = [.. KernelSources.Signatures.Values.Where(kernel => kernel.File == file)];
        string[] atLaunch = kernels.Any(kernel => kernel.Parameters.Contains(ParameterType.SharedMemory)) ? [".extern .shared .align 16 .b8 shared_at_launch[];"] : [];
        Assert.Multiple(() =>
        {
            Assert.That(entries.Select(entry => entry.Name), Is.EquivalentTo(kernels.Select(kernel => kernel.Name)), "entry points, unmangled");
            Assert.That(Regex.Matches(ptx, @"^\s*\.extern.*$", RegexOptions.Multiline).Select(match => match.Value), Is.EqualTo(atLaunch), "what nothing supplies");
            Assert.That(Regex.Matches(ptx, @"^\s*call.*$", RegexOptions.Multiline).Select(match => match.Value), Is.Empty, "functions that were not inlined");
            foreach (Entry entry in entries)
            {
                Assert.That(entry.SharedBytes, Is.LessThanOrEqualTo(SharedBytes), $"{entry.Name}: static shared memory");
                Assert.That(entry.LocalBytes, Is.LessThanOrEqualTo(PrivateArrays.GetValueOrDefault(entry.Name)), $"{entry.Name}: a private array that is not in registers");
            }
        });
    }

    [Test]
    public void AWarningFails() =>
        Assert.That(
            () => Compile("careless.kernel.c", KernelSources.Compose(KernelSources.Files.First(), KernelLanguage.Cuda) + "#line 1 \"careless.kernel.c\"\nDEVICE int f() { int a; return a; }\nKERNEL void g(int* x) { *x = f(); }\n", Precision.Single),
            Throws.TypeOf<AssertionException>().With.Message.Contains("careless.kernel.c:1").And.Message.Contains("uninitialized"));

    /// <summary>What the sizes are read from.</summary>
    [Test]
    public void SizesAreReadFromPtx()
    {
        const string source = """
            KERNEL void sizes(int n, double* x)
            {
                SHARED double scratch[256];
                double many[24];
                for (int i = 0; i < 24; i++) { many[i] = x[i * n]; }
                scratch[THREAD] = many[n];
                BARRIER;
                x[THREAD] = scratch[255 - THREAD] + many[n + 1];
            }
            """;
        Entry entry = EntriesOf(Compile("sizes.kernel.c", KernelSources.Compose(KernelSources.Files.First(), KernelLanguage.Cuda) + source, Precision.Single)).Single(entry => entry.Name == "sizes");
        Assert.That((entry.SharedBytes, entry.LocalBytes), Is.EqualTo((2048, 192)));
    }

    private static string Compile(string file, string source, Precision precision)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("cuda-compilation-");
        try
        {
            string text = Path.Combine(directory.FullName, file + ".cu"), ptx = Path.Combine(directory.FullName, file + ".ptx");
            File.WriteAllText(text, source);
            string[] defines = [.. KernelLibrary.OptionsFor(KernelLanguage.Cuda, precision, LaunchShapes.Gpu).Where(option => option.StartsWith("-D", StringComparison.Ordinal))];
            Clang.Compile(
                $"{file} in {precision}",
                [
                    "-x", "cuda", "--cuda-device-only", "--cuda-gpu-arch=sm_80", "-nocudainc", "-nocudalib", "-include", Path.Combine(AppContext.BaseDirectory, "Cuda", "cuda_without_sdk.h"),
                    "-std=c++14", "-O3", "-Wall", "-Wextra", "-Werror",
                    "-Wno-unused-function", // every program has all of complex.h and reduce.h
                    "-Wno-linker-warnings", "-Xclang", "-mlink-builtin-bitcode", "-Xclang", Clang.NvidiaLibrary, // the library names another vendor in its target
                    .. defines, "-S", text, "-o", ptx,
                ]);
            return File.ReadAllText(ptx);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static IEnumerable<Entry> EntriesOf(string ptx)
    {
        int outside = BytesOf("shared", EntryText().Replace(ptx, string.Empty)); // shared by several kernels: counted for each
        foreach (Match entry in EntryText().Matches(ptx))
        {
            string registers = string.Join(", ", Register().Matches(entry.Value).Select(match => $"{match.Groups["count"]} {match.Groups["type"]}"));
            yield return new Entry(entry.Groups["name"].Value, outside + BytesOf("shared", entry.Value), BytesOf("local", entry.Value), registers);
        }
    }

    private static int BytesOf(string space, string ptx) =>
        Regex.Matches(ptx, $@"^\s*\.{space} \.align \d+ \.b8\s+[\w$]+\[(?<bytes>\d+)\];", RegexOptions.Multiline).Sum(match => int.Parse(match.Groups["bytes"].Value, CultureInfo.InvariantCulture));

    private sealed record Entry(string Name, int SharedBytes, int LocalBytes, string Registers);

    [GeneratedRegex(@"^\.visible \.entry (?<name>[\w$]+)\(.*?^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex EntryText();

    [GeneratedRegex(@"\.reg \.(?<type>\w+)\s+%\w+<(?<count>\d+)>;")]
    private static partial Regex Register();
}
