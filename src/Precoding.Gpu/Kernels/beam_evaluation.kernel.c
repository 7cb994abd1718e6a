// Couplings and gradient from the table Y = V^H H, gathered by the support.                                       [BSP (35), (45); coherent.md section 2]
//   table  cplx [batch][L*N][K];  start  int [batch][K*L + 1];  beam  int [batch][capacity];  u, gradient  cplx [batch][capacity]
//   sT, wT cplx [batch][K][K], by stream: sT[u][k] = S[k][u]
// A user's slots lie together, access point by access point; row l N + n of the table belongs to a slot of access point l with beam n.

// The access point of a slot from the user's starts.
DEVICE int access_point_of(const int L, GLOBAL const int* starts, const int slot)
{
    int l = 0;
    while (l + 1 < L && slot >= starts[l + 1])
    {
        l++;
    }

    return l;
}

// evaluationOrder: which realizations are gathered and which take the dense order, RUNNING in exactly one of the two where they run: gathered with no more
// than `mostSlots` slots. One thread per realization.
KERNEL GROUP_SIZE(GROUP)
void evaluationOrder(
    const int count, const int links, const int mostSlots, GLOBAL const int* RESTRICT start, GLOBAL int* RESTRICT gathered, GLOBAL int* RESTRICT dense,
    GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b < count)
    {
        const int gathers = start[(wide)b * (links + 1) + links] <= mostSlots, runs = status[b] == RUNNING;
        gathered[b] = runs && gathers ? RUNNING : STATUS_STALLED;
        dense[b] = runs && !gathers ? RUNNING : STATUS_STALLED;
    }
}

// gatherCouplings: sT[u][k] = sum over the slots of u of u_slot conj(Y[row of slot][k]), slots in order.
// One group per (GROUP users k, stream u, realization); slots are staged in shared memory GROUP at a time, a thread owns one k.
KERNEL GROUP_SIZE(GROUP)
void gatherCouplings(
    const int K, const int L, const int N, const int capacity, GLOBAL const cplx* RESTRICT table, GLOBAL const int* RESTRICT start, GLOBAL const int* RESTRICT beam,
    GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT sT, GLOBAL const int* RESTRICT status)
{
    SHARED cplx value[GROUP];
    SHARED int row[GROUP];
    const int b = GROUP_Z, stream = GROUP_Y, k = GROUP_X * GROUP + THREAD, column = k < K ? k : 0;
    if (status[b] != RUNNING)
    {
        return;
    }

    GLOBAL const int* starts = start + (wide)b * ((wide)K * L + 1) + (wide)stream * L;
    GLOBAL const cplx* Y = table + (wide)b * L * N * K + column;
    cplx sum = cplx_of(0, 0);
    const int end = starts[L];
    for (int first = starts[0]; first < end; first += GROUP)
    {
        const int slot = first + THREAD, staged = end - first < GROUP ? end - first : GROUP;
        if (THREAD < staged)
        {
            value[THREAD] = u[(wide)b * capacity + slot];
            row[THREAD] = access_point_of(L, starts, slot) * N + beam[(wide)b * capacity + slot];
        }

        BARRIER;
        for (int i = 0; i < staged; i++)
        {
            sum = cplx_mad(sum, cplx_conjugate(Y[(wide)row[i] * K]), value[i]);
        }

        BARRIER;
    }

    if (k < K)
    {
        sT[((wide)b * K + stream) * K + k] = sum;
    }

    BARRIER;
}

// gatherGradient: gradient[slot of u] = sum over k of Y[row of slot][k] wT[u][k].
// One group per (GROUP slots of user u, user u, realization). READERS threads read a row side by side, each for SLOTS_EACH slots at once; the partial sums of
// GATHERED_SLOTS slots meet in shared memory, where one thread a slot adds them in order.
#define READERS 32
#define SLOTS_EACH 4
#define GATHERED_SLOTS (GROUP / READERS * SLOTS_EACH)
KERNEL GROUP_SIZE(GROUP)
void gatherGradient(
    const int K, const int L, const int N, const int capacity, GLOBAL const cplx* RESTRICT table, GLOBAL const int* RESTRICT start, GLOBAL const int* RESTRICT beam,
    GLOBAL const cplx* RESTRICT wT, GLOBAL cplx* RESTRICT gradient, GLOBAL const int* RESTRICT status)
{
    SHARED cplx partial[GATHERED_SLOTS * (READERS + 1)];
    SHARED int row[GROUP];
    const int b = GROUP_Z, user = GROUP_Y, reader = THREAD % READERS, team = THREAD / READERS;
    GLOBAL const int* starts = start + (wide)b * ((wide)K * L + 1) + (wide)user * L;
    const int first = starts[0] + GROUP_X * GROUP, count = starts[L] - first < GROUP ? starts[L] - first : GROUP;
    if (status[b] != RUNNING || count <= 0)
    {
        return;
    }

    row[THREAD] = THREAD < count ? access_point_of(L, starts, first + THREAD) * N + beam[(wide)b * capacity + first + THREAD] : 0;
    BARRIER;
    GLOBAL const cplx* Y = table + (wide)b * L * N * K;
    GLOBAL const cplx* w = wT + ((wide)b * K + user) * K;
    for (int batch = 0; batch < count; batch += GATHERED_SLOTS)
    {
        cplx sum[SLOTS_EACH];
        UNROLL
        for (int i = 0; i < SLOTS_EACH; i++)
        {
            sum[i] = cplx_of(0, 0);
        }

        for (int k = reader; k < K; k += READERS)
        {
            const cplx weight = w[k];
            UNROLL
            for (int i = 0; i < SLOTS_EACH; i++)
            {
                const int slot = batch + team * SLOTS_EACH + i;
                if (slot < count)
                {
                    sum[i] = cplx_mad(sum[i], Y[(wide)row[slot] * K + k], weight);
                }
            }
        }

        UNROLL
        for (int i = 0; i < SLOTS_EACH; i++)
        {
            partial[(team * SLOTS_EACH + i) * (READERS + 1) + reader] = sum[i];
        }

        BARRIER;
        if (THREAD < GATHERED_SLOTS && batch + THREAD < count)
        {
            cplx total = partial[THREAD * (READERS + 1)];
            for (int i = 1; i < READERS; i++)
            {
                total = cplx_add(total, partial[THREAD * (READERS + 1) + i]);
            }

            gradient[(wide)b * capacity + first + batch + THREAD] = total;
        }

        BARRIER;
    }

    BARRIER;
}

// matchedBeams: u[slot of k] = Y[row of slot][k]. One group per (user k, access point l, realization).
KERNEL GROUP_SIZE(GROUP)
void matchedBeams(
    const int K, const int L, const int N, const int capacity, GLOBAL const cplx* RESTRICT table, GLOBAL const int* RESTRICT start, GLOBAL const int* RESTRICT beam,
    GLOBAL cplx* RESTRICT u, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, k = GROUP_X, l = GROUP_Y;
    if (status[b] != RUNNING)
    {
        return;
    }

    GLOBAL const int* starts = start + (wide)b * ((wide)K * L + 1) + (wide)k * L + l;
    for (int slot = starts[0] + THREAD; slot < starts[1]; slot += GROUP)
    {
        u[(wide)b * capacity + slot] = table[(((wide)b * L + l) * N + beam[(wide)b * capacity + slot]) * K + k];
    }
}

// unitBeams: u := u/|u|, 0 stays 0; in double. One group per (GROUP slots, realization).
KERNEL GROUP_SIZE(GROUP)
void unitBeams(const int links, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL cplx* RESTRICT u, GLOBAL const int* RESTRICT status)
{
    const int slot = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] == RUNNING && slot < start[(wide)b * (links + 1) + links])
    {
        const cplx value = u[(wide)b * capacity + slot];
        const double magnitude = SQRT(energy(value));
        if (magnitude != 0)
        {
            u[(wide)b * capacity + slot] = cplx_of((real)(value.x / magnitude), (real)(value.y / magnitude));
        }
    }
}

// curvatureWeights: q[u][k], the weights of |Y[row][k]|^2 in a diagonal of the Hessian: alpha_k (1/int - |S|^2/int^2 - 1/tot + |S|^2/tot^2) for u != k, and
// -alpha_k int/tot^2 for u = k; with `positive` not below 0, and alpha_k |S_kk|^2/(tot int) for u = k.                    [coherent.md sections 3.7, 3.8]
//   levels  double [batch][K][2]: int_k, tot_k;  weights  real [batch][K][K] by stream
// One group per (GROUP users k, stream u, realization).
KERNEL GROUP_SIZE(GROUP)
void curvatureWeights(
    const int K, const int positive, GLOBAL const cplx* RESTRICT sT, GLOBAL const double* RESTRICT alpha, GLOBAL const double* RESTRICT levels, GLOBAL real* RESTRICT weights,
    GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, u = GROUP_Y, k = GROUP_X * GROUP + THREAD;
    if (status[b] != RUNNING || k >= K)
    {
        return;
    }

    const double interference = levels[((wide)b * K + k) * 2], total = levels[((wide)b * K + k) * 2 + 1];
    const double scale = alpha[k] * (total - interference) / (total * interference);
    double q = scale * (1 - energy(sT[((wide)b * K + u) * K + k]) * (1 / interference + 1 / total));
    q = positive && q < 0 ? 0 : q;
    q = u != k ? q : positive ? scale : -alpha[k] * interference / (total * total);
    weights[((wide)b * K + u) * K + k] = (real)q;
}

// gatherCurvature: curvature[slot of u] = sum over k of |Y[row of slot][k]|^2 weights[u][k], imaginary parts 0; groups and threads as in gatherGradient.
KERNEL GROUP_SIZE(GROUP)
void gatherCurvature(
    const int K, const int L, const int N, const int capacity, GLOBAL const cplx* RESTRICT table, GLOBAL const int* RESTRICT start, GLOBAL const int* RESTRICT beam,
    GLOBAL const real* RESTRICT weights, GLOBAL cplx* RESTRICT curvature, GLOBAL const int* RESTRICT status)
{
    SHARED real partial[GATHERED_SLOTS * (READERS + 1)];
    SHARED int row[GROUP];
    const int b = GROUP_Z, user = GROUP_Y, reader = THREAD % READERS, team = THREAD / READERS;
    GLOBAL const int* starts = start + (wide)b * ((wide)K * L + 1) + (wide)user * L;
    const int first = starts[0] + GROUP_X * GROUP, count = starts[L] - first < GROUP ? starts[L] - first : GROUP;
    if (status[b] != RUNNING || count <= 0)
    {
        return;
    }

    row[THREAD] = THREAD < count ? access_point_of(L, starts, first + THREAD) * N + beam[(wide)b * capacity + first + THREAD] : 0;
    BARRIER;
    GLOBAL const cplx* Y = table + (wide)b * L * N * K;
    GLOBAL const real* q = weights + ((wide)b * K + user) * K;
    for (int batch = 0; batch < count; batch += GATHERED_SLOTS)
    {
        real sum[SLOTS_EACH];
        UNROLL
        for (int i = 0; i < SLOTS_EACH; i++)
        {
            sum[i] = 0;
        }

        for (int k = reader; k < K; k += READERS)
        {
            const real weight = q[k];
            UNROLL
            for (int i = 0; i < SLOTS_EACH; i++)
            {
                const int slot = batch + team * SLOTS_EACH + i;
                if (slot < count)
                {
                    const cplx y = Y[(wide)row[slot] * K + k];
                    sum[i] = FMA(FMA(y.x, y.x, y.y * y.y), weight, sum[i]);
                }
            }
        }

        UNROLL
        for (int i = 0; i < SLOTS_EACH; i++)
        {
            partial[(team * SLOTS_EACH + i) * (READERS + 1) + reader] = sum[i];
        }

        BARRIER;
        if (THREAD < GATHERED_SLOTS && batch + THREAD < count)
        {
            real total = partial[THREAD * (READERS + 1)];
            for (int i = 1; i < READERS; i++)
            {
                total += partial[THREAD * (READERS + 1) + i];
            }

            curvature[(wide)b * capacity + first + batch + THREAD] = cplx_of(total, 0);
        }

        BARRIER;
    }

    BARRIER;
}
