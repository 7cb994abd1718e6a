using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>One pass of successive convex approximation. [noncoherent.md §8]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    /// <summary>The pass of one group of realizations.</summary>
    private readonly struct StepJob(
        StreamProblem problem, StreamTable streams, ScaState state, SolveControl control, Matrices<T> x, Matrices<T> e, double* memory, nint stride, double* partials, int* active, int activeCount) : IJob
    {
        private readonly Matrices<T> x = x, e = e;

        public static nint MemorySize(StreamProblem problem, StreamTable streams)
        {
            nint K = problem.K, S = Math.Max(1, streams.S);
            return (6 * S * K * LaneMatrix.Step) + (4 * S * LaneMatrix.Lanes) + MinorantLanes.MemorySize(streams.S, problem.K) + (4 * K);
        }

        /// <summary>yy, yw, ww, c, c·t of every access point and lane.</summary>
        public static nint PartialsSize(StreamProblem problem) => 5 * (nint)problem.L * LaneMatrix.Lanes;

        public void Execute(int index, int worker)
        {
            int first = index * LaneMatrix.Lanes, lanes = Math.Min(LaneMatrix.Lanes, activeCount - first), width = LaneMatrix.Lanes, K = problem.K, S = streams.S;
            int* realizations = active + first;
            nint size = (nint)Math.Max(1, S) * K * LaneMatrix.Step;
            double* own = memory + (worker * stride), scales = own + (6 * size), rest = scales + (4 * (nint)Math.Max(1, S) * width);
            T* trash = (T*)(rest + MinorantLanes.MemorySize(S, K));
            LaneMatrix y = LaneMatrix.Dense(own, K), ey = LaneMatrix.Dense(own + size, K), w = LaneMatrix.Dense(own + (2 * size), K);
            LaneMatrix gw = LaneMatrix.Dense(own + (3 * size), K), old = LaneMatrix.Dense(own + (4 * size), K), trial = LaneMatrix.Dense(own + (5 * size), K);
            double* wOld = stackalloc double[width], f1 = stackalloc double[width], promised = stackalloc double[width], ahead = stackalloc double[width], beta = stackalloc double[width];
            bool* tries = stackalloc bool[width], accepts = stackalloc bool[width], leaps = stackalloc bool[width];
            double* sums = partials + (index * PartialsSize(problem));
            PackPanel(MatricesOf(state.Y), S, y, realizations, lanes);
            PackPanel(MatricesOf(state.EY), S, ey, realizations, lanes);
            PackPanel(MatricesOf(state.W), S, w, realizations, lanes);
            PackPanel(MatricesOf(state.GW), S, gw, realizations, lanes);
            PackPanel(e, S, old, realizations, lanes);
            InnerProducts(y, ey, w, gw, old, scales, realizations, lanes, sums, wOld);
            bool any = false;
            for (int lane = 0; lane < lanes; lane++)
            {
                tries[lane] = BoundAndPrepare(realizations[lane], sums + lane, out promised[lane]);
                any |= tries[lane];
            }

            if (!any)
            {
                return;
            }

            double* c = scales, ct = scales + ((nint)S * width);
            SpreadScales(sums, c, ct, realizations, lanes);
            var minorant = new MinorantLanes(rest, streams, problem.Weight);
            minorant.Load(MatricesOf(state.Slope), ControlOf(state.Curvature), realizations, lanes);
            CombinePanels(ey, c, gw, ct, trial, S, K, width);
            minorant.Value(trial, f1);
            any = false;
            for (int lane = 0; lane < width; lane++)
            {
                accepts[lane] = lane < lanes && tries[lane] && Accepts(realizations[lane], f1[lane], promised[lane]);
                leaps[lane] = accepts[lane] && Leaps(realizations[lane], sums + lane, wOld[lane], out beta[lane]);
                beta[lane] = leaps[lane] ? beta[lane] : 0;
                any |= accepts[lane];
            }

            if (!any)
            {
                return;
            }

            double* one = ct + ((nint)S * width), minus = one + width; // 1 + β and −β of every lane
            for (int lane = 0; lane < width; lane++)
            {
                (one[lane], minus[lane]) = (1 + beta[lane], -beta[lane]);
            }

            CombinePanels(trial, one, old, minus, y, S, K, 0); // E₁ + β(E₁ − E) where Y was
            minorant.Value(y, ahead);
            for (int lane = 0; lane < lanes; lane++)
            {
                leaps[lane] &= !double.IsNegativeInfinity(ahead[lane]);
            }

            UnpackPanel(trial, S, e, realizations, lanes, accepts, trash);
            UnpackPanel(y, S, MatricesOf(state.EY), realizations, lanes, leaps, trash);
            for (int lane = 0; lane < lanes; lane++)
            {
                if (accepts[lane])
                {
                    Move(realizations[lane], lane, c, ct, leaps[lane], one[lane], minus[lane], f1[lane], ahead[lane], trash);
                }
            }
        }

        /// <summary>yy, yw and ww of every access point, and Re⟨W, E⟩ of all; row by row.</summary>
        /// <param name="rows">Room for four numbers of every stream and lane.</param>
        private void InnerProducts(
            LaneMatrix y, LaneMatrix ey, LaneMatrix w, LaneMatrix gw, LaneMatrix old, double* rows, int* realizations, int lanes, double* sums, double* wOld)
        {
            if (SimdLevel.Has512)
            {
                RowDots<Simd512<double>, Vector512<double>>(y, ey, w, gw, old, rows);
            }
            else if (SimdLevel.Has256)
            {
                RowDots<Simd256<double>, Vector256<double>>(y, ey, w, gw, old, rows);
            }
            else
            {
                RowDots<Simd128<double>, Vector128<double>>(y, ey, w, gw, old, rows);
            }

            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            new Span<double>(sums, (int)(3 * of)).Clear();
            for (int lane = 0; lane < lanes; lane++)
            {
                int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)realizations[lane] * streams.S);
                wOld[lane] = 0;
                for (int s = 0; s < streams.S; s++)
                {
                    if (accessPoints[s] is >= 0 and int l)
                    {
                        double* row = rows + (4 * (nint)s * width) + lane;
                        double* sum = sums + ((nint)l * width) + lane;
                        sum[0] += row[0];
                        sum[of] += row[width];
                        sum[2 * of] += row[2 * width];
                        wOld[lane] += row[3 * width];
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void RowDots<S, V>(LaneMatrix y, LaneMatrix ey, LaneMatrix w, LaneMatrix gw, LaneMatrix old, double* rows)
            where S : struct, ISimd<double, V>
            where V : struct
        {
            for (int s = 0; s < streams.S; s++)
            {
                double* row = rows + (4 * (nint)s * S.Width);
                S.Store(RowDot<S, V>(y.At(s, 0), ey.At(s, 0), problem.K), row);
                S.Store(RowDot<S, V>(w.At(s, 0), ey.At(s, 0), problem.K), row + S.Width);
                S.Store(RowDot<S, V>(w.At(s, 0), gw.At(s, 0), problem.K), row + (2 * S.Width));
                S.Store(RowDot<S, V>(w.At(s, 0), old.At(s, 0), problem.K), row + (3 * S.Width));
            }
        }

        /// <summary>Bound and gap; false where the sub-problem ends. Otherwise c and c·t of every access point, and what f₁ must reach.</summary>
        /// <param name="sums">Of this lane.</param>
        private bool BoundAndPrepare(int r, double* sums, out double promised)
        {
            int width = LaneMatrix.Lanes, L = problem.L;
            nint of = (nint)L * width;
            double f = ControlOf(state.Value)[r], fY = ControlOf(state.ValueAtY)[r], h = ControlOf(control.StepSize)[r], rise = 0, slope = 0, square = 0;
            double* tau = ControlOf(state.InverseCurvature) + ((nint)r * L);
            for (int l = 0; l < L; l++)
            {
                double* sum = sums + ((nint)l * width);
                double yy = sum[0], yw = sum[of], ww = sum[2 * of] = Math.Max(sum[2 * of], 0), P = problem.PowerBudget[l];
                rise += Math.Sqrt(P * ww) - yw;
                double t = h * tau[l], q = yy + (2 * t * yw) + (t * t * ww), c = q > P ? Math.Sqrt(P / q) : 1, ct = c * t;
                slope += ((c - 1) * yw) + (ct * ww);
                square += t > 0 ? (((c - 1) * (c - 1) * yy) + (2 * (c - 1) * ct * yw) + (ct * ct * ww)) / t : 0;
                (sum[3 * of], sum[4 * of]) = (c, ct);
            }

            promised = fY + (2 * slope) - square - (AscentRounding * Math.Max(1, Math.Abs(fY)));
            double bound = ControlOf(state.Bound)[r] = Math.Min(ControlOf(state.Bound)[r], fY + (2 * rise)), gap = ControlOf(state.Gap)[r] = bound - f;
            int* passCount = Of(state.PassCount).Integers + r;
            if (*passCount == 0)
            {
                ControlOf(state.Stationarity)[r] = gap;
            }

            Of(state.Passes).Integers[r]++;
            double enough = Math.Max(Math.Max(state.GapTolerance, 20 * Epsilon) * Math.Max(1, Math.Abs(f)), state.GapShare * (f - ControlOf(state.StartValue)[r]));
            ScaOutcome outcome = gap <= enough ? ScaOutcome.Solved
                : !double.IsFinite(f) ? ScaOutcome.Stalled
                : *passCount >= state.PassLimit ? ScaOutcome.PassLimit
                : ScaOutcome.Improving;
            Of(state.Outcome).Integers[r] = (int)outcome;
            *passCount += outcome == ScaOutcome.Improving ? 1 : 0;
            return outcome == ScaOutcome.Improving;
        }

        /// <summary>c and c·t of every stream and lane; 1 and 0 where nobody sends.</summary>
        private void SpreadScales(double* sums, double* c, double* ct, int* realizations, int lanes)
        {
            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            for (int lane = 0; lane < width; lane++)
            {
                int* accessPoints = Of(streams.AccessPoint).Integers + ((nint)realizations[Math.Min(lane, lanes - 1)] * streams.S);
                for (int s = 0; s < streams.S; s++)
                {
                    double* sum = sums + ((nint)accessPoints[s] * width) + lane;
                    bool isSent = lane < lanes && accessPoints[s] >= 0;
                    c[(s * width) + lane] = isSent ? sum[3 * of] : 1;
                    ct[(s * width) + lane] = isSent ? sum[4 * of] : 0;
                }
            }
        }

        /// <summary>The next step size; whether X₁ is the new best, or Y goes back to the best, or nothing is left to gain.</summary>
        private bool Accepts(int r, double f1, double promised)
        {
            double* step = ControlOf(control.StepSize) + r;
            int* isBest = Of(state.IsBest).Integers + r;
            double f = ControlOf(state.Value)[r];
            bool rises = f1 >= promised; // not where f₁ is no number
            *step *= rises ? StepGrowth : StepShrink;
            if (!rises)
            {
                return false;
            }

            if (*isBest != 0 && f1 <= f)
            {
                Of(state.Outcome).Integers[r] = (int)ScaOutcome.Stalled;
                return false;
            }

            if (f1 < f)
            {
                nint size = 2 * (nint)streams.S * problem.K;
                Reals<T>.Copy(x.At(r, 0), MatricesOf(state.Y).At(r, 0), size);
                Reals<T>.Copy(e.At(r, 0), MatricesOf(state.EY).At(r, 0), size);
                (ControlOf(state.ValueAtY)[r], ControlOf(state.Momentum)[r], *isBest) = (f, 1, 1);
                return false;
            }

            return true;
        }

        /// <summary>Whether the momentum points uphill, Re⟨W, E₁⟩ ≥ Re⟨W, E⟩, and β.</summary>
        private bool Leaps(int r, double* sums, double wOld, out double beta)
        {
            int width = LaneMatrix.Lanes;
            nint of = (nint)problem.L * width;
            double theta = ControlOf(state.Momentum)[r], next = NextMomentum(theta), wTrial = 0;
            for (int l = 0; l < problem.L; l++)
            {
                double* sum = sums + ((nint)l * width);
                wTrial += (sum[3 * of] * sum[of]) + (sum[4 * of] * sum[2 * of]);
            }

            beta = (theta - 1) / next;
            return !(wTrial < wOld);
        }

        private static double NextMomentum(double theta) => (1 + Math.Sqrt(1 + (4 * theta * theta))) / 2;

        /// <summary>X := X₁, and Y := X₁ + β(X₁ − X) or X₁; E is written already, and E_Y where Y leaps.</summary>
        /// <param name="row">Room for one.</param>
        private void Move(int r, int lane, double* c, double* ct, bool leaps, double one, double minus, double f1, double ahead, T* row)
        {
            Matrices<T> y = MatricesOf(state.Y), ey = MatricesOf(state.EY), w = MatricesOf(state.W);
            int size = 2 * problem.K, width = LaneMatrix.Lanes;
            for (int s = 0; s < streams.S; s++)
            {
                T* best = x.Row(r, 0, s), point = y.Row(r, 0, s);
                Reals<T>.Combine(point, Narrow(c[(s * width) + lane]), w.Row(r, 0, s), Narrow(ct[(s * width) + lane]), row, size);
                if (leaps)
                {
                    Reals<T>.Combine(row, Narrow(one), best, Narrow(minus), point, size);
                }
                else
                {
                    Reals<T>.Copy(row, point, size);
                    Reals<T>.Copy(e.Row(r, 0, s), ey.Row(r, 0, s), size);
                }

                Reals<T>.Copy(row, best, size);
            }

            double* theta = ControlOf(state.Momentum) + r;
            ControlOf(state.Value)[r] = f1;
            (ControlOf(state.ValueAtY)[r], *theta, Of(state.IsBest).Integers[r]) = leaps ? (ahead, NextMomentum(*theta), 0) : (f1, 1, 1);
        }
    }
}
