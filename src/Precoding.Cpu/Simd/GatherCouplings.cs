using System.Runtime.CompilerServices;

namespace Precoding.Cpu.Simd;

internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>S[:,u] = Σ over the slots of u of conj(Y[row, :]) u.</summary>
    private readonly struct GatherCouplings(Matrices<T> sT, int K) : IRowWork
    {
        private readonly Matrices<T> sT = sT;

        public void Begin(int realization, int user) => new Span<T>(sT.Row(realization, 0, user), 2 * K).Clear();

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public int Take<S, V>(T* rows, int* beams, int begin, int stop, int chunkEnd, bool isLast, T* re, T* im, int realization, int user)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            int end = begin;
            while (end < stop && beams[end] < chunkEnd)
            {
                end++;
            }

            if (end == begin)
            {
                return end;
            }

            T* to = sT.Row(realization, 0, user);
            int column = 0, slab = 8 * S.Width;
            for (; column <= K - slab; column += slab)
            {
                AddRows8<S, V>(rows + column, beams, begin, end, re, im, to + column);
            }

            for (; column <= K - S.Width; column += S.Width)
            {
                AddRows1<S, V>(rows + column, beams, begin, end, re, im, to + column);
            }

            for (int slot = begin; slot < end && column < K; slot++)
            {
                T* row = rows + ((nint)beams[slot] * 2 * K);
                for (int j = column; j < K; j++)
                {
                    to[j] += (row[j] * re[slot]) + (row[K + j] * im[slot]);
                    to[K + j] += (row[j] * im[slot]) - (row[K + j] * re[slot]);
                }
            }

            return end;
        }

        /// <summary>Eight vectors of columns, sixteen accumulators.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRows8<S, V>(T* rows, int* beams, int begin, int end, T* re, T* im, T* to)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            int w = S.Width;
            T* toIm = to + K;
            V r0 = S.Load(to), r1 = S.Load(to + w), r2 = S.Load(to + (2 * w)), r3 = S.Load(to + (3 * w));
            V r4 = S.Load(to + (4 * w)), r5 = S.Load(to + (5 * w)), r6 = S.Load(to + (6 * w)), r7 = S.Load(to + (7 * w));
            V i0 = S.Load(toIm), i1 = S.Load(toIm + w), i2 = S.Load(toIm + (2 * w)), i3 = S.Load(toIm + (3 * w));
            V i4 = S.Load(toIm + (4 * w)), i5 = S.Load(toIm + (5 * w)), i6 = S.Load(toIm + (6 * w)), i7 = S.Load(toIm + (7 * w));
            for (int slot = begin; slot < end; slot++)
            {
                T* yRe = rows + ((nint)beams[slot] * 2 * K), yIm = yRe + K;
                V a = S.Broadcast(re[slot]), b = S.Broadcast(im[slot]);
                V x = S.Load(yRe), y = S.Load(yIm);
                r0 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r0));
                i0 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i0));
                x = S.Load(yRe + w);
                y = S.Load(yIm + w);
                r1 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r1));
                i1 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i1));
                x = S.Load(yRe + (2 * w));
                y = S.Load(yIm + (2 * w));
                r2 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r2));
                i2 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i2));
                x = S.Load(yRe + (3 * w));
                y = S.Load(yIm + (3 * w));
                r3 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r3));
                i3 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i3));
                x = S.Load(yRe + (4 * w));
                y = S.Load(yIm + (4 * w));
                r4 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r4));
                i4 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i4));
                x = S.Load(yRe + (5 * w));
                y = S.Load(yIm + (5 * w));
                r5 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r5));
                i5 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i5));
                x = S.Load(yRe + (6 * w));
                y = S.Load(yIm + (6 * w));
                r6 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r6));
                i6 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i6));
                x = S.Load(yRe + (7 * w));
                y = S.Load(yIm + (7 * w));
                r7 = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, r7));
                i7 = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, i7));
            }

            S.Store(r0, to);
            S.Store(r1, to + w);
            S.Store(r2, to + (2 * w));
            S.Store(r3, to + (3 * w));
            S.Store(r4, to + (4 * w));
            S.Store(r5, to + (5 * w));
            S.Store(r6, to + (6 * w));
            S.Store(r7, to + (7 * w));
            S.Store(i0, toIm);
            S.Store(i1, toIm + w);
            S.Store(i2, toIm + (2 * w));
            S.Store(i3, toIm + (3 * w));
            S.Store(i4, toIm + (4 * w));
            S.Store(i5, toIm + (5 * w));
            S.Store(i6, toIm + (6 * w));
            S.Store(i7, toIm + (7 * w));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRows1<S, V>(T* rows, int* beams, int begin, int end, T* re, T* im, T* to)
            where S : struct, ISimd<T, V>
            where V : struct
        {
            V real = S.Load(to), imaginary = S.Load(to + K);
            for (int slot = begin; slot < end; slot++)
            {
                T* row = rows + ((nint)beams[slot] * 2 * K);
                V a = S.Broadcast(re[slot]), b = S.Broadcast(im[slot]), x = S.Load(row), y = S.Load(row + K);
                real = S.MultiplyAdd(y, b, S.MultiplyAdd(x, a, real));
                imaginary = S.NegatedMultiplyAdd(y, a, S.MultiplyAdd(x, b, imaginary));
            }

            S.Store(real, to);
            S.Store(imaginary, to + K);
        }
    }
}
