using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Simd;
using Precoding.Engines;

namespace Precoding.Cpu.Lanes;

/// <summary>
/// f(α) = Σ_k α_k (ln det J_k − ln det Ω_k) of e_s(α) = c_s (e_s + α d_s), a realization and an α of its own in each lane, in double precision: a search
/// compares what differs in late digits.
/// </summary>
internal readonly unsafe struct RateTrials
{
    private readonly StreamProblem problem;
    private readonly StreamTable streams;
    private readonly LaneMatrix moved, omega, total;
    private readonly double* inverses, omegaPivots, totalPivots;

    /// <param name="memory">MemorySize numbers.</param>
    public RateTrials(double* memory, StreamProblem problem, StreamTable streams)
    {
        (this.problem, this.streams) = (problem, streams);
        int N = problem.N, S = Math.Max(1, streams.S), lanes = LaneMatrix.Lanes;
        Base = new LaneMatrix(memory, (nint)problem.Rows * LaneMatrix.Step, LaneMatrix.Step);
        Direction = new LaneMatrix(Base.At(S, 0), Base.Row, Base.Column);
        moved = LaneMatrix.Dense(Direction.At(S, 0), N);
        omega = LaneMatrix.Dense(moved.At(S, 0), N);
        total = LaneMatrix.Dense(omega.At(N, 0), N);
        inverses = total.At(N, 0);
        omegaPivots = inverses + (N * lanes);
        totalPivots = omegaPivots + (N * lanes);
    }

    /// <summary>e, (stream, row).</summary>
    public LaneMatrix Base { get; }

    /// <summary>d, (stream, row).</summary>
    public LaneMatrix Direction { get; }

    public static nint MemorySize(StreamProblem problem, StreamTable streams)
    {
        nint N = problem.N, S = Math.Max(1, streams.S);
        return (((2 * S * problem.Rows) + (S * N) + (2 * N * N)) * LaneMatrix.Step) + (3 * N * LaneMatrix.Lanes);
    }

    /// <param name="alpha">[lane]</param>
    /// <param name="scales">c, [stream][lane].</param>
    /// <param name="objective">[lane]; written.</param>
    public void Evaluate(double* alpha, double* scales, double* objective)
    {
        if (SimdLevel.Has512)
        {
            Evaluate<Simd512<double>, Vector512<double>>(alpha, scales, objective);
        }
        else if (SimdLevel.Has256)
        {
            Evaluate<Simd256<double>, Vector256<double>>(alpha, scales, objective);
        }
        else
        {
            Evaluate<Simd128<double>, Vector128<double>>(alpha, scales, objective);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Evaluate<S, V>(double* alpha, double* scales, double* objective)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        new Span<double>(objective, S.Width).Clear();
        for (int k = 0; k < problem.K; k++)
        {
            int first = streams.First[k], end = streams.First[k + 1];
            if (end > first && problem.Weight[k] > 0)
            {
                Move<S, V>(k * problem.N, S.Load(alpha), scales);
                ReceiverLanes.Interference<S, V>(moved, problem.N, first, end - first, streams.S, omega);
                AddOwn<S, V>(first, end);
                ReceiverLanes.Cholesky<S, V>(omega, problem.N, inverses, omegaPivots);
                ReceiverLanes.Cholesky<S, V>(total, problem.N, inverses, totalPivots);
                AddLogarithms(problem.Weight[k], objective);
            }
        }
    }

    /// <summary>Rows of one user of c (e + α d).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Move<S, V>(int row, V alpha, double* scales)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int s = 0; s < streams.S; s++)
        {
            V scale = S.Load(scales + (s * S.Width)), step = S.Multiply(scale, alpha);
            double* e = Base.At(s, row), d = Direction.At(s, row), to = moved.At(s, 0);
            for (int i = 0; i < problem.N * LaneMatrix.Step; i += S.Width)
            {
                S.Store(S.MultiplyAdd(step, S.Load(d + i), S.Multiply(scale, S.Load(e + i))), to + i);
            }
        }
    }

    /// <summary>Lower triangle of J = Ω + what streams first … end − 1 add.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOwn<S, V>(int first, int end)
        where S : struct, ISimd<double, V>
        where V : struct
    {
        for (int i = 0; i < problem.N; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                ComplexWide<S, V> sum = ComplexWide<S, V>.Load(omega.At(i, j));
                for (int s = first; s < end; s++)
                {
                    sum = sum.Plus(ComplexWide<S, V>.Load(moved.At(s, i)), ComplexWide<S, V>.Load(moved.At(s, j)).Conjugate);
                }

                sum.Store(total.At(i, j));
            }
        }
    }

    /// <summary>ln det J − ln det Ω = 2 Σ ln (pivot of J / pivot of Ω), as few logarithms as do not overflow.</summary>
    private void AddLogarithms(double weight, double* objective)
    {
        const double large = 1e150;
        int lanes = LaneMatrix.Lanes;
        for (int lane = 0; lane < lanes; lane++)
        {
            double ratio = 1, sum = 0;
            for (int i = 0; i < problem.N; i++)
            {
                ratio *= totalPivots[(i * lanes) + lane] / omegaPivots[(i * lanes) + lane];
                if (ratio is > large or < 1 / large)
                {
                    sum += Math.Log(ratio);
                    ratio = 1;
                }
            }

            objective[lane] += 2 * weight * (sum + Math.Log(ratio));
        }
    }
}
