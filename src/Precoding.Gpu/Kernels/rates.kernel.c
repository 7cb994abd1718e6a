// Rates and gradient weights from S = sum_l S_l, S[k][u] = what user k hears of user u's stream.                                 [BSP (7)-(14), (35), (45)]
//   s       cplx [batch][L][K][K]
//   alpha   double [K], weights
//   partial double [batch][K], alpha_k ln(tot_k/int_k), summed by sumObjective
// One group per (user k, realization); a thread sums every GROUP-th stream, then the threads as a tree. int_k is summed without its own signal.

// int_k and S[k][k]; every thread of the group gets both.
DEVICE double interference_of(const int L, const int K, GLOBAL const cplx* s, const int b, const int k, IN_SHARED double* scratch, IN_SHARED cplx* own)
{
    double sum = 0;
    for (int u = THREAD; u < K; u += GROUP)
    {
        const cplx value = sum_blocks(L, K * K, s, b, k * K + u);
        if (u == k)
        {
            own[0] = value;
        }
        else
        {
            sum += energy(value);
        }
    }

    return 1 + group_sum(sum, scratch);
}

// rateWeights: W[k][u] = alpha_k S_ku (1/int_k - 1/tot_k), W[k][k] = -alpha_k S_kk/tot_k; omega_k = alpha_k |S_kk|^2/(tot_k int_k).
//   w  cplx [batch][K][K];  signalWeight  double [batch][K]
KERNEL GROUP_SIZE(GROUP)
void rateWeights(
    const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL const double* RESTRICT alpha, GLOBAL cplx* RESTRICT w, GLOBAL double* RESTRICT signalWeight,
    GLOBAL double* RESTRICT partial, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    SHARED cplx own[1];
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const double interference = interference_of(L, K, s, b, k, scratch, own), signal = energy(own[0]), total = interference + signal;
    const double omega = alpha[k] * signal / (total * interference); // 1/int - 1/tot without its cancellation, times alpha
    for (int u = THREAD; u < K; u += GROUP)
    {
        w[((wide)b * K + k) * K + u] = cplx_scale(sum_blocks(L, K * K, s, b, k * K + u), (real)(u == k ? -alpha[k] / total : omega));
    }

    if (THREAD == 0)
    {
        signalWeight[(wide)b * K + k] = omega;
        partial[(wide)b * K + k] = alpha[k] * LOG(total / interference);
    }

    BARRIER;
}

// rateParts: only the partial sums.
KERNEL GROUP_SIZE(GROUP)
void rateParts(
    const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL const double* RESTRICT alpha, GLOBAL double* RESTRICT partial, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    SHARED cplx own[1];
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const double interference = interference_of(L, K, s, b, k, scratch, own);
    if (THREAD == 0)
    {
        partial[(wide)b * K + k] = alpha[k] * LOG((interference + energy(own[0])) / interference);
    }

    BARRIER;
}

// userRates: R_k = log2(tot_k/int_k) of a sum already formed, every realization in use.
//   s  cplx [batch][K][K];  rates  double [batch][K], bit/s/Hz
KERNEL GROUP_SIZE(GROUP)
void userRates(const int K, GLOBAL const cplx* RESTRICT s, GLOBAL double* RESTRICT rates)
{
    SHARED double scratch[GROUP];
    SHARED cplx own[1];
    const int b = GROUP_Z, k = GROUP_X;
    const double interference = interference_of(1, K, s, b, k, scratch, own);
    if (THREAD == 0)
    {
        rates[(wide)b * K + k] = LOG((interference + energy(own[0])) / interference) / LN_2;
    }

    BARRIER;
}

// receivers: a_k = S_kk/tot_k, w_k = alpha_k tot_k/int_k.                                                                              [coherent.md section 4]
//   receiver  cplx [batch][K];  weight  double [batch][K]
KERNEL GROUP_SIZE(GROUP)
void receivers(
    const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL const double* RESTRICT alpha, GLOBAL cplx* RESTRICT receiver, GLOBAL double* RESTRICT weight,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    SHARED cplx own[1];
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const double interference = interference_of(L, K, s, b, k, scratch, own), total = interference + energy(own[0]);
    if (THREAD == 0)
    {
        receiver[(wide)b * K + k] = cplx_of((real)(own[0].x / total), (real)(own[0].y / total));
        weight[(wide)b * K + k] = alpha[k] * total / interference;
    }

    BARRIER;
}

// sumObjective: Objective = sum of the users' parts in order. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void sumObjective(const int K, GLOBAL const double* RESTRICT partial, GLOBAL double* RESTRICT objective, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double sum = sum_parts(K, partial + (wide)GROUP_Z * K, scratch);
    if (THREAD == 0)
    {
        objective[GROUP_Z] = sum;
    }

    BARRIER;
}

// streamLevels: int_k and S_kk from sT[u][k], kept by stream.                                                                          [BSP (35)]
//   sT  cplx [batch][K][K];  levels  double [batch][K][2]: int_k, tot_k
// One group per (block of STREAM_USERS users, realization); thread (i, j) sums every (GROUP/STREAM_USERS)-th stream of user j.
#define STREAM_USERS (GROUP < 32 ? GROUP : 32)
KERNEL GROUP_SIZE(GROUP)
void streamLevels(
    const int K, GLOBAL const cplx* RESTRICT sT, GLOBAL const double* RESTRICT alpha, GLOBAL double* RESTRICT levels, GLOBAL double* RESTRICT partial,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, k = GROUP_X * STREAM_USERS + THREAD % STREAM_USERS, slices = GROUP / STREAM_USERS;
    if (status[b] != RUNNING)
    {
        return;
    }

    double sum = 0;
    for (int u = THREAD / STREAM_USERS; u < K && k < K; u += slices)
    {
        sum += u == k ? 0 : energy(sT[((wide)b * K + u) * K + k]);
    }

    scratch[THREAD] = sum;
    BARRIER;
    if (THREAD < STREAM_USERS && k < K)
    {
        double interference = 1;
        for (int slice = 0; slice < slices; slice++)
        {
            interference += scratch[slice * STREAM_USERS + THREAD];
        }

        const double total = interference + energy(sT[((wide)b * K + k) * K + k]);
        levels[((wide)b * K + k) * 2] = interference;
        levels[((wide)b * K + k) * 2 + 1] = total;
        partial[(wide)b * K + k] = alpha[k] * LOG(total / interference);
    }

    BARRIER;
}

// streamWeights: wT[u][k] = W[k][u] of rateWeights, from the levels. One group per (GROUP users k, stream u, realization).
KERNEL GROUP_SIZE(GROUP)
void streamWeights(
    const int K, GLOBAL const cplx* RESTRICT sT, GLOBAL const double* RESTRICT alpha, GLOBAL const double* RESTRICT levels, GLOBAL cplx* RESTRICT wT,
    GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, u = GROUP_Y, k = GROUP_X * GROUP + THREAD;
    if (status[b] != RUNNING || k >= K)
    {
        return;
    }

    const double interference = levels[((wide)b * K + k) * 2], total = levels[((wide)b * K + k) * 2 + 1];
    const double factor = u == k ? -alpha[k] / total : alpha[k] * (total - interference) / (total * interference);
    wT[((wide)b * K + u) * K + k] = cplx_scale(sT[((wide)b * K + u) * K + k], (real)factor);
}
