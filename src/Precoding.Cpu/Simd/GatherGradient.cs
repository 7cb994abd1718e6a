using System.Runtime.CompilerServices;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>∇f on a slot of u = Σ_k Y[row, k] W[k, u]; four slots share the loads of W.</summary>
    private readonly struct GatherGradient(Matrices<T> wT, int K) : IRowWork
    {
        private readonly Matrices<T> wT = wT;

        public void Begin(int realization, int user)
        {
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Take<S, V>(T* rows, int* beams, int begin, int stop, int chunkEnd, bool isLast, T* re, T* im, int realization, int user)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            T* w = wT.Row(realization, 0, user);
            int slot = begin;
            for (; slot + 3 < stop && beams[slot + 3] < chunkEnd; slot += 4)
            {
                Dot4<S, V>(rows, beams + slot, w, re + slot, im + slot);
            }

            // up to three that are left of the chunk wait for the next one, unless this is the last
            for (; isLast && slot < stop; slot++)
            {
                Dot1<S, V>(rows + ((nint)beams[slot] * 2 * K), w, re + slot, im + slot);
            }

            return slot;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Dot4<S, V>(T* rows, int* beams, T* w, T* re, T* im)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            T* y0 = rows + ((nint)beams[0] * 2 * K), y1 = rows + ((nint)beams[1] * 2 * K), y2 = rows + ((nint)beams[2] * 2 * K), y3 = rows + ((nint)beams[3] * 2 * K);
            V p0 = default, p1 = default, p2 = default, p3 = default, m0 = default, m1 = default, m2 = default, m3 = default;
            V s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
            int j = 0;
            for (; j <= K - S.Width; j += S.Width)
            {
                V a = S.Load(w + j), b = S.Load(w + K + j);
                V x = S.Load(y0 + j), y = S.Load(y0 + K + j);
                p0 = S.MultiplyAdd(x, a, p0);
                m0 = S.MultiplyAdd(y, b, m0);
                s0 = S.MultiplyAdd(x, b, s0);
                t0 = S.MultiplyAdd(y, a, t0);
                x = S.Load(y1 + j);
                y = S.Load(y1 + K + j);
                p1 = S.MultiplyAdd(x, a, p1);
                m1 = S.MultiplyAdd(y, b, m1);
                s1 = S.MultiplyAdd(x, b, s1);
                t1 = S.MultiplyAdd(y, a, t1);
                x = S.Load(y2 + j);
                y = S.Load(y2 + K + j);
                p2 = S.MultiplyAdd(x, a, p2);
                m2 = S.MultiplyAdd(y, b, m2);
                s2 = S.MultiplyAdd(x, b, s2);
                t2 = S.MultiplyAdd(y, a, t2);
                x = S.Load(y3 + j);
                y = S.Load(y3 + K + j);
                p3 = S.MultiplyAdd(x, a, p3);
                m3 = S.MultiplyAdd(y, b, m3);
                s3 = S.MultiplyAdd(x, b, s3);
                t3 = S.MultiplyAdd(y, a, t3);
            }

            re[0] = S.Sum(S.Subtract(p0, m0));
            re[1] = S.Sum(S.Subtract(p1, m1));
            re[2] = S.Sum(S.Subtract(p2, m2));
            re[3] = S.Sum(S.Subtract(p3, m3));
            im[0] = S.Sum(S.Add(s0, t0));
            im[1] = S.Sum(S.Add(s1, t1));
            im[2] = S.Sum(S.Add(s2, t2));
            im[3] = S.Sum(S.Add(s3, t3));
            for (; j < K; j++)
            {
                for (int slot = 0; slot < 4; slot++)
                {
                    T* row = rows + ((nint)beams[slot] * 2 * K);
                    re[slot] += (row[j] * w[j]) - (row[K + j] * w[K + j]);
                    im[slot] += (row[j] * w[K + j]) + (row[K + j] * w[j]);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Dot1<S, V>(T* row, T* w, T* re, T* im)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            V p = default, m = default, s = default, t = default;
            int j = 0;
            for (; j <= K - S.Width; j += S.Width)
            {
                V a = S.Load(w + j), b = S.Load(w + K + j), x = S.Load(row + j), y = S.Load(row + K + j);
                p = S.MultiplyAdd(x, a, p);
                m = S.MultiplyAdd(y, b, m);
                s = S.MultiplyAdd(x, b, s);
                t = S.MultiplyAdd(y, a, t);
            }

            *re = S.Sum(S.Subtract(p, m));
            *im = S.Sum(S.Add(s, t));
            for (; j < K; j++)
            {
                *re += (row[j] * w[j]) - (row[K + j] * w[K + j]);
                *im += (row[j] * w[K + j]) + (row[K + j] * w[j]);
            }
        }
    }
}
