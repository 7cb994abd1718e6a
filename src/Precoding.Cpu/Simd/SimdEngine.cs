using System.Numerics;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <summary>
/// The steps on lanes and threads. One file per group of steps. Parts of a step are rows, links or users of single realizations; their partial sums are
/// added in a fixed order, so neither the thread count nor the batch changes a bit.
/// </summary>
internal sealed unsafe partial class SimdEngine<T> : IEngine
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows of a K × K matrix per part of an elementwise job.</summary>
    private const int RowsPerPart = 16;

    /// <summary>
    /// Memory that a batch may take with its scratch. One thread takes as many realizations as its second-level cache holds, a team what all its members
    /// can be busy with: more would only cool the caches.
    /// </summary>
    private long BatchBytes => pool.ThreadCount == 1 ? 1L << 20 : 64L << 20;

    private readonly WorkerPool pool;
    private readonly Scratch scratch;

    public SimdEngine(DeviceInfo device, int threadCount)
    {
        Device = device;
        pool = new WorkerPool(threadCount);
        scratch = new Scratch(threadCount);
    }

    public DeviceInfo Device { get; }

    public Precision Precision => typeof(T) == typeof(float) ? Precision.Single : Precision.Double;

    public Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> shape) => new SimdTensor<T>(name, kind, shape);

    public int RealizationsAtOnce(ChannelShape shape, long bytesPerRealization)
    {
        long K = shape.UserCount, scratchBytes = SystemBytes(shape.UserCount) + (6 * shape.AccessPointCount * K * K * sizeof(T));
        return (int)Math.Clamp(BatchBytes / (bytesPerRealization + scratchBytes), 1, 65_536);
    }

    public void Dispose()
    {
        DisposeTransforms();
        pool.Dispose();
        scratch.Dispose();
    }

    /// <summary>Distance from 1 to the next number.</summary>
    private static double Epsilon => double.CreateTruncating(T.BitIncrement(T.One) - T.One);

    private static SimdTensor<T> Of(Tensor tensor) => (SimdTensor<T>)tensor;

    private static Matrices<T> MatricesOf(Tensor tensor) => Of(tensor).Matrices();

    private static double* ControlOf(Tensor tensor) => Of(tensor).Control;

    private static T Narrow(double value) => T.CreateTruncating(value);

    private static double Wide(T value) => double.CreateTruncating(value);

    private static int Parts(int rows) => (rows + RowsPerPart - 1) / RowsPerPart;

    /// <summary>Realizations in use, or those of them that still run; valid until the next call.</summary>
    private int Active(SolveControl control, out int* active, bool all = false)
    {
        active = scratch.ActiveList(control.Capacity);
        int* status = Of(control.Status).Integers;
        int count = 0;
        for (int r = 0; r < control.RealizationCount; r++)
        {
            if (all || status[r] == (int)SolveStatus.Running)
            {
                active[count++] = r;
            }
        }

        return count;
    }
}
