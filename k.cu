// The dialect as CUDA C++ reads it. docs/kernels.md lists the words.
#define KERNEL extern "C" __global__
#define DEVICE static __device__ __forceinline__
#define GLOBAL
#define SHARED __shared__
#define IN_SHARED
#define CONSTANT __device__ const
#define RESTRICT __restrict__
#define GROUP_SIZE(threads) __launch_bounds__(threads)
#define THREAD ((int)threadIdx.x)
#define GROUP_X ((int)blockIdx.x)
#define GROUP_Y ((int)blockIdx.y)
#define GROUP_Z ((int)blockIdx.z)
#define BARRIER __syncthreads()
#define UNROLL _Pragma("unroll")
#define DOUBLE_FMA(a, b, c) fma(a, b, c)
#define SQRT(a) sqrt(a)
#define LOG(a) log(a)
#define EXP(a) exp(a)

typedef long long wide;

#ifdef REAL_IS_DOUBLE
typedef double real;
#define FMA(a, b, c) fma(a, b, c)
#define REAL_SQRT(a) sqrt(a)
#else
typedef float real;
#define FMA(a, b, c) fmaf(a, b, c)
#define REAL_SQRT(a) sqrtf(a)
#endif
// Complex numbers in the engine's precision. Sums that decide something (powers, objectives, inner products) are kept in double.
typedef struct __attribute__((aligned(2 * sizeof(real)))) { real x, y; } cplx;

DEVICE cplx cplx_of(const real x, const real y)
{
    cplx z;
    z.x = x;
    z.y = y;
    return z;
}

DEVICE cplx cplx_add(const cplx a, const cplx b) { return cplx_of(a.x + b.x, a.y + b.y); }

DEVICE cplx cplx_subtract(const cplx a, const cplx b) { return cplx_of(a.x - b.x, a.y - b.y); }

DEVICE cplx cplx_conjugate(const cplx a) { return cplx_of(a.x, -a.y); }

DEVICE cplx cplx_scale(const cplx a, const real factor) { return cplx_of(a.x * factor, a.y * factor); }

// sum + factor * a
DEVICE cplx cplx_axpy(const cplx sum, const real factor, const cplx a) { return cplx_of(FMA(factor, a.x, sum.x), FMA(factor, a.y, sum.y)); }

// sum + a * b
DEVICE cplx cplx_mad(const cplx sum, const cplx a, const cplx b)
{
    return cplx_of(FMA(-a.y, b.y, FMA(a.x, b.x, sum.x)), FMA(a.y, b.x, FMA(a.x, b.y, sum.y)));
}

// sum - a * b
DEVICE cplx cplx_msub(const cplx sum, const cplx a, const cplx b)
{
    return cplx_of(FMA(a.y, b.y, FMA(-a.x, b.x, sum.x)), FMA(-a.y, b.x, FMA(-a.x, b.y, sum.y)));
}

DEVICE cplx cplx_multiply(const cplx a, const cplx b) { return cplx_mad(cplx_of(0, 0), a, b); }

// |a|^2
DEVICE double energy(const cplx a) { return (double)a.x * a.x + (double)a.y * a.y; }

// Re(conj(a) b)
DEVICE double inner(const cplx a, const cplx b) { return (double)a.x * b.x + (double)a.y * b.y; }

// Complex numbers in double whatever the engine's precision, where a decomposition has to resolve what single precision does not.
typedef struct __attribute__((aligned(2 * sizeof(double)))) { double x, y; } double_cplx;

DEVICE double_cplx double_cplx_of(const double x, const double y)
{
    double_cplx z;
    z.x = x;
    z.y = y;
    return z;
}

DEVICE double_cplx double_cplx_conjugate(const double_cplx a) { return double_cplx_of(a.x, -a.y); }

DEVICE double_cplx double_cplx_scale(const double_cplx a, const double factor) { return double_cplx_of(a.x * factor, a.y * factor); }

// sum + a * b
DEVICE double_cplx double_cplx_mad(const double_cplx sum, const double_cplx a, const double_cplx b)
{
    return double_cplx_of(DOUBLE_FMA(-a.y, b.y, DOUBLE_FMA(a.x, b.x, sum.x)), DOUBLE_FMA(a.y, b.x, DOUBLE_FMA(a.x, b.y, sum.y)));
}

DEVICE double double_energy(const double_cplx a) { return a.x * a.x + a.y * a.y; }

// False for infinities and what is no number.
DEVICE int is_finite(const double a) { return a - a == 0; }

#define INFINITE (1e308 * 1e308)
#define NOT_A_NUMBER (INFINITE - INFINITE)
#define DOUBLE_EPSILON 2.220446049250313e-16
#define LN_2 0.69314718055994530942

// SolveStatus and LineSearchState by number.
#define RUNNING 0
#define STATUS_CONVERGED 1
#define STATUS_ITERATION_LIMIT 2
#define STATUS_STALLED 3
#define STATUS_DIVERGED 4
#define SEARCHING 0
#define ACCEPTED 1
#define RETRY 2
#define EXHAUSTED 3
#define STATIONARY 4
// Sums over the threads of a group, a power of two of them, in an order that depends on nothing else; every thread of the group calls, and gets the sum.
DEVICE double sum_of_threads(const int threads, const double value, IN_SHARED double* scratch)
{
    scratch[THREAD] = value;
    BARRIER;
    for (int step = threads / 2; step > 0; step /= 2)
    {
        if (THREAD < step)
        {
            scratch[THREAD] += scratch[THREAD + step];
        }

        BARRIER;
    }

    const double sum = scratch[0];
    BARRIER;
    return sum;
}

// The sum over a group of GROUP.
DEVICE double group_sum(const double value, IN_SHARED double* scratch) { return sum_of_threads(GROUP, value, scratch); }

// The largest over a group of GROUP; what is no number counts only where it is thread 0's.
DEVICE double group_max(const double value, IN_SHARED double* scratch)
{
    scratch[THREAD] = value;
    BARRIER;
    for (int step = GROUP / 2; step > 0; step /= 2)
    {
        if (THREAD < step && scratch[THREAD + step] > scratch[THREAD])
        {
            scratch[THREAD] = scratch[THREAD + step];
        }

        BARRIER;
    }

    const double largest = scratch[0];
    BARRIER;
    return largest;
}

// Sums of `numbers` values a thread at once, likewise: a thread's are at scratch[THREAD * numbers] when it calls, the sums at scratch[0] afterwards.
DEVICE void group_sums(const int numbers, IN_SHARED double* scratch)
{
    BARRIER;
    for (int step = GROUP / 2; step > 0; step /= 2)
    {
        for (int i = THREAD; i < step * numbers; i += GROUP)
        {
            scratch[i] += scratch[i + step * numbers];
        }

        BARRIER;
    }
}

// totals[i] = sum of the `chunks` partial sums of number i, in order; the group's threads share the `count` numbers.
DEVICE void total_chunks(const int count, const int chunks, GLOBAL const double* sums, GLOBAL double* totals)
{
    for (int i = THREAD; i < count; i += GROUP)
    {
        double sum = 0;
        for (int chunk = 0; chunk < chunks; chunk++)
        {
            sum += sums[(wide)i * chunks + chunk];
        }

        totals[i] = sum;
    }

    BARRIER;
}
// Rates and gradient weights from S = sum_l S_l, S[k][u] = what user k hears of user u's stream.                                 [BSP (7)-(14), (35), (45)]
//   s       cplx [batch][L][K][K]
//   alpha   double [K], weights
//   partial double [batch][K], alpha_k ln(tot_k/int_k), summed by sumObjective
// One group per (user k, realization); a thread sums every GROUP-th stream, then the threads as a tree. int_k is summed without its own signal.

DEVICE cplx sum_blocks(const int L, const int K, GLOBAL const cplx* s, const int b, const int k, const int u)
{
    cplx sum = s[((wide)b * L * K + k) * K + u];
    for (int l = 1; l < L; l++)
    {
        sum = cplx_add(sum, s[(((wide)b * L + l) * K + k) * K + u]);
    }

    return sum;
}

// int_k and S[k][k]; every thread of the group gets both.
DEVICE double interference_of(const int L, const int K, GLOBAL const cplx* s, const int b, const int k, IN_SHARED double* scratch, IN_SHARED cplx* own)
{
    double sum = 0;
    for (int u = THREAD; u < K; u += GROUP)
    {
        const cplx value = sum_blocks(L, K, s, b, k, u);
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
        w[((wide)b * K + k) * K + u] = cplx_scale(sum_blocks(L, K, s, b, k, u), (real)(u == k ? -alpha[k] / total : omega));
    }

    if (THREAD == 0)
    {
        signalWeight[(wide)b * K + k] = omega;
        partial[(wide)b * K + k] = alpha[k] * LOG(total / interference);
    }
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

    double sum = 0;
    for (int k = THREAD; k < K; k += GROUP)
    {
        sum += partial[(wide)GROUP_Z * K + k];
    }

    sum = group_sum(sum, scratch);
    if (THREAD == 0)
    {
        objective[GROUP_Z] = sum;
    }
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
