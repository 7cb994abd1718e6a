// Conjugate gradients along the updates of RWMMSE, streams of one branch.                                                      [noncoherent.md section 13]
#include "streams.h"

#define TRIALS 5
#define MOST_SETS 40

// d_s += c_l x_s with c_l = -outward_l/power_l where the direction of l is tangent: back into the tangent space.
DEVICE void make_tangent(
    const int streams, const int n, GLOBAL const int* accessPoint, GLOBAL const int* kind, GLOBAL const double* outward, GLOBAL const double* power, GLOBAL const cplx* x, GLOBAL cplx* d)
{
    EACH(at, streams * n, GROUP)
    {
        const int l = accessPoint[at / n];
        if (l >= 0 && kind[l])
        {
            d[at] = cplx_axpy(d[at], (real)(-outward[l] / power[l]), x[at]);
        }
    }

    BARRIER;
}

// streamDirection: IStreamSearchOps.StreamDirection: D^0 out of the update, its image afresh, the gradient xi, eta, beta, D and its image.
//   gram  cplx [batch][L][n][n];  x ... dImage  cplx [batch][streams][n];  kind  int [batch][L];  memory  double [batch][2 streams + 6 L]
//   tooSmall  what eta is at least, for an objective of 1, where there is still something to gain
// One group per realization.
KERNEL GROUP_SIZE(GROUP)
void streamDirection(
    const int L, const int streams, const int n, const double tooSmall, GLOBAL const double* RESTRICT budget, GLOBAL const cplx* RESTRICT gram, GLOBAL const int* RESTRICT accessPoints,
    GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT e, GLOBAL const cplx* RESTRICT w, GLOBAL const double* RESTRICT multiplier, GLOBAL cplx* RESTRICT update,
    GLOBAL cplx* RESTRICT updateImage, GLOBAL cplx* RESTRICT gradient, GLOBAL double* RESTRICT eta, GLOBAL cplx* RESTRICT d, GLOBAL cplx* RESTRICT dImage, GLOBAL int* RESTRICT kinds,
    GLOBAL double* RESTRICT memory, GLOBAL const double* RESTRICT objective, GLOBAL const int* RESTRICT iteration, GLOBAL int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z, own = r * streams * n;
    const int size = streams * n;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const int* accessPoint = accessPoints + r * streams;
    GLOBAL int* kind = kinds + r * L;
    GLOBAL double* parts = memory + r * (2 * streams + 6 * L);
    GLOBAL double* overlaps = parts + streams;
    GLOBAL double* power = overlaps + streams; // <x, e>
    GLOBAL double* slope = power + L;          // <w, e>
    GLOBAL double* turned = slope + L;         // <update, e>
    GLOBAL double* product = turned + L;       // <w, e(update)>
    GLOBAL double* ofUpdate = product + L;     // D^0 = ofUpdate update + ofPoint x
    GLOBAL double* ofPoint = ofUpdate + L;
    branch_products(streams, n, x + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, power);
    branch_products(streams, n, w + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, slope);
    branch_products(streams, n, update + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, turned);
    branch_products(streams, n, w + own, updateImage + own, parts);
    point_sums(streams, L, accessPoint, parts, product);
    EACH(l, L, GROUP)
    {
        const double cosine = turned[l] / power[l], chord = product[l] - slope[l];
        const int isTangent = multiplier[r * L + l] > 0 && power[l] >= budget[l] * (1 - (slope[l] < 0 ? 1e-2 : 1e-5)) && cosine > 0.1 && product[l] / cosine - slope[l] < 0;
        const double isLed = isTangent || chord < 0 ? 1 : 0;
        kind[l] = isTangent;
        ofUpdate[l] = isTangent ? 1 / cosine : isLed;
        ofPoint[l] = -isLed;
    }

    BARRIER;
    EACH(at, size, GROUP)
    {
        const int l = accessPoint[at / n];
        update[own + at] = l < 0 ? cplx_of(0, 0) : cplx_axpy(cplx_scale(update[own + at], (real)ofUpdate[l]), (real)ofPoint[l], x[own + at]);
    }

    BARRIER;
    EACH(at, size, GROUP)
    {
        const int s = at / n, l = accessPoint[s];
        updateImage[own + at] = l < 0 ? cplx_of(0, 0) : hermitian_image(n, gram + (r * L + l) * n * n, at % n, update + own + (wide)s * n);
    }

    BARRIER;
    branch_products(streams, n, update + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, turned);
    make_tangent(streams, n, accessPoint, kind, turned, power, x + own, update + own);
    make_tangent(streams, n, accessPoint, kind, turned, power, e + own, updateImage + own);
    branch_products(streams, n, w + own, updateImage + own, parts);
    branch_products(streams, n, gradient + own, updateImage + own, overlaps); // the old gradient
    const double now = -point_sum(streams, -1, accessPoint, parts), overlap = point_sum(streams, -1, accessPoint, overlaps), before = eta[r];
    const double sought = iteration[r] > 0 && before > 0 ? (now + overlap) / before : 0, beta = sought > 0 && is_finite(sought) ? sought : 0;
    BARRIER;
    EACH(at, size, GROUP)
    {
        const int l = accessPoint[at / n];
        const wide i = own + at;
        gradient[i] = l < 0 ? cplx_of(0, 0) : kind[l] ? cplx_axpy(w[i], (real)(-slope[l] / power[l]), x[i]) : w[i];
        d[i] = beta > 0 ? cplx_axpy(update[i], (real)beta, d[i]) : update[i];
        dImage[i] = beta > 0 ? cplx_axpy(updateImage[i], (real)beta, dImage[i]) : updateImage[i];
    }

    BARRIER;
    branch_products(streams, n, d + own, e + own, parts);
    point_sums(streams, L, accessPoint, parts, turned);
    make_tangent(beta > 0 ? streams : 0, n, accessPoint, kind, turned, power, x + own, d + own);
    make_tangent(beta > 0 ? streams : 0, n, accessPoint, kind, turned, power, e + own, dImage + own);
    branch_products(streams, n, w + own, dImage + own, parts);
    const int descends = beta > 0 && point_sum(streams, -1, accessPoint, parts) < 0;
    EACH(at, !descends ? size : 0, GROUP)
    {
        d[own + at] = update[own + at];
        dImage[own + at] = updateImage[own + at];
    }

    if (THREAD == 0)
    {
        const double f = objective[r] < 0 ? -objective[r] : objective[r];
        eta[r] = now;
        searchState[r] = now <= tooSmall * (f > 1 ? f : 1) ? STATIONARY : searchState[r];
    }

    BARRIER;
}

// moved[l] := <x, e>, <x, image> + <d, e> and <d, image> of access point l: its power after a step as a polynomial.
DEVICE void moved_powers(
    const int L, const int streams, const int n, GLOBAL const int* accessPoint, GLOBAL const cplx* x, GLOBAL const cplx* e, GLOBAL const cplx* d, GLOBAL const cplx* image,
    GLOBAL double* parts, GLOBAL double* moved)
{
    for (int product = 0; product < 4; product++)
    {
        branch_products(streams, n, product < 2 ? x : d, product % 2 == 0 ? e : image, parts);
        EACH(l, L, GROUP)
        {
            const double sum = point_sum(streams, l, accessPoint, parts);
            const int to = 3 * l + (product + 1) / 2;
            moved[to] = product == 2 ? moved[to] + sum : sum;
        }

        BARRIER;
    }
}

// c_l(alpha): back onto the budget where the direction was tangent or the power is above it; infinite where a tangent one has no power left.
DEVICE double stream_retraction(const double alpha, const double budget, const int isTangent, GLOBAL const double* moved)
{
    const double power = moved[0] + alpha * moved[1] + alpha * alpha * (moved[2] > 0 ? moved[2] : 0);
    return isTangent || power > budget ? SQRT(budget / (power > 0 ? power : 0)) : 1;
}

// value[t] := f(c (e + alpha_t d)), t = 0 ... trials - 1, from the scales c[t][l]; not a number where that is none.
//   levels  double_cplx [TRIALS][K][2][N][N], Omega and J;  logs  double [TRIALS][K]
DEVICE void evaluate_trials(
    const int trials, const int L, const int K, const int N, const int streams, GLOBAL const int* first, GLOBAL const int* accessPoint, GLOBAL const double* weights,
    GLOBAL const cplx* e, GLOBAL const cplx* d, IN_SHARED const double* alpha, GLOBAL const double* scale, GLOBAL double_cplx* levels, GLOBAL double* logs, IN_SHARED double* value)
{
    const int n = K * N;
    EACH(at, trials * K * N * N, GROUP)
    {
        const int t = at / (K * N * N), k = at / (N * N) % K, i = at / N % N, j = at % N;
        double_cplx omega = double_cplx_of(i == j ? 1 : 0, 0), own = double_cplx_of(0, 0);
        for (int s = 0; s < streams && j <= i && first[k + 1] > first[k]; s++)
        {
            const int l = accessPoint[s], isOwn = s >= first[k] && s < first[k + 1];
            const double c = l < 0 ? 0 : scale[t * L + l], step = c * alpha[t];
            GLOBAL const cplx* E = e + (wide)s * n + k * N;
            GLOBAL const cplx* D = d + (wide)s * n + k * N;
            const double_cplx a = double_cplx_of(c * E[i].x + step * D[i].x, c * E[i].y + step * D[i].y), b = double_cplx_of(c * E[j].x + step * D[j].x, c * E[j].y + step * D[j].y);
            const double_cplx product = double_cplx_mad(double_cplx_of(0, 0), a, double_cplx_conjugate(b));
            own = double_cplx_axpy(own, isOwn ? 1 : 0, product);
            omega = double_cplx_axpy(omega, isOwn ? 0 : 1, product);
        }

        GLOBAL double_cplx* level = levels + (t * K + k) * 2 * N * N;
        level[i * N + j] = omega;
        level[N * N + i * N + j] = double_cplx_add(omega, own);
    }

    BARRIER;
    EACH(at, trials * K * 2, GROUP) // Cholesky, pivots below 1 taken for 1
    {
        GLOBAL double_cplx* A = levels + at * N * N;
        for (int c = 0; c < N; c++)
        {
            const double root = SQRT(A[c * N + c].x < 1 ? 1 : A[c * N + c].x);
            A[c * N + c] = double_cplx_of(root, 0);
            for (int i = c + 1; i < N; i++)
            {
                A[i * N + c] = double_cplx_scale(A[i * N + c], 1 / root);
                for (int j = c + 1; j <= i; j++)
                {
                    A[i * N + j] = double_cplx_msub(A[i * N + j], A[i * N + c], double_cplx_conjugate(A[j * N + c]));
                }
            }
        }
    }

    BARRIER;
    EACH(at, trials * K, GROUP)
    {
        const int k = at % K;
        GLOBAL const double_cplx* level = levels + at * 2 * N * N;
        double sum = 0;
        for (int i = 0; i < N; i++)
        {
            sum += LOG(level[N * N + i * N + i].x / level[i * N + i].x); // of the ratio: a search compares what differs in late digits
        }

        logs[at] = weights[k] > 0 && first[k + 1] > first[k] ? 2 * weights[k] * sum : 0;
    }

    BARRIER;
    EACH(t, trials, GROUP)
    {
        double sum = 0;
        for (int k = 0; k < K; k++)
        {
            sum += logs[t * K + k];
        }

        value[t] = sum;
    }

    BARRIER;
}

// scale[t][l] := c_l(alpha_t), or 1.
DEVICE void trial_scales(
    const int trials, const int L, const int retracts, GLOBAL const double* budget, GLOBAL const int* kind, GLOBAL const double* moved, IN_SHARED const double* alpha, GLOBAL double* scale)
{
    EACH(at, trials * L, GROUP)
    {
        const int l = at % L;
        scale[at] = retracts ? stream_retraction(alpha[at / L], budget[l], kind[l], moved + 3 * l) : 1;
    }

    BARRIER;
}

// streamSearch: IStreamSearchOps.StreamSearch: trial sets along D and D^0, one parabola each, the better step taken.
//   e, x, d, first...  cplx [batch][streams][n];  memory  double [batch][streams + 3 L + TRIALS (L + K + 4 K N^2)], rounded up to an even number
// One group per realization.
KERNEL GROUP_SIZE(GROUP)
void streamSearch(
    const int L, const int K, const int N, const int streams, const int bothUntil, GLOBAL const int* RESTRICT first, GLOBAL const double* RESTRICT weights,
    GLOBAL const double* RESTRICT budget, GLOBAL const int* RESTRICT accessPoints, GLOBAL const int* RESTRICT kinds, GLOBAL const cplx* RESTRICT straight,
    GLOBAL const cplx* RESTRICT straightImage, GLOBAL cplx* RESTRICT d, GLOBAL cplx* RESTRICT dImage, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT e, GLOBAL double* RESTRICT memory,
    GLOBAL double* RESTRICT stepSize, GLOBAL double* RESTRICT objective, GLOBAL double* RESTRICT powerExcess, GLOBAL const int* RESTRICT iteration, GLOBAL int* RESTRICT searchState,
    GLOBAL const int* RESTRICT status)
{
    SHARED double alpha[TRIALS];
    SHARED double value[TRIALS];
    const wide r = GROUP_Z;
    const int n = K * N, size = streams * n, numbers = streams + 3 * L + TRIALS * (L + K + 4 * K * N * N);
    const wide own = r * size;
    if (status[r] != RUNNING || searchState[r] != SEARCHING)
    {
        return;
    }

    GLOBAL const int* accessPoint = accessPoints + r * streams;
    GLOBAL const int* kind = kinds + r * L;
    GLOBAL double_cplx* levels = (GLOBAL double_cplx*)(memory + r * (numbers + numbers % 2));
    GLOBAL double* logs = (GLOBAL double*)(levels + TRIALS * 2 * K * N * N);
    GLOBAL double* scale = logs + TRIALS * K;
    GLOBAL double* moved = scale + TRIALS * L;
    GLOBAL double* parts = moved + 3 * L;
    const double start = stepSize[r] > 0 ? stepSize[r] : 1;
    const int count = iteration[r];
    if (THREAD == 0)
    {
        alpha[0] = 0;
    }

    BARRIER;
    trial_scales(1, L, 0, budget, kind, moved, alpha, scale);
    evaluate_trials(1, L, K, N, streams, first, accessPoint, weights, e + own, e + own, alpha, scale, levels, logs, value);
    const double before = value[0];
    double step = 0, best = -INFINITE;
    int isStraight = 0;
    for (int search = 0; search < 2; search++)
    {
        // along D, then D^0 where that is asked for; every realization goes through the waits, what it does not need in no rounds
        const int takesPart = search == 0 || count < bothUntil || !(best > -INFINITE);
        GLOBAL const cplx* direction = (search == 0 ? d : straight) + own;
        GLOBAL const cplx* image = (search == 0 ? dImage : straightImage) + own;
        double centre = start, low = 0, middle = 0, high = 0, atLow = 0, atMiddle = -INFINITE, atHigh = 0;
        moved_powers(L, streams, n, accessPoint, x + own, e + own, direction, image, parts, moved);

        int isOpen = takesPart;
        for (int set = 0; set < MOST_SETS && isOpen; set++)
        {
            EACH(t, TRIALS, GROUP)
            {
                alpha[t] = centre * (1 << t) / 4;
            }

            BARRIER;
            trial_scales(TRIALS, L, 1, budget, kind, moved, alpha, scale);
            evaluate_trials(TRIALS, L, K, N, streams, first, accessPoint, weights, e + own, image, alpha, scale, levels, logs, value);
            int at = 0;
            for (int t = 1; t < TRIALS; t++)
            {
                at = value[t] > value[at] || !(value[at] > -INFINITE) ? t : at;
            }

            const int isBetter = value[at] > before && at > 0;
            isOpen = !isBetter || at == TRIALS - 1;
            low = isOpen ? low : alpha[at > 0 ? at - 1 : 0];
            middle = isOpen ? middle : alpha[at];
            high = isOpen ? high : alpha[at < TRIALS - 1 ? at + 1 : at];
            atLow = value[at > 0 ? at - 1 : 0];
            atMiddle = isOpen ? atMiddle : value[at];
            atHigh = value[at < TRIALS - 1 ? at + 1 : at];
            centre = isBetter ? 8 * centre : centre / 8;
            BARRIER;
        }

        // the vertex of the parabola through the best trial and its neighbours
        const double left = middle - low, right = middle - high, numerator = left * left * (atHigh - atMiddle) - right * right * (atLow - atMiddle);
        const double vertex = middle - numerator / (2 * (left * (atHigh - atMiddle) - right * (atLow - atMiddle)));
        const double tried = vertex > low && vertex < high ? vertex : middle;
        if (THREAD == 0)
        {
            alpha[0] = tried;
        }

        BARRIER;
        trial_scales(1, L, 1, budget, kind, moved, alpha, scale);
        evaluate_trials(1, L, K, N, streams, first, accessPoint, weights, e + own, image, alpha, scale, levels, logs, value);
        const int isFound = atMiddle > -INFINITE, isInside = value[0] > atMiddle;
        const double reached = isInside ? value[0] : atMiddle;
        const int isChosen = isFound && !(best > reached); // D^0 where they are level
        step = isChosen ? isInside ? tried : middle : step;
        best = isChosen ? reached : best;
        isStraight = isChosen ? search : isStraight;
        BARRIER;
    }

    const int isFound = best > -INFINITE;
    GLOBAL const cplx* direction = (isStraight ? straight : d) + own;
    GLOBAL const cplx* image = (isStraight ? straightImage : dImage) + own;
    moved_powers(L, streams, n, accessPoint, x + own, e + own, direction, image, parts, moved);

    if (THREAD == 0)
    {
        alpha[0] = step;
    }

    BARRIER;
    trial_scales(1, L, 1, budget, kind, moved, alpha, scale);
    EACH(at, isFound ? size : 0, GROUP)
    {
        const int l = accessPoint[at / n];
        const wide i = own + at;
        const cplx D = direction[at], E = image[at];
        d[i] = D;
        dImage[i] = E;
        if (l >= 0)
        {
            x[i] = cplx_axpy(cplx_scale(x[i], (real)scale[l]), (real)(scale[l] * step), D);
            e[i] = cplx_axpy(cplx_scale(e[i], (real)scale[l]), (real)(scale[l] * step), E);
        }
    }

    BARRIER;
    branch_products(streams, n, x + own, e + own, parts);
    EACH(at, isFound ? size : 0, GROUP) // what rounding put above a budget, onto it
    {
        const int l = accessPoint[at / n];
        const double power = l < 0 ? 0 : point_sum(streams, l, accessPoint, parts);
        if (l >= 0 && power > budget[l])
        {
            x[own + at] = cplx_scale(x[own + at], (real)SQRT(budget[l] / power));
            e[own + at] = cplx_scale(e[own + at], (real)SQRT(budget[l] / power));
        }
    }

    if (THREAD == 0)
    {
        double worst = -INFINITE;
        for (int l = 0; l < L; l++)
        {
            const double excess = point_sum(streams, l, accessPoint, parts) / budget[l] - 1;
            worst = excess > worst ? excess : worst;
        }

        powerExcess[r] = !isFound ? powerExcess[r] : worst > 0 ? 0 : worst;
        objective[r] = isFound ? best : before;
        stepSize[r] = isFound ? step : stepSize[r];
        searchState[r] = isFound ? ACCEPTED : EXHAUSTED;
    }

    BARRIER;
}
