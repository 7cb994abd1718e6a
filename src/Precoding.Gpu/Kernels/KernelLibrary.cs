using System.Collections.Concurrent;
using Precoding.Gpu.Backends;
using Precoding.Gpu.Engine;

namespace Precoding.Gpu.Kernels;

/// <summary>The programs of one device in one precision, compiled or fetched from the cache when a kernel of theirs is first asked for.</summary>
/// <param name="cache">Null where the driver keeps programs itself.</param>
internal sealed class KernelLibrary(IBackend backend, Precision precision, LaunchShapes shapes, ProgramCache? cache) : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<IDeviceProgram>> programs = new();

    public LaunchShapes Shapes => shapes;

    public Precision Precision => precision;

    /// <summary>A kernel of its own for whoever asks.</summary>
    public LoadedKernel Create(string name)
    {
        KernelSignature signature = KernelSources.Signatures[name];
        IDeviceProgram program = programs.GetOrAdd(signature.File, file => new Lazy<IDeviceProgram>(() => Build(file))).Value;
        return new LoadedKernel(signature, program.CreateKernel(name), shapes.Defines[signature.GroupSize], precision);
    }

    public static IReadOnlyList<string> OptionsFor(KernelLanguage language, Precision precision, LaunchShapes shapes) =>
    [
        .. language == KernelLanguage.OpenCl ? (string[])["-cl-std=CL1.2", "-Werror"] : ["--std=c++14"],
        .. precision == Precision.Double ? (string[])["-DREAL_IS_DOUBLE=1"] : [],
        .. shapes.Defines.Select(define => $"-D{define.Key}={define.Value}"),
    ];

    public void Dispose()
    {
        foreach (Lazy<IDeviceProgram> program in programs.Values.Where(program => program.IsValueCreated))
        {
            program.Value.Dispose();
        }
    }

    private IDeviceProgram Build(string file)
    {
        string source = KernelSources.Compose(file, backend.Language);
        IReadOnlyList<string> options = OptionsFor(backend.Language, precision, shapes);
        if (cache is null)
        {
            return backend.Compile(file, source, options);
        }

        string key = ProgramCache.KeyOf([backend.Language.ToString(), backend.CompilerIdentity, source, .. options]);
        if (cache.Find(key) is { } binary && backend.Load(binary, options) is { } cached)
        {
            return cached;
        }

        IDeviceProgram program = backend.Compile(file, source, options);
        cache.Store(key, program.Binary);
        return program;
    }
}

/// <summary>A kernel ready to launch, with what its text says of its parameters.</summary>
internal sealed class LoadedKernel(KernelSignature signature, IDeviceKernel kernel, int groupSize, Precision precision) : IDisposable
{
    private readonly KernelArgument[] bound = new KernelArgument[signature.Parameters.Count];

    /// <summary>Checks number and types of the arguments against the kernel's text, then queues it.</summary>
    public void Launch(IDeviceQueue queue, Groups groups, ReadOnlySpan<KernelArgument> arguments)
    {
        if (groups.X == 0 || groups.Y == 0 || groups.Z == 0)
        {
            return;
        }

        if (arguments.Length != signature.Parameters.Count)
        {
            throw new InvalidOperationException($"Kernel {signature.Name}: got {arguments.Length} arguments, its text has {signature.Parameters.Count} parameters.");
        }

        for (int i = 0; i < arguments.Length; i++)
        {
            ParameterType type = signature.Parameters[i];
            bound[i] = type == ParameterType.Real && arguments[i].Type == ParameterType.Double
                ? precision == Precision.Single ? arguments[i].AsSingle() : arguments[i].AsReal()
                : arguments[i];
            if (bound[i].Type != type)
            {
                throw new InvalidOperationException($"Kernel {signature.Name}, argument {i}: got {arguments[i].Type}, its text says {type}.");
            }
        }

        queue.Launch(kernel, groups, groupSize, bound);
    }

    public void Dispose() => kernel.Dispose();
}
