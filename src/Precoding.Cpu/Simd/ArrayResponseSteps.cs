using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Responses of arrays to rays. [BSP (1), (2)]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public void ArrayResponses(Tensor rays, Tensor responses, SolveControl control)
    {
        int links = rays.Shape[1];
        T* buffers = scratch.PerWorker<T>(ResponseJob.BufferLength, out nint stride);
        pool.Run(control.RealizationCount * links, new ResponseJob(ControlOf(rays), Of(responses).Data, buffers, stride, rays.Shape[2], responses.Shape[2]));
    }

    /// <summary>A link: for every 512 antennas, tables of the powers of some rays and their products, four rows of 16 antennas at a time.</summary>
    private readonly struct ResponseJob(double* rays, T* responses, T* buffers, nint stride, int P, int M) : IJob
    {
        private const int Lanes = 16, Rows = 32, BlockAntennas = Lanes * Rows, RaysAtOnce = 32, RowsAtOnce = 4;

        /// <summary>Sums of a block, then both tables of every ray.</summary>
        public const int BufferLength = (2 * BlockAntennas) + (RaysAtOnce * 2 * (Lanes + Rows));

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Execute(int index, int worker)
        {
            T* sumRe = buffers + (worker * stride), sumIm = sumRe + BlockAntennas, low = sumIm + BlockAntennas, high = low + (RaysAtOnce * 2 * Lanes);
            double* ray = rays + ((nint)index * P * 4);
            T* re = responses + ((nint)index * 2 * M), im = re + M;
            for (int first = 0; first < M; first += BlockAntennas)
            {
                int antennas = Math.Min(BlockAntennas, M - first), rows = (antennas + Lanes - 1) / Lanes;
                new Span<T>(sumRe, 2 * BlockAntennas).Clear();
                for (int p = 0; p < P; p += RaysAtOnce)
                {
                    int count = Math.Min(RaysAtOnce, P - p);
                    for (int i = 0; i < count; i++)
                    {
                        Tabulate(ray + ((p + i) * 4), first / BlockAntennas, rows, low + (i * 2 * Lanes), high + (i * 2 * Rows));
                    }

                    for (int row = 0; row < rows; row += RowsAtOnce)
                    {
                        for (int lane = 0; lane < Lanes; lane += Vector256<T>.Count)
                        {
                            Accumulate(count, low + lane, high + row, sumRe + (row * Lanes) + lane, sumIm + (row * Lanes) + lane);
                        }
                    }
                }

                new Span<T>(sumRe, antennas).CopyTo(new Span<T>(re + first, antennas));
                new Span<T>(sumIm, antennas).CopyTo(new Span<T>(im + first, antennas));
            }
        }

        /// <summary>Four rows of a vector's antennas: sums += low·high over the rays.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Accumulate(int count, T* low, T* high, T* sumRe, T* sumIm)
        {
            Vector256<T> re0 = Vector256.Load(sumRe), re1 = Vector256.Load(sumRe + Lanes), re2 = Vector256.Load(sumRe + (2 * Lanes)), re3 = Vector256.Load(sumRe + (3 * Lanes));
            Vector256<T> im0 = Vector256.Load(sumIm), im1 = Vector256.Load(sumIm + Lanes), im2 = Vector256.Load(sumIm + (2 * Lanes)), im3 = Vector256.Load(sumIm + (3 * Lanes));
            for (int p = 0; p < count; p++)
            {
                Vector256<T> aRe = Vector256.Load(low), aIm = Vector256.Load(low + Lanes), minus = -aIm;
                Add(aRe, aIm, minus, high[0], high[Rows], ref re0, ref im0);
                Add(aRe, aIm, minus, high[1], high[Rows + 1], ref re1, ref im1);
                Add(aRe, aIm, minus, high[2], high[Rows + 2], ref re2, ref im2);
                Add(aRe, aIm, minus, high[3], high[Rows + 3], ref re3, ref im3);
                low += 2 * Lanes;
                high += 2 * Rows;
            }

            re0.Store(sumRe);
            re1.Store(sumRe + Lanes);
            re2.Store(sumRe + (2 * Lanes));
            re3.Store(sumRe + (3 * Lanes));
            im0.Store(sumIm);
            im1.Store(sumIm + Lanes);
            im2.Store(sumIm + (2 * Lanes));
            im3.Store(sumIm + (3 * Lanes));
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Add(Vector256<T> aRe, Vector256<T> aIm, Vector256<T> minusIm, T bRe, T bIm, ref Vector256<T> re, ref Vector256<T> im)
        {
            Vector256<T> x = Vector256.Create(bRe), y = Vector256.Create(bIm);
            re = Fused(minusIm, y, Fused(aRe, x, re));
            im = Fused(aIm, x, Fused(aRe, y, im));
        }

        /// <summary>a·b + c rounded once, on processors without such an instruction too.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static Vector256<T> Fused(Vector256<T> a, Vector256<T> b, Vector256<T> c) => typeof(T) == typeof(float)
            ? Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
            : Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

        /// <summary>low[i] = c w^i and high[v] = w^{512 b + 16 v}; high of so many rows, and of more that nobody looks at.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Tabulate(double* ray, int block, int rows, T* low, T* high)
        {
            double* re = stackalloc double[Rows], im = stackalloc double[Rows];
            (double Re, double Im) w = (ray[2], ray[3]);
            (re[0], im[0]) = (1, 0);
            for (int known = 1; known < Lanes; known *= 2)
            {
                Extend(re, im, known, w);
                w = Multiply(w, w);
            }

            Write(re, im, Lanes, (ray[0], ray[1]), low, low + Lanes);
            (re[0], im[0]) = (1, 0);
            for (int known = 1; known < Rows; known *= 2)
            {
                if (known < rows)
                {
                    Extend(re, im, known, w);
                }

                w = Multiply(w, w);
            }

            (double Re, double Im) blocks = (1, 0);
            for (int b = 0; b < block; b++)
            {
                blocks = Multiply(blocks, w);
            }

            Write(re, im, rows, blocks, high, high + Rows);
        }

        /// <summary>powers[known + i] = powers[i]·w.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Extend(double* re, double* im, int known, (double Re, double Im) w)
        {
            if (known < Vector256<double>.Count)
            {
                for (int i = 0; i < known; i++)
                {
                    (re[known + i], im[known + i]) = Multiply((re[i], im[i]), w);
                }

                return;
            }

            for (int i = 0; i < known; i += Vector256<double>.Count)
            {
                var (x, y) = Multiply(Vector256.Load(re + i), Vector256.Load(im + i), w);
                x.Store(re + known + i);
                y.Store(im + known + i);
            }
        }

        /// <summary>table = powers·factor, rounded.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Write(double* re, double* im, int count, (double Re, double Im) factor, T* tableRe, T* tableIm)
        {
            for (int i = 0; i < count; i += 2 * Vector256<double>.Count)
            {
                var (x0, y0) = Multiply(Vector256.Load(re + i), Vector256.Load(im + i), factor);
                var (x1, y1) = Multiply(Vector256.Load(re + i + Vector256<double>.Count), Vector256.Load(im + i + Vector256<double>.Count), factor);
                Round(x0, x1, tableRe + i);
                Round(y0, y1, tableIm + i);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Round(Vector256<double> a, Vector256<double> b, T* to)
        {
            if (typeof(T) == typeof(float))
            {
                Vector256.Narrow(a, b).Store((float*)to);
            }
            else
            {
                a.Store((double*)to);
                b.Store((double*)to + Vector256<double>.Count);
            }
        }

        /// <summary>z·w, in the order of the kernels.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (double Re, double Im) Multiply((double Re, double Im) z, (double Re, double Im) w) =>
            (Math.FusedMultiplyAdd(-z.Im, w.Im, z.Re * w.Re), Math.FusedMultiplyAdd(z.Im, w.Re, z.Re * w.Im));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static (Vector256<double> Re, Vector256<double> Im) Multiply(Vector256<double> re, Vector256<double> im, (double Re, double Im) w)
        {
            Vector256<double> x = Vector256.Create(w.Re), y = Vector256.Create(w.Im);
            return (Vector256.FusedMultiplyAdd(-im, y, re * x), Vector256.FusedMultiplyAdd(im, x, re * y));
        }
    }
}
