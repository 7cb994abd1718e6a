using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Simd;
using Precoding.Cpu.Threading;

namespace Precoding.Cpu;

/// <summary>
/// From data to antennas, x_l = Σ_k p_{k,l} d_k, for one realization in single precision on one core; symbols side by side in the lanes of SIMD registers.
/// Not safe to share between threads: every thread has its own. [BSP (7), §4.3; coherent.md §8]
/// </summary>
public abstract unsafe class Transmitter : IDisposable
{
    private readonly List<nint> memory = [];

    private protected Transmitter(ChannelShape shape)
    {
        (UserCount, AccessPointCount, AntennaCount) = (shape.UserCount, shape.AccessPointCount, shape.AntennaCount);
        Data = Allocate((nint)shape.UserCount * 2 * Lanes);
    }

    public int UserCount { get; }

    public int AccessPointCount { get; }

    public int AntennaCount { get; }

    private protected static int Lanes => BeamTransform<float>.Lanes;

    /// <summary>d of <see cref="Lanes"/> symbols, [user][re of lanes | im of lanes].</summary>
    private protected float* Data { get; }

    /// <summary>x of every symbol.</summary>
    /// <param name="data">d, [symbol, user].</param>
    /// <param name="signals">x, [symbol, accessPoint, antenna], written.</param>
    public void Transmit(ReadOnlySpan<ComplexF> data, Span<ComplexF> signals)
    {
        int count = data.Length / UserCount, size = AccessPointCount * AntennaCount;
        if (data.Length != (long)count * UserCount || signals.Length != (long)count * size)
        {
            throw new ValidationException(
                $"Transmit: data has {data.Length} and signals {signals.Length} numbers, expected a multiple of {UserCount} [symbol, user] and {size} for each symbol [symbol, accessPoint, antenna].");
        }

        for (int first = 0; first < count; first += Lanes)
        {
            int symbols = Math.Min(Lanes, count - first);
            for (int k = 0; k < UserCount; k++)
            {
                float* row = Data + ((nint)k * 2 * Lanes);
                for (int lane = 0; lane < Lanes; lane++)
                {
                    ComplexF d = lane < symbols ? data[((first + lane) * UserCount) + k] : default;
                    (row[lane], row[Lanes + lane]) = (d.Real, d.Imaginary);
                }
            }

            for (int l = 0; l < AccessPointCount; l++)
            {
                float* x = Signals(l);
                for (int lane = 0; lane < symbols; lane++)
                {
                    Span<ComplexF> to = signals.Slice(((first + lane) * size) + (l * AntennaCount), AntennaCount);
                    for (int m = 0; m < AntennaCount; m++)
                    {
                        to[m] = new ComplexF(x[(m * 2 * Lanes) + lane], x[(((m * 2) + 1) * Lanes) + lane]);
                    }
                }
            }
        }
    }

    public virtual void Dispose()
    {
        foreach (nint block in memory)
        {
            NativeMemory.AlignedFree((void*)block);
        }

        memory.Clear();
        GC.SuppressFinalize(this);
    }

    /// <summary>x_l of the symbols in <see cref="Data"/>, [antenna][re of lanes | im of lanes].</summary>
    private protected abstract float* Signals(int accessPoint);

    private protected float* Allocate(nint count)
    {
        void* block = NativeMemory.AlignedAlloc((nuint)Math.Max(1, count) * sizeof(float), 64);
        memory.Add((nint)block);
        return (float*)block;
    }
}

/// <summary>x_l = V s_l by fast transforms, s_l = Σ_k Φ_{k,l} u_{k,l} d_k: K·L·N_avg + L·N·log₂N complex multiplications a symbol. [BSP §4.3]</summary>
public sealed unsafe class BeamTransmitter : Transmitter
{
    private readonly BeamTransform<float> transform;
    private readonly int[] first; // of (access point, beam), and one more
    private readonly int* users;
    private readonly float* coefficients, beams, work, antennas;

    public BeamTransmitter(BeamPrecoderBatch precoders, int realization)
        : base(precoders.Shape)
    {
        int N = precoders.FineFactor * AntennaCount, count = precoders.BeamCount(realization);
        transform = new BeamTransform<float>(AntennaCount, precoders.FineFactor);
        first = new int[(AccessPointCount * N) + 1];
        users = (int*)Allocate(count);
        coefficients = Allocate(2 * (nint)count);
        beams = Allocate(transform.BeamsSize);
        work = Allocate(transform.BeamsSize);
        antennas = Allocate(transform.BeamsSize / transform.F);
        var byBeam = new List<(int User, Complex Value)>[AccessPointCount * N];
        for (int k = 0; k < UserCount; k++)
        {
            for (int l = 0; l < AccessPointCount; l++)
            {
                ReadOnlySpan<int> numbers = precoders.Beams(realization, k, l);
                ReadOnlySpan<Complex> values = precoders.Values(realization, k, l);
                for (int i = 0; i < numbers.Length; i++)
                {
                    (byBeam[(l * N) + numbers[i]] ??= []).Add((k, values[i]));
                }
            }
        }

        int at = 0;
        for (int beam = 0; beam < byBeam.Length; beam++)
        {
            foreach ((int user, Complex value) in byBeam[beam] ?? [])
            {
                (users[at], coefficients[2 * at], coefficients[(2 * at) + 1]) = (user, (float)value.Real, (float)value.Imaginary);
                at++;
            }

            first[beam + 1] = at;
        }
    }

    public override void Dispose()
    {
        transform.Dispose();
        base.Dispose();
    }

    private protected override float* Signals(int accessPoint)
    {
        int N = first.Length / AccessPointCount;
        for (int n = 0; n < N; n++)
        {
            int from = first[(accessPoint * N) + n];
            Combine(users + from, coefficients + (2 * (nint)from), first[(accessPoint * N) + n + 1] - from, beams + transform.Places[n]);
        }

        transform.ToAntennas(beams, work, antennas);
        return antennas;
    }

    /// <summary>to = Σ of so many coefficients times the data of their users; coefficients are re, im.</summary>
    private void Combine(int* users, float* coefficients, int count, float* to)
    {
        if (SimdLevel.Has512)
        {
            Combine<Simd512<float>, Vector512<float>>(users, coefficients, count, to);
        }
        else if (SimdLevel.Has256)
        {
            Combine<Simd256<float>, Vector256<float>>(users, coefficients, count, to);
        }
        else
        {
            Combine<Simd128<float>, Vector128<float>>(users, coefficients, count, to);
        }
    }

    /// <summary>A register has as many lanes as there are symbols.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Combine<S, V>(int* users, float* coefficients, int count, float* to)
        where S : struct, ISimd<float, V>
        where V : struct
    {
        V re = default, im = default, reToo = default, imToo = default;
        for (int i = 0; i < count; i++)
        {
            float* d = Data + ((nint)users[i] * 2 * S.Width);
            V x = S.Load(d), y = S.Load(d + S.Width), a = S.Broadcast(coefficients[2 * i]), b = S.Broadcast(coefficients[(2 * i) + 1]);
            re = S.MultiplyAdd(a, x, re);
            reToo = S.NegatedMultiplyAdd(b, y, reToo);
            im = S.MultiplyAdd(a, y, im);
            imToo = S.MultiplyAdd(b, x, imToo);
        }

        S.Store(S.Add(re, reToo), to);
        S.Store(S.Add(im, imToo), to + S.Width);
    }
}

/// <summary>x_l = P_l d, a product: K·L·M complex multiplications a symbol.</summary>
public sealed unsafe class SpatialTransmitter : Transmitter
{
    private readonly float* precoders, antennas; // [accessPoint][antenna][re of users | im of users]
    private readonly WorkerPool pool = new(1);
    private readonly Scratch scratch = new(1);

    public SpatialTransmitter(PrecoderBatch precoders, int realization)
        : base(precoders.Shape)
    {
        this.precoders = Allocate(2 * (nint)AccessPointCount * AntennaCount * UserCount);
        antennas = Allocate((nint)AntennaCount * 2 * Lanes);
        var p = new Complex[AntennaCount];
        for (int k = 0; k < UserCount; k++)
        {
            for (int l = 0; l < AccessPointCount; l++)
            {
                precoders.CopyTo(realization, k, l, p);
                for (int m = 0; m < AntennaCount; m++)
                {
                    float* row = this.precoders + ((((nint)l * AntennaCount) + m) * 2 * UserCount);
                    (row[k], row[UserCount + k]) = ((float)p[m].Real, (float)p[m].Imaginary);
                }
            }
        }
    }

    public override void Dispose()
    {
        pool.Dispose();
        scratch.Dispose();
        base.Dispose();
    }

    private protected override float* Signals(int accessPoint)
    {
        int only = 0;
        new Product<float>
        {
            A = new Matrices<float>(precoders + ((nint)accessPoint * AntennaCount * 2 * UserCount), 0, 0, UserCount), B = new Matrices<float>(Data, 0, 0, Lanes),
            C = new Matrices<float>(antennas, 0, 0, Lanes), Rows = AntennaCount, Columns = Lanes, Inner = UserCount, Blocks = 1,
        }.Run(pool, scratch, &only, 1);
        return antennas;
    }
}
