// Successive convex approximation for single-antenna users, streams of one branch, in the letters of IScaOps: n = K rows, one group per realization.   [noncoherent.md section 8]
//   x, e, y, ey, w, gw  cplx [batch][streams][K];  slope  cplx [batch][streams], a;  curvature  double [batch][K], b;  inverseCurvature  double [batch][L], tau
// What a pass decides, and the panels it decides from, are in double.
#include "streams.h"

#define STEP_GROWTH 1.1
#define STEP_SHRINK 0.5

// xi_k = 1 + sum over the others' streams of |E_ks|^2, always added up.
DEVICE double panel_interference(const int K, const int streams, GLOBAL const int* first, GLOBAL const double_cplx* panel, const int k)
{
    double xi = 1;
    for (int s = 0; s < streams; s++)
    {
        xi += s >= first[k] && s < first[k + 1] ? 0 : double_energy(panel[(wide)s * K + k]);
    }

    return xi;
}

// arguments[k] := 1 + gamma_k(E) = 1 + 2 Re sum of a_s* E_ks - b_k xi_k.
DEVICE void minorant_arguments(
    const int K, const int streams, GLOBAL const int* first, GLOBAL const cplx* slope, GLOBAL const double* curvature, GLOBAL const double_cplx* panel, GLOBAL double* arguments)
{
    EACH(k, K, GROUP)
    {
        double own = 0;
        for (int s = first[k]; s < first[k + 1]; s++)
        {
            own += double_inner(widened(slope[s]), panel[(wide)s * K + k]);
        }

        arguments[k] = 1 + 2 * own - curvature[k] * panel_interference(K, streams, first, panel, k);
    }

    BARRIER;
}

// sum of alpha_k log2 of the arguments, users of weight 0 left out: -infinity where another's is not positive. Every thread gets it.
DEVICE double sum_of_logarithms(const int K, GLOBAL const double* weights, GLOBAL const double* arguments)
{
    double sum = 0;
    for (int k = 0; k < K; k++)
    {
        sum += weights[k] == 0 ? 0 : arguments[k] <= 0 ? -INFINITE : weights[k] * LOG(arguments[k]);
    }

    return sum / LN_2;
}

// minorantTangent: IScaOps.MinorantTangent.
//   memory  double [batch][2 streams K + streams + 2 K + L], rounded up to an even number
KERNEL GROUP_SIZE(GROUP)
void minorantTangent(
    const int L, const int K, const int streams, GLOBAL const int* RESTRICT first, GLOBAL const double* RESTRICT weights, GLOBAL const double* RESTRICT budget,
    GLOBAL const int* RESTRICT accessPoints, GLOBAL const cplx* RESTRICT gram, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT e, GLOBAL cplx* RESTRICT y, GLOBAL cplx* RESTRICT ey,
    GLOBAL cplx* RESTRICT slopes, GLOBAL double* RESTRICT curvature, GLOBAL double* RESTRICT inverseCurvature, GLOBAL double* RESTRICT value, GLOBAL double* RESTRICT valueAtY,
    GLOBAL double* RESTRICT startValue, GLOBAL double* RESTRICT bound, GLOBAL double* RESTRICT momentum, GLOBAL int* RESTRICT passCount, GLOBAL int* RESTRICT isBest,
    GLOBAL double* RESTRICT memory, GLOBAL double* RESTRICT objective, GLOBAL double* RESTRICT powerExcess, GLOBAL const int* RESTRICT outcome, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z, own = r * streams * K;
    const int size = streams * K, numbers = 2 * size + streams + 2 * K + L;
    if (status[r] != RUNNING || outcome[r] == IMPROVING)
    {
        return;
    }

    GLOBAL const int* accessPoint = accessPoints + r * streams;
    GLOBAL double_cplx* panel = (GLOBAL double_cplx*)(memory + r * (numbers + numbers % 2));
    GLOBAL double* parts = (GLOBAL double*)(panel + size);
    GLOBAL double* arguments = parts + streams;
    GLOBAL double* bent = arguments + K;
    GLOBAL double* power = bent + K;
    branch_products(streams, K, x + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, power);
    EACH(at, size, GROUP)
    {
        const int l = accessPoint[at / K];
        const double c = l >= 0 && power[l] > budget[l] ? SQRT(budget[l] / power[l]) : 1;
        x[own + at] = cplx_scale(x[own + at], (real)c);
        e[own + at] = cplx_scale(e[own + at], (real)c);
        y[own + at] = x[own + at];
        ey[own + at] = e[own + at];
        panel[at] = widened(e[own + at]);
    }

    BARRIER;
    EACH(k, K, GROUP)
    {
        const double xi = panel_interference(K, streams, first, panel, k);
        double signal = 0, bend = 0;
        for (int s = first[k]; s < first[k + 1]; s++)
        {
            const double_cplx heard = panel[(wide)s * K + k], a = double_cplx_scale(heard, 1 / xi);
            signal += double_energy(heard);
            bend += double_energy(a);
            slopes[r * streams + s] = rounded(a);
        }

        curvature[r * K + k] = bend;
        arguments[k] = 1 + signal / xi;
        bent[k] = weights[k] > 0 ? weights[k] / (arguments[k] * LN_2) * bend : 0;
    }

    BARRIER;
    EACH(l, L, GROUP)
    {
        double trace = 0;
        for (int k = 0; k < K; k++)
        {
            trace += bent[k] * gram[((r * L + l) * K + k) * K + k].x;
        }

        inverseCurvature[r * L + l] = trace > 0 ? 1 / trace : 0;
    }

    if (THREAD == 0)
    {
        const double rate = sum_of_logarithms(K, weights, arguments);
        double worst = -INFINITE;
        for (int l = 0; l < L; l++)
        {
            const double excess = power[l] / budget[l] - 1, kept = excess > 0 ? 0 : excess;
            worst = kept > worst ? kept : worst;
        }

        value[r] = rate;
        valueAtY[r] = rate;
        startValue[r] = rate;
        bound[r] = INFINITE;
        momentum[r] = 1;
        passCount[r] = 0;
        isBest[r] = 1;
        objective[r] = rate * LN_2;
        powerExcess[r] = worst;
    }

    BARRIER;
}

// minorantGradient: W at E_Y and its images G w_s; 0 for streams of nobody. Sums of a row are one thread's, in order.
//   memory  as above
KERNEL GROUP_SIZE(GROUP)
void minorantGradient(
    const int L, const int K, const int streams, GLOBAL const int* RESTRICT first, GLOBAL const int* RESTRICT userOf, GLOBAL const double* RESTRICT weights,
    GLOBAL const int* RESTRICT accessPoints, GLOBAL const cplx* RESTRICT gram, GLOBAL const cplx* RESTRICT ey, GLOBAL const cplx* RESTRICT slopes,
    GLOBAL const double* RESTRICT curvature, GLOBAL cplx* RESTRICT w, GLOBAL cplx* RESTRICT gw, GLOBAL double* RESTRICT memory, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z, own = r * streams * K;
    const int size = streams * K, numbers = 2 * size + streams + 2 * K + L;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL double_cplx* panel = (GLOBAL double_cplx*)(memory + r * (numbers + numbers % 2));
    GLOBAL double* arguments = (GLOBAL double*)(panel + size) + streams;
    EACH(at, size, GROUP)
    {
        panel[at] = widened(ey[own + at]);
    }

    BARRIER;
    minorant_arguments(K, streams, first, slopes + r * streams, curvature + r * K, panel, arguments);
    EACH(at, size, GROUP)
    {
        const int s = at / K, k = at % K, isOwn = userOf[s] == k, isSent = accessPoints[r * streams + s] >= 0;
        const double rate = isSent && weights[k] > 0 ? weights[k] / (arguments[k] * LN_2) : 0, factor = isOwn ? rate : -rate * curvature[r * K + k];
        const cplx a = slopes[r * streams + s];
        const double re = isOwn ? a.x : panel[at].x, im = isOwn ? a.y : panel[at].y;
        w[own + at] = rounded(double_cplx_of(isSent ? factor * re : 0, isSent ? factor * im : 0));
    }

    BARRIER;
    EACH(at, size, GROUP)
    {
        const int s = at / K, l = accessPoints[r * streams + s];
        gw[own + at] = l < 0 ? cplx_of(0, 0) : hermitian_image(K, gram + (r * L + l) * K * K, at % K, w + own + (wide)s * K);
    }

    BARRIER;
}

// minorantStep: a pass from Y, IScaOps.MinorantStep: bound and gap, one trial, the next point.
//   least    20 epsilon;  rounding  what a trial may lack of its promised ascent
//   memory   double [batch][4 streams K + 4 streams + K + 5 L], rounded up to an even number: two panels, sums of branches, and yy, yw, ww, c, c t of access points
KERNEL GROUP_SIZE(GROUP)
void minorantStep(
    const int L, const int K, const int streams, const int passLimit, const double least, const double gapShare, const double rounding, GLOBAL const int* RESTRICT first,
    GLOBAL const double* RESTRICT weights, GLOBAL const double* RESTRICT budget, GLOBAL const int* RESTRICT accessPoints, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT e,
    GLOBAL cplx* RESTRICT y, GLOBAL cplx* RESTRICT ey, GLOBAL const cplx* RESTRICT w, GLOBAL const cplx* RESTRICT gw, GLOBAL const cplx* RESTRICT slopes,
    GLOBAL const double* RESTRICT curvature, GLOBAL const double* RESTRICT inverseCurvature, GLOBAL double* RESTRICT value, GLOBAL double* RESTRICT valueAtY,
    GLOBAL const double* RESTRICT startValue, GLOBAL double* RESTRICT bound, GLOBAL double* RESTRICT gaps, GLOBAL double* RESTRICT stationarity, GLOBAL double* RESTRICT momentum,
    GLOBAL int* RESTRICT passCount, GLOBAL int* RESTRICT isBest, GLOBAL int* RESTRICT passes, GLOBAL int* RESTRICT outcome, GLOBAL double* RESTRICT stepSize,
    GLOBAL double* RESTRICT memory, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z, own = r * streams * K;
    const int size = streams * K, numbers = 4 * size + 4 * streams + K + 5 * L;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const int* accessPoint = accessPoints + r * streams;
    GLOBAL double_cplx* trial = (GLOBAL double_cplx*)(memory + r * (numbers + numbers % 2));
    GLOBAL double_cplx* ahead = trial + size;
    GLOBAL double* parts = (GLOBAL double*)(ahead + size);
    GLOBAL double* wOld = parts + 3 * streams;
    GLOBAL double* arguments = wOld + streams;
    GLOBAL double* yy = arguments + K;
    GLOBAL double* yw = yy + L;
    GLOBAL double* ww = yw + L;
    GLOBAL double* c = ww + L;
    GLOBAL double* ct = c + L;
    const double f = value[r], fY = valueAtY[r], h = stepSize[r], theta = momentum[r];
    const int count = passCount[r], wasBest = isBest[r];
    branch_products(streams, K, y + own, ey + own, parts);
    branch_products(streams, K, w + own, ey + own, parts + streams);
    branch_products(streams, K, w + own, gw + own, parts + 2 * streams);
    branch_products(streams, K, w + own, e + own, wOld);
    EACH(l, L, GROUP)
    {
        const double square = point_sum(streams, l, accessPoint, parts + 2 * streams), t = h * inverseCurvature[r * L + l];
        yy[l] = point_sum(streams, l, accessPoint, parts);
        yw[l] = point_sum(streams, l, accessPoint, parts + streams);
        ww[l] = square < 0 ? 0 : square;
        const double moved = yy[l] + 2 * t * yw[l] + t * t * ww[l];
        c[l] = moved > budget[l] ? SQRT(budget[l] / moved) : 1;
        ct[l] = c[l] * t;
    }

    BARRIER;
    double rise = 0, gain = 0, bending = 0, uphill = 0;
    for (int l = 0; l < L; l++)
    {
        const double t = h * inverseCurvature[r * L + l];
        rise += SQRT(budget[l] * ww[l]) - yw[l];
        gain += (c[l] - 1) * yw[l] + ct[l] * ww[l];
        bending += t > 0 ? ((c[l] - 1) * (c[l] - 1) * yy[l] + 2 * (c[l] - 1) * ct[l] * yw[l] + ct[l] * ct[l] * ww[l]) / t : 0;
        uphill += c[l] * yw[l] + ct[l] * ww[l];
    }

    const double promised = fY + 2 * gain - bending - rounding * (fY > 1 ? fY : fY < -1 ? -fY : 1);
    const double reach = fY + 2 * rise, limit = reach < bound[r] || !(reach == reach) ? reach : bound[r], gap = limit - f;
    const double relative = least * (f > 1 ? f : f < -1 ? -f : 1), shared = gapShare * (f - startValue[r]), enough = relative > shared ? relative : shared;
    const int ends = gap <= enough ? OUTCOME_SOLVED : !is_finite(f) ? OUTCOME_STALLED : count >= passLimit ? OUTCOME_PASS_LIMIT : IMPROVING;
    BARRIER; // every thread has read what changes now
    if (THREAD == 0)
    {
        bound[r] = limit;
        gaps[r] = gap;
        stationarity[r] = count == 0 ? gap : stationarity[r];
        passes[r]++;
        outcome[r] = ends;
        passCount[r] = ends == IMPROVING ? count + 1 : count;
    }

    const int tries = ends == IMPROVING;
    EACH(at, tries ? size : 0, GROUP)
    {
        const int l = accessPoint[at / K];
        trial[at] = double_cplx_axpy(double_cplx_scale(widened(ey[own + at]), l < 0 ? 1 : c[l]), l < 0 ? 0 : ct[l], widened(gw[own + at]));
    }

    BARRIER;
    minorant_arguments(tries ? K : 0, streams, first, slopes + r * streams, curvature + r * K, trial, arguments);
    const double reached = tries ? sum_of_logarithms(K, weights, arguments) : 0;
    const int rises = tries && reached >= promised, stalls = rises && wasBest && reached <= f, returns = rises && !stalls && reached < f, accepts = rises && !stalls && !returns;
    const double next = (1 + SQRT(1 + 4 * theta * theta)) / 2, beta = (theta - 1) / next;
    const int climbs = accepts && !(uphill < point_sum(streams, -1, accessPoint, wOld));
    BARRIER;
    EACH(at, accepts ? size : 0, GROUP)
    {
        ahead[at] = double_cplx_axpy(double_cplx_scale(trial[at], 1 + beta), -beta, widened(e[own + at]));
    }

    BARRIER;
    minorant_arguments(climbs ? K : 0, streams, first, slopes + r * streams, curvature + r * K, ahead, arguments);
    const double there = climbs ? sum_of_logarithms(K, weights, arguments) : 0;
    const int leaps = climbs && there != -INFINITE;
    EACH(at, accepts || returns ? size : 0, GROUP)
    {
        const int l = accessPoint[at / K];
        const wide i = own + at;
        const cplx moved = cplx_axpy(cplx_scale(y[i], (real)(l < 0 ? 1 : c[l])), (real)(l < 0 ? 0 : ct[l]), w[i]), best = x[i];
        if (returns)
        {
            y[i] = best;
            ey[i] = e[i];
        }
        else
        {
            y[i] = leaps ? cplx_axpy(cplx_scale(moved, (real)(1 + beta)), (real)-beta, best) : moved;
            x[i] = moved;
            e[i] = rounded(trial[at]);
            ey[i] = leaps ? rounded(ahead[at]) : e[i];
        }
    }

    if (THREAD == 0)
    {
        stepSize[r] = !tries ? h : rises ? h * STEP_GROWTH : h * STEP_SHRINK;
        outcome[r] = stalls ? OUTCOME_STALLED : outcome[r];
        value[r] = accepts ? reached : f;
        valueAtY[r] = accepts ? leaps ? there : reached : returns ? f : fY;
        momentum[r] = leaps ? next : accepts || returns ? 1 : theta;
        isBest[r] = accepts ? !leaps : returns ? 1 : wasBest;
    }

    BARRIER;
}
