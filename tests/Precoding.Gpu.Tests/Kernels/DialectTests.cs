using System.Text.RegularExpressions;
using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Tests.Kernels;

/// <summary>Kernels say what both preludes define and C has; what belongs to one language stays in its prelude.</summary>
public sealed partial class DialectTests
{
    /// <summary>Whole words, as regular expressions.</summary>
    private static readonly string[] NativeWords =
    [
        // OpenCL
        "__kernel", "kernel", "__global", "global", "__local", "local", "__constant", "constant", "__private", "private", "__read_only", "__write_only", "__read_write", "read_only",
        "write_only", "read_write", "reqd_work_group_size", "work_group_size_hint", "vec_type_hint", "restrict", @"get_(global|local|group|num|work|enqueued)_\w+", "barrier",
        @"\w*mem_fence", @"CLK_\w+", @"cl_\w+", "event_t", "half", "uchar", "ushort", "uint", "ulong", "size_t", "ptrdiff_t", "intptr_t", "uintptr_t", "image[123]d_t", "sampler_t",
        @"(char|uchar|short|ushort|int|uint|long|ulong|half|float|double)(2|3|4|8|16)", @"v(load|store)\w+", @"convert_\w+", @"as_(int|uint|long|ulong|float|double)\w*", @"native_\w+", @"half_\w+",
        @"atom(ic)?_\w+", @"work_group_\w+", @"sub_group_\w+", "async_work_group_copy", "mad", "mad24", "mul24", "mul_hi", "select", "bitselect", "isless", "isgreater", "M_PI", "MAXFLOAT",
        // CUDA
        "__global__", "__device__", "__host__", "__shared__", "__constant__", "__managed__", "__restrict__", "__launch_bounds__", "__forceinline__", "__noinline__", "threadIdx", "blockIdx",
        "blockDim", "gridDim", "warpSize", @"__sync\w+", @"__threadfence\w*", @"__shfl\w*", @"__ldg", @"__ldcg", @"atomic[A-Z]\w+", @"__f?(add|mul|sub|div|ma)_r[nzud]", @"__\w+f_rn", "rsqrtf", "sincospi",
        @"make_(float|double|int)\w+", "nullptr", "template", "typename", "class", "namespace", "auto", "extern", "reinterpret_cast", "static_cast", "constexpr", "bool", "true", "false", "new", "delete",
        // Library functions and types whose names or widths differ: the dialect has SQRT, LOG, EXP, FMA, REAL_SQRT and wide
        "fma", "fmaf", "sqrt", "sqrtf", "rsqrt", "log", "logf", "log2", "exp", "expf", "pow", "powf", "sin", "cos", "sinf", "cosf", "sincos", "fabs", "fabsf", "fmin", "fmax", "min", "max", "abs", "isnan",
        "isfinite", "isinf", "printf", "long", "inline", "asm", "goto", "volatile", "__asm__", @"__builtin_\w+",
    ];

    private static readonly Regex NativeWord = new($@"\b({string.Join('|', NativeWords)})\b", RegexOptions.CultureInvariant);

    private static IEnumerable<string> SharedTexts => KernelSources.SharedTexts;

    private static IEnumerable<string> Files => KernelSources.Files;

    [TestCaseSource(nameof(SharedTexts))]
    public void OnlyPreludesUseWordsOfOneLanguage(string file)
    {
        string[] lines = WithoutComments(KernelSources.TextOf(file)).Split('\n');
        var found = new List<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            found.AddRange(NativeWord.Matches(lines[i]).Select(match => $"{file}:{i + 1}: {match.Value}"));
        }

        Assert.That(found, Is.Empty, "words of one language belong in prelude.opencl.h and prelude.cuda.h, under one name");
    }

    [Test]
    public void TheLintSeesNativeWords() =>
        Assert.That(NativeWord.Matches("__kernel void f(__global float2* a) { barrier(0); size_t half = get_global_id(0) + threadIdx.x; __syncthreads(); }").Select(match => match.Value),
            Is.EqualTo((string[])["__kernel", "__global", "float2", "barrier", "size_t", "half", "get_global_id", "threadIdx", "__syncthreads"]));

    [Test]
    public void BothPreludesDefineTheSameWords() =>
        Assert.That(WordsOf("prelude.cuda.h"), Is.EquivalentTo(WordsOf("prelude.opencl.h")));

    [TestCaseSource(nameof(SharedTexts))]
    public void TextsAreAsciiAndEndInOneLine(string file)
    {
        string text = KernelSources.TextOf(file);
        Assert.Multiple(() =>
        {
            Assert.That(text.Where(c => c is > '~' or < ' ' and not '\n'), Is.Empty, "compilers differ in what they make of other characters");
            Assert.That(text, Does.EndWith("\n").And.Not.EndsWith("\n\n"));
        });
    }

    [TestCaseSource(nameof(Files))]
    public void EveryKernelIsNamedInACommentAboveIt(string file)
    {
        string text = KernelSources.TextOf(file);
        Assert.Multiple(() =>
        {
            foreach (KernelSignature kernel in KernelSources.SignaturesOf(file, text))
            {
                string above = text[..text.IndexOf($"void {kernel.Name}(", StringComparison.Ordinal)];
                string comments = string.Join('\n', above.Split('\n').Where(line => line.StartsWith("//", StringComparison.Ordinal)));
                string family = Regex.Replace(Regex.Replace(kernel.Name, "_[a-z]+$", "_XY"), "(Single|Double|Few|Many|Any)$", string.Empty); // product_XY and loadChannels speak for several
                Assert.That(Regex.IsMatch(comments, $@"\b({kernel.Name}|{family})\b"), $"{file}: no comment above kernel {kernel.Name} names it");
            }
        });
    }

    [TestCaseSource(nameof(Files))]
    public void EveryKernelHasAHeadThatTheHostCanRead(string file)
    {
        string text = KernelSources.TextOf(file);
        KernelSignature[] signatures = [.. KernelSources.SignaturesOf(file, text)];
        Assert.Multiple(() =>
        {
            Assert.That(signatures, Is.Not.Empty);
            Assert.That(signatures, Has.Length.EqualTo(Regex.Count(WithoutComments(text), @"\bKERNEL\b")), "a KERNEL whose head is written otherwise is not seen by the host");
            Assert.That(signatures.Select(s => s.Parameters.Count), Is.All.Positive);
            Assert.That(signatures.Select(s => s.GroupSize), Is.All.AnyOf([.. LaunchShapes.Gpu.Defines.Keys]), "GROUP_SIZE takes a name of LaunchShapes");
        });
    }

    [Test]
    public void KernelNamesAreUnique()
    {
        string[] names = [.. Files.SelectMany(file => KernelSources.SignaturesOf(file, KernelSources.TextOf(file))).Select(signature => signature.Name)];
        Assert.Multiple(() =>
        {
            Assert.That(names, Is.Unique);
            Assert.That(KernelSources.Signatures.Keys, Is.EquivalentTo(names));
        });
    }

    /// <summary>PoCL 3.1 compiles other forms to endless loops or wrong results: a kernel that waits, itself or in a function or macro that it calls, ends with BARRIER.</summary>
    [TestCaseSource(nameof(Files))]
    public void KernelsThatWaitEndWithABarrier(string file)
    {
        string text = WholeText(file);
        HashSet<string> waits = WhatWaits(text);
        string[] offenders = [.. Kernel().Matches(text).Where(match => CallsAny(match.Groups["body"].Value, waits) && !match.Groups["body"].Value.TrimEnd().EndsWith("\n    BARRIER;", StringComparison.Ordinal))
            .Select(match => match.Groups["name"].Value)];
        Assert.That(offenders, Is.Empty);
    }

    /// <summary>The lint sees through a header that is included more than once under different names.</summary>
    [Test]
    public void FunctionsOfHeadersAreSeenUnderEveryName() =>
        Assert.That(
            WhatWaits(WholeText("hermitian_eigen.kernel.c")),
            Is.SupersetOf((string[])["group_sum", "find_turns", "apply_turns", "hermitian_eigen", "find_turns_shared", "apply_turns_shared", "hermitian_eigen_shared", "secular_root"])
                .And.None.EqualTo("pair_of").And.None.EqualTo("turn"));

    [Test]
    public void HeadersHoldNoKernels() =>
        Assert.That(SharedTexts.Except(Files).Where(file => WithoutComments(KernelSources.TextOf(file)).Contains("KERNEL", StringComparison.Ordinal)), Is.Empty);

    /// <summary>Compilers are given no files: a header stands in its place, under its own name and lines.</summary>
    [Test]
    public void AHeaderStandsWhereItIsIncluded()
    {
        string text = KernelSources.Expand("odd.kernel.c", "first\n#include \"reduce.h\"\nthird\n");
        Assert.Multiple(() =>
        {
            Assert.That(text, Is.EqualTo($"first\n#line 1 \"reduce.h\"\n{KernelSources.TextOf("reduce.h")}#line 3 \"odd.kernel.c\"\nthird\n"));
            Assert.That(
                () => KernelSources.Expand("odd.kernel.c", "\n#include \"absent.h\"\n"),
                Throws.InvalidOperationException.With.Message.EqualTo("odd.kernel.c:2: includes absent.h, but there are only: complex.h, jacobi.h, reduce.h, streams.h."));
            foreach (string file in Files)
            {
                Assert.That(KernelSources.Compose(file, KernelLanguage.OpenCl), Does.Not.Contain("#include"), file);
            }
        });
    }

    /// <summary>In CUDA the parameter gets its value there.</summary>
    [TestCaseSource(nameof(Files))]
    public void KernelsWithSharedMemoryOfALaunchBeginWithItsWord(string file)
    {
        string text = WithoutComments(KernelSources.TextOf(file));
        string[] wrong = [.. Kernel().Matches(text).Where(kernel =>
        {
            string name = SharedParameter().Match(kernel.Groups["parameters"].Value).Groups["name"].Value;
            return name.Length > 0
                ? !kernel.Groups["body"].Value.StartsWith($"    SHARED_AT_LAUNCH({name});\n", StringComparison.Ordinal) || Regex.Count(kernel.Groups["body"].Value, "SHARED_AT_LAUNCH") > 1
                : kernel.Groups["body"].Value.Contains("SHARED_AT_LAUNCH", StringComparison.Ordinal);
        }).Select(kernel => kernel.Groups["name"].Value)];
        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void SharedMemoryOfALaunchIsTheLastParameter() =>
        Assert.That(
            () => KernelSources.SignaturesOf("odd.kernel.c", "KERNEL GROUP_SIZE(GROUP)\nvoid odd(IN_SHARED double* work, const int n)\n{\n}\n").ToArray(),
            Throws.InvalidOperationException.With.Message.EqualTo("odd.kernel.c: kernel odd has a parameter IN_SHARED double* that is not its last."));

    [TestCase("IN_SHARED float* a")]
    [TestCase("const float a")]
    [TestCase("int a")]
    [TestCase("GLOBAL const cplx* a")]
    [TestCase("GLOBAL wide* RESTRICT a")]
    public void AParameterOfAnotherFormIsAnError(string parameter)
    {
        string text = $"KERNEL GROUP_SIZE(GROUP)\nvoid odd(const int n, {parameter})\n{{\n}}\n";
        Assert.That(() => KernelSources.SignaturesOf("odd.kernel.c", text).ToArray(), Throws.InvalidOperationException.With.Message.Contains($"parameter '{parameter}' of kernel odd"));
    }

    [Test]
    public void ParametersAreReadInOrder()
    {
        const string text = "KERNEL GROUP_SIZE(BLOCK_GROUP)\nvoid all(\n    const int a, const real b, const double c, GLOBAL cplx* RESTRICT d,\n    GLOBAL const real* RESTRICT e, GLOBAL double* RESTRICT f, GLOBAL const float* RESTRICT g, GLOBAL int* RESTRICT h, IN_SHARED double* i)\n{\n}\n";
        KernelSignature signature = KernelSources.SignaturesOf("all.kernel.c", text).Single();
        Assert.Multiple(() =>
        {
            Assert.That((signature.Name, signature.File, signature.GroupSize), Is.EqualTo(("all", "all.kernel.c", "BLOCK_GROUP")));
            Assert.That(signature.Parameters, Is.EqualTo((ParameterType[])
            [
                ParameterType.Int, ParameterType.Real, ParameterType.Double, ParameterType.ComplexMemory, ParameterType.RealMemory, ParameterType.DoubleMemory, ParameterType.FloatMemory,
                ParameterType.IntMemory, ParameterType.SharedMemory,
            ]));
        });
    }

    private static IEnumerable<string> WordsOf(string prelude) =>
        Definition().Matches(KernelSources.TextOf(prelude)).Select(match => match.Groups["name"].Value).Distinct();

    private static string WithoutComments(string text) => Comment().Replace(text, match => new string('\n', match.Value.Count(c => c == '\n')));

    /// <summary>Of the headers what waits, and a file with what it includes, functions under the names that IN_PLACE gives them where they are included.</summary>
    private static string WholeText(string file)
    {
        string[] lines = WithoutComments(string.Join('\n', KernelSources.TextOf("reduce.h"), KernelSources.Expand(file, KernelSources.TextOf(file)))).Split('\n');
        string given = "name";
        for (int i = 0; i < lines.Length; i++)
        {
            given = PlaceNames().Match(lines[i]) is { Success: true } match ? match.Groups["given"].Value : given;
            lines[i] = NameInPlace().Replace(lines[i], use => given.Replace("name", use.Groups["name"].Value, StringComparison.Ordinal).Replace("##", string.Empty, StringComparison.Ordinal));
        }

        return string.Join('\n', lines);
    }

    private static HashSet<string> WhatWaits(string text)
    {
        var waits = new HashSet<string> { "BARRIER", "tensor_multiply" }; // the last is of the preludes
        Match[] callables = [.. Callable().Matches(text).Cast<Match>()];
        while (callables.Any(match => CallsAny(match.Groups["body"].Value, waits) && waits.Add(match.Groups["name"].Value)))
        {
            // what calls one that waits, waits
        }

        return waits;
    }

    private static bool CallsAny(string body, HashSet<string> names) => Word().Matches(body).Any(match => names.Contains(match.Value));

    [GeneratedRegex(@"\w+")]
    private static partial Regex Word();

    /// <summary>Functions on one line, functions to their closing brace, macros to their last continued line.</summary>
    [GeneratedRegex(
        @"^DEVICE [\w ]+?\*? ?(?<name>\w+)\([^)]*\) \{(?<body>[^\n]*)\}$|^DEVICE [\w ]+?\*? ?(?<name>\w+)\([^)]*\)(?<body>.*?)^\}|^#define (?<name>\w+)(?<body>(?:[^\n]*\\\n)*[^\n]*)",
        RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Callable();

    [GeneratedRegex(@"^KERNEL GROUP_SIZE\(\w+\)\s+void (?<name>\w+)\((?<parameters>[^)]*)\)\s*\{\n(?<body>.*?)^\}", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Kernel();

    [GeneratedRegex(@"IN_SHARED double\* (?<name>\w+)$")]
    private static partial Regex SharedParameter();

    [GeneratedRegex(@"^#define IN_PLACE\(name\) (?<given>\S+)$")]
    private static partial Regex PlaceNames();

    [GeneratedRegex(@"(?<!#define )\bIN_PLACE\((?<name>\w+)\)")]
    private static partial Regex NameInPlace();

    [GeneratedRegex(@"//[^\n]*|/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"^(?:#define (?<name>\w+)|typedef .*?(?<name>\w+);)", RegexOptions.Multiline)]
    private static partial Regex Definition();
}
