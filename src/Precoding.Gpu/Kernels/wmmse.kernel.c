// WMMSE, one block of one access point l: X_l = Omega^1/2 Z, (A + lambda I) Z = Y, A = Omega^1/2 G_l Omega^1/2, Y = Omega^-1/2 T_l.         [coherent.md section 4]
//   x, s, gram  cplx [batch][L][K][K];  receiver  cplx [batch][K];  weight  double [batch][K]
//   roots   real [batch][K], Omega^1/2
//   lambda  double [batch], the multiplier being tried;  powerMultiplier  double [batch][L]
//   state   double [batch][3]: bracket of the multiplier from below and above, and the smallest that is sought here
//   open    int [batch], 1 where the multiplier is still sought;  marked  int [batch], 1 where the eigendecomposition is to find it
#define SECULAR_LOW 0
#define SECULAR_HIGH 1
#define SECULAR_SMALLEST 2
#define SECULAR_NUMBERS 3

// beginSecular: Omega^1/2 = diag(sqrt(w) |a|), the start of the search, and who takes part. `negligible` is the share of A's mean eigenvalue below which a
// multiplier is left to the eigendecomposition; so is a link without any channel. One group per realization; the trace is summed by threads, then as a tree.
KERNEL GROUP_SIZE(GROUP)
void beginSecular(
    const int L, const int K, const int l, const double negligible, GLOBAL const cplx* RESTRICT gram, GLOBAL const cplx* RESTRICT receiver,
    GLOBAL const double* RESTRICT weight, GLOBAL const double* RESTRICT powerMultiplier, GLOBAL real* RESTRICT roots, GLOBAL double* RESTRICT lambda,
    GLOBAL double* RESTRICT state, GLOBAL int* RESTRICT open, GLOBAL int* RESTRICT marked, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, runs = status[b] == RUNNING;
    GLOBAL const cplx* G = gram + ((wide)b * L + l) * K * K;
    double trace = 0;
    for (int k = THREAD; runs && k < K; k += GROUP)
    {
        const double omega = energy(receiver[(wide)b * K + k]) * weight[(wide)b * K + k];
        roots[(wide)b * K + k] = (real)SQRT(omega);
        trace += omega * G[(wide)k * K + k].x;
    }

    trace = group_sum(trace, scratch);
    if (THREAD == 0)
    {
        const double mean = trace / K, warm = powerMultiplier[(wide)b * L + l];
        open[b] = runs && mean > 0;
        marked[b] = runs && !(mean > 0);
        lambda[b] = warm > 0 ? warm : mean > 1e-299 ? mean * 0.1 : 1e-300;
        state[(wide)b * SECULAR_NUMBERS + SECULAR_LOW] = 0;
        state[(wide)b * SECULAR_NUMBERS + SECULAR_HIGH] = INFINITE;
        state[(wide)b * SECULAR_NUMBERS + SECULAR_SMALLEST] = negligible * mean;
    }

    BARRIER;
}

// blockTargets: Y = diag(sqrt(w) a/|a|) - Omega^1/2 sum over r != l of S_r, row k 0 where a_k is. One group per (row k, realization).
//   target  cplx [batch][K][K]
KERNEL GROUP_SIZE(GROUP)
void blockTargets(
    const int L, const int K, const int l, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT receiver, GLOBAL const double* RESTRICT weight,
    GLOBAL const real* RESTRICT roots, GLOBAL cplx* RESTRICT target, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const real root = roots[(wide)b * K + k];
    const cplx a = receiver[(wide)b * K + k];
    const double magnitude = SQRT(energy(a)), factor = root > 0 && magnitude > 0 ? SQRT(weight[(wide)b * K + k]) / magnitude : 0;
    for (int u = THREAD; u < K; u += GROUP)
    {
        cplx value = cplx_of(0, 0);
        for (int other = 0; other < L && root > 0; other++)
        {
            if (other != l)
            {
                value = cplx_axpy(value, -root, s[(((wide)b * L + other) * K + k) * K + u]);
            }
        }

        target[((wide)b * K + k) * K + u] = u == k ? cplx_add(value, cplx_of((real)(factor * a.x), (real)(factor * a.y))) : value;
    }
}

// secularAdvance: Newton's method on 1/sqrt(power(lambda)), which is nearly straight and concave: from the left it climbs monotonically to the root. Bracketed;
// a multiplier that becomes negligible, a factorization that failed, and what is open after the `last` round are left to the eigendecomposition.
//   sums  double [batch][panels][3] of choleskySolveSquares: power = |L^-1 Y|^2 - lambda |Z|^2, its slope -2(|Z|^2 - lambda |L^-1 Z|^2)
// One thread per realization, which adds the panels up in order.
KERNEL GROUP_SIZE(GROUP)
void secularAdvance(
    const int count, const int panels, const int last, const double tolerance, const double epsilon, const double budget, GLOBAL const double* RESTRICT sums,
    GLOBAL double* RESTRICT lambda, GLOBAL double* RESTRICT state, GLOBAL int* RESTRICT open, GLOBAL int* RESTRICT marked)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= count || !open[b])
    {
        return;
    }

    double forward = 0, solution = 0, twice = 0;
    for (int panel = 0; panel < panels; panel++)
    {
        GLOBAL const double* sum = sums + ((wide)b * panels + panel) * 3;
        forward += sum[0];
        solution += sum[1];
        twice += sum[2];
    }

    GLOBAL double* bracket = state + (wide)b * SECULAR_NUMBERS;
    const double tried = lambda[b], power = forward - tried * solution, slope = -2 * (solution - tried * twice);
    const double rounding = 8 * epsilon * forward, sought = tolerance * budget; // the power is a difference: nothing below its rounding can be asked for
    if (!is_finite(power) || !is_finite(slope))
    {
        marked[b] = 1;
        open[b] = 0;
        return;
    }

    const double miss = power > budget ? power - budget : budget - power;
    if (miss <= (rounding > sought ? rounding : sought))
    {
        open[b] = 0;
        return;
    }

    bracket[power > budget ? SECULAR_LOW : SECULAR_HIGH] = tried;
    const double low = bracket[SECULAR_LOW], high = bracket[SECULAR_HIGH];
    double next = power > 0 && slope < 0 ? tried + 2 * power * (1 - SQRT(power / budget)) / slope : -1;
    if (!(next > low && next < high))
    {
        next = !is_finite(high) ? 8 * low : low > 0 ? SQRT(low * high) : high / 16;
    }

    const double step = next > tried ? next - tried : tried - next;
    if (next < bracket[SECULAR_SMALLEST])
    {
        marked[b] = 1;
        open[b] = 0;
    }
    else if (step <= 1e-15 * tried || (is_finite(high) && high - low <= 4e-16 * high))
    {
        open[b] = 0; // no number between: as good as it gets
    }
    else
    {
        lambda[b] = next;
        marked[b] = last;
        open[b] = !last;
    }
}

// blockCoordinates: X_l = Omega^1/2 Z and its multiplier, where it was found. One group per (row k, realization).
//   z  cplx [batch][K][K]
KERNEL GROUP_SIZE(GROUP)
void blockCoordinates(
    const int L, const int K, const int l, GLOBAL const cplx* RESTRICT z, GLOBAL const real* RESTRICT roots, GLOBAL const double* RESTRICT lambda,
    GLOBAL const int* RESTRICT marked, GLOBAL cplx* RESTRICT x, GLOBAL double* RESTRICT powerMultiplier, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING || marked[b])
    {
        return;
    }

    for (int u = THREAD; u < K; u += GROUP)
    {
        x[(((wide)b * L + l) * K + k) * K + u] = cplx_scale(z[((wide)b * K + k) * K + u], roots[(wide)b * K + k]);
    }

    if (k == 0 && THREAD == 0)
    {
        powerMultiplier[(wide)b * L + l] = lambda[b];
    }
}

DEVICE cplx scale_and_flush(const cplx a, const real factor, const real negligible)
{
    const cplx scaled = cplx_scale(a, factor);
    const int smallX = scaled.x < negligible && scaled.x > -negligible, smallY = scaled.y < negligible && scaled.y > -negligible;
    return cplx_of(smallX ? 0 : scaled.x, smallY ? 0 : scaled.y);
}

// finishBlock: a block with a multiplier, or above its budget, is scaled onto it, which removes the rounding left by the root finder. Users that WMMSE switches
// off decay for ever, and numbers below the normal range are slow on some devices: of S_l what is `negligible` beside the noise amplitude is zero, and of X_l what
// is that far below maximum ratio's sqrt(P_l/tr G_l). PowerExcess of the block, for l > 0 the larger of it and what is there.
// One group per (chunk, realization); each adds up the chunks of blockDots, sums double [batch][chunks], in order for itself.
KERNEL GROUP_SIZE(GROUP)
void finishBlock(
    const int L, const int K, const int l, const int chunks, const double negligible, const double budget, GLOBAL const cplx* RESTRICT gram,
    GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT powerMultiplier, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT s,
    GLOBAL double* RESTRICT powerExcess, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, size = K * K;
    if (status[b] != RUNNING)
    {
        return;
    }

    const wide first = ((wide)b * L + l) * size;
    double power = 0, trace = 0;
    for (int chunk = 0; chunk < chunks; chunk++)
    {
        power += sums[(wide)b * chunks + chunk];
    }

    for (int k = THREAD; k < K; k += GROUP)
    {
        trace += gram[first + (wide)k * K + k].x;
    }

    trace = group_sum(trace, scratch);
    const int onBudget = power > 0 && (powerMultiplier[(wide)b * L + l] > 0 || power > budget);
    const real factor = onBudget ? (real)SQRT(budget / power) : 1, smallest = trace > 0 ? (real)(negligible * SQRT(budget / trace)) : 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        x[first + i] = scale_and_flush(x[first + i], factor, smallest);
        s[first + i] = scale_and_flush(s[first + i], factor, (real)negligible);
    }

    if (GROUP_X == 0 && THREAD == 0)
    {
        const double excess = onBudget ? 0 : (power > 0 ? power : 0) / budget - 1;
        powerExcess[b] = l == 0 || excess > powerExcess[b] ? excess : powerExcess[b];
    }

    BARRIER;
}
