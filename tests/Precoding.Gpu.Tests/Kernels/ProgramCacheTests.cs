using NUnit.Framework;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;
using Precoding.Gpu.Kernels;
using Precoding.Testing;

namespace Precoding.Gpu.Tests.Kernels;

/// <summary>The cache saves time and nothing else: whatever its files hold, the same programs come out.</summary>
public sealed class ProgramCacheTests : DirectoryTest
{
    private static readonly byte[] Payload = [.. Enumerable.Range(0, 1000).Select(i => (byte)(i * 7))];
    private static readonly string Key = ProgramCache.KeyOf("a key");

    private ProgramCache cache = null!;

    [SetUp]
    public void OpenCache() => cache = new ProgramCache(DirectoryPath);

    [Test]
    public void WhatIsStoredIsFoundAgain()
    {
        Assert.That(cache.Find(Key), Is.Null);
        cache.Store(Key, Payload);
        cache.Store(ProgramCache.KeyOf("empty"), []);
        Assert.Multiple(() =>
        {
            Assert.That(cache.Find(Key), Is.EqualTo(Payload));
            Assert.That(cache.Find(ProgramCache.KeyOf("empty")), Is.Empty);
            Assert.That(new ProgramCache(DirectoryPath).Find(Key), Is.EqualTo(Payload), "another process finds it too");
            Assert.That(cache.Find(ProgramCache.KeyOf("another key")), Is.Null);
        });
    }

    [Test]
    public void TheDirectoryIsMadeWhenItIsNeeded()
    {
        var deep = new ProgramCache(PathOf("a/b"));
        deep.Store(Key, Payload);
        Assert.That(deep.Find(Key), Is.EqualTo(Payload));
    }

    [Test]
    public void TheKeyDependsOnEveryPartAndOnWhereItEnds()
    {
        string[] keys = [ProgramCache.KeyOf("ab", "c"), ProgramCache.KeyOf("a", "bc"), ProgramCache.KeyOf("abc"), ProgramCache.KeyOf("ab", "c", ""), ProgramCache.KeyOf("ab", "d"), ProgramCache.KeyOf("xb", "c")];
        Assert.Multiple(() =>
        {
            Assert.That(keys, Is.Unique);
            Assert.That(ProgramCache.KeyOf("ab", "c"), Is.EqualTo(keys[0]));
            Assert.That(keys[0], Does.Match("^[0-9a-f]{64}$"));
        });
    }

    [Test]
    public void ATruncatedFileCountsAsAbsentAtAnyLength()
    {
        cache.Store(Key, Payload);
        byte[] whole = File.ReadAllBytes(FileOf(Key));
        foreach (int length in (int[])[0, 1, 7, 8, 39, 40, 41, whole.Length - 1])
        {
            File.WriteAllBytes(FileOf(Key), whole[..length]);
            Assert.That(cache.Find(Key), Is.Null, $"{length} of {whole.Length} bytes");
        }
    }

    [Test]
    public void AFlippedBitCountsAsAbsentWhereverItIs()
    {
        cache.Store(Key, Payload);
        byte[] whole = File.ReadAllBytes(FileOf(Key));
        for (int i = 0; i < whole.Length; i += 13)
        {
            byte[] damaged = [.. whole];
            damaged[i] ^= (byte)(1 << (i % 8));
            File.WriteAllBytes(FileOf(Key), damaged);
            Assert.That(cache.Find(Key), Is.Null, $"byte {i}");
        }
    }

    [Test]
    public void AForeignFileCountsAsAbsentAndIsReplaced()
    {
        File.WriteAllText(FileOf(Key), "another program's file, longer than the head of one of ours");
        Assert.That(cache.Find(Key), Is.Null);
        cache.Store(Key, Payload);
        Assert.That(cache.Find(Key), Is.EqualTo(Payload));
    }

    [Test]
    public void ADirectoryThatCannotBeWrittenIsNoError()
    {
        string file = PathOf("a file");
        File.WriteAllText(file, string.Empty);
        foreach (string impossible in (string[])[file, Path.Combine(file, "below"), "/proc/no such place"])
        {
            var unwritable = new ProgramCache(impossible);
            Assert.That(() => unwritable.Store(Key, Payload), Throws.Nothing, impossible);
            Assert.That(unwritable.Find(Key), Is.Null);
        }
    }

    [Test]
    public void WritersAtTheSameTimeNeverShowHalfAFile()
    {
        byte[][] payloads = [.. Enumerable.Range(1, 4).Select(i => Enumerable.Repeat((byte)i, 100_000 * i).ToArray())];
        var wrong = new List<string>();
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            new ProgramCache(DirectoryPath).Store(Key, payloads[i % 4]);
            byte[]? found = cache.Find(Key);
            if (found is null || found.Length != 100_000 * found[0] || found.AsSpan().ContainsAnyExcept(found[0]))
            {
                lock (wrong)
                {
                    wrong.Add(found is null ? "absent" : $"{found.Length} bytes of {found[0]}");
                }
            }
        });
        Assert.Multiple(() =>
        {
            Assert.That(wrong, Is.Empty);
            Assert.That(Directory.GetFiles(DirectoryPath), Is.EqualTo((string[])[FileOf(Key)]), "nothing temporary is left");
        });
    }

    [Test]
    public void AProgramIsCompiledOnceAndLoadedAfterwards()
    {
        using CountingBackend backend = new(OpenClTesting.OpenBackend());
        CreateKernels(backend, Precision.Single);
        Assert.That((backend.Compiled, backend.Loaded), Is.EqualTo((1, 0)));
        CreateKernels(backend, Precision.Single);
        Assert.That((backend.Compiled, backend.Loaded), Is.EqualTo((1, 1)));
        CreateKernels(backend, Precision.Double);
        Assert.That((backend.Compiled, backend.Loaded), Is.EqualTo((2, 1)), "another precision is another program");
        CreateKernels(backend, Precision.Single, LaunchShapes.Gpu);
        Assert.That((backend.Compiled, backend.Loaded), Is.EqualTo((3, 1)), "other sizes are another program");
        backend.Suffix = "another driver";
        CreateKernels(backend, Precision.Single);
        Assert.That((backend.Compiled, backend.Loaded), Is.EqualTo((4, 1)), "another driver is another program");
    }

    [Test]
    public void ADamagedProgramIsCompiledAgainAndRepaired()
    {
        using CountingBackend backend = new(OpenClTesting.OpenBackend());
        CreateKernels(backend, Precision.Single);
        string file = Directory.GetFiles(DirectoryPath).Single();
        byte[] whole = File.ReadAllBytes(file);
        foreach (byte[] damage in (byte[][])[[], whole[..(whole.Length / 2)], [.. whole[..^1], (byte)~whole[^1]], [1, 2, 3]])
        {
            int before = backend.Compiled;
            File.WriteAllBytes(file, damage);
            CreateKernels(backend, Precision.Single);
            Assert.That(backend.Compiled, Is.EqualTo(before + 1), $"{damage.Length} bytes");
            Assert.That(new ProgramCache(DirectoryPath).Find(Path.GetFileNameWithoutExtension(file)), Is.Not.Null, "repaired");
        }
    }

    /// <summary>A file that is whole, but holds what the driver does not take.</summary>
    [Test]
    public void AProgramThatTheDriverRefusesIsCompiledAgain()
    {
        using CountingBackend backend = new(OpenClTesting.OpenBackend());
        CreateKernels(backend, Precision.Single);
        string key = Path.GetFileNameWithoutExtension(Directory.GetFiles(DirectoryPath).Single());
        cache.Store(key, Payload);
        CreateKernels(backend, Precision.Single);
        Assert.Multiple(() =>
        {
            Assert.That(backend.Compiled, Is.EqualTo(2));
            Assert.That(cache.Find(key), Is.Not.EqualTo(Payload));
        });
    }

    [Test]
    public void AnUnwritableDirectoryOnlyMeansCompiling()
    {
        using CountingBackend backend = new(OpenClTesting.OpenBackend());
        var unwritable = new ProgramCache("/proc/no such place");
        for (int i = 1; i <= 2; i++)
        {
            using var library = new KernelLibrary(backend, Precision.Single, LaunchShapes.Processor, unwritable);
            library.Create("clearComplex").Dispose();
            Assert.That(backend.Compiled, Is.EqualTo(i));
        }
    }

    /// <summary>Two kernels of one file: one program.</summary>
    private void CreateKernels(CountingBackend backend, Precision precision, LaunchShapes? shapes = null)
    {
        using var library = new KernelLibrary(backend, precision, shapes ?? LaunchShapes.Processor, cache);
        library.Create("clearComplex").Dispose();
        library.Create("keepBest").Dispose();
    }

    private string FileOf(string key) => PathOf(key + ".bin");

    private sealed class CountingBackend(OpenClBackend inner) : IBackend
    {
        public int Compiled { get; private set; }

        public int Loaded { get; private set; }

        public string Suffix { get; set; } = string.Empty;

        public GpuDescription Description => inner.Description;

        public KernelLanguage Language => inner.Language;

        public long LargestAllocationBytes => inner.LargestAllocationBytes;

        public int SharedBytes => inner.SharedBytes;

        public string CompilerIdentity => inner.CompilerIdentity + Suffix;

        public long FreeBytes() => inner.FreeBytes();

        public IDeviceMemory Allocate(long bytes) => inner.Allocate(bytes);

        public IDeviceQueue CreateQueue() => inner.CreateQueue();

        public IDeviceProgram Compile(string name, string source, IReadOnlyList<string> options)
        {
            Compiled++;
            return inner.Compile(name, source, options);
        }

        public IDeviceProgram? Load(byte[] binary, IReadOnlyList<string> options)
        {
            IDeviceProgram? program = inner.Load(binary, options);
            Loaded += program is null ? 0 : 1;
            return program;
        }

        public void Dispose() => inner.Dispose();
    }
}
