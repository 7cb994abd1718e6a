// loadChannels: H[b][l][k N + a][m] = row a of h[first + b][k][l] / sigma_k, its conjugate where `conjugate`, in double before it is rounded; every realization in use.
//   h      float or double pairs [realization][K][L][N][M], as the batch keeps them: `values` starts at the first realization of this call
//   noise  double [K], 1/sigma_k
//   H      cplx [batch][L][K N][M]
// One group per (row a of link (k, l), block of m, realization).
#define LOAD_CHANNELS                                                                                                                                         \
    const int m = GROUP_Y * GROUP + THREAD, k = GROUP_X / (L * N), l = GROUP_X / N % L, a = GROUP_X % N;                                                      \
    if (m < M)                                                                                                                                                \
    {                                                                                                                                                         \
        const wide from = 2 * (((((wide)GROUP_Z * K + k) * L + l) * N + a) * M + m);                                                                          \
        const double scale = noise[k], x = values[from] * scale, y = values[from + 1] * scale;                                                                \
        H[(((wide)(first + GROUP_Z) * L + l) * K * N + k * N + a) * M + m] = cplx_of((real)x, (real)(conjugate ? -y : y));                                    \
    }

KERNEL GROUP_SIZE(GROUP)
void loadChannelsSingle(
    const int K, const int L, const int N, const int M, const int conjugate, const int first, GLOBAL const float* RESTRICT values, GLOBAL const double* RESTRICT noise,
    GLOBAL cplx* RESTRICT H)
{
    LOAD_CHANNELS
}

KERNEL GROUP_SIZE(GROUP)
void loadChannelsDouble(
    const int K, const int L, const int N, const int M, const int conjugate, const int first, GLOBAL const double* RESTRICT values, GLOBAL const double* RESTRICT noise,
    GLOBAL cplx* RESTRICT H)
{
    LOAD_CHANNELS
}

// sumAccessPoints: G[b] = sum_l G_l[b]                                                    [coherent.md section 4]
//   gram  cplx [batch][L][size];  sum  cplx [batch][size]
// One group per (block of elements, realization).
KERNEL GROUP_SIZE(GROUP)
void sumAccessPoints(const int L, const int size, GLOBAL const cplx* RESTRICT gram, GLOBAL cplx* RESTRICT sum, GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (status[GROUP_Z] != RUNNING || i >= size)
    {
        return;
    }

    sum[(wide)GROUP_Z * size + i] = sum_blocks(L, size, gram, GROUP_Z, i);
}

// scaleToBudget: P_l := c_l P_l with c_l = min(1, sqrt(P_l / |P_l|^2)) from the sums of blockDots; every realization in use.
//   values  cplx [batch][L][size];  powers  double [batch][L][chunks];  budget  double [L]
// One group per (chunk of elements, l, realization).
KERNEL GROUP_SIZE(GROUP)
void scaleToBudget(
    const int L, const int size, const int chunks, GLOBAL const double* RESTRICT powers, GLOBAL const double* RESTRICT budget, GLOBAL cplx* RESTRICT values)
{
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    double power = 0;
    for (int chunk = 0; chunk < chunks; chunk++)
    {
        power += powers[block * chunks + chunk];
    }

    if (!(power > budget[GROUP_Y]))
    {
        return;
    }

    const real scale = (real)SQRT(budget[GROUP_Y] / power);
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        values[block * size + i] = cplx_scale(values[block * size + i], scale);
    }
}

// totalPowers: power[b][l] = sum of the chunks; every realization in use. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void totalPowers(const int L, const int chunks, GLOBAL const double* RESTRICT powers, GLOBAL double* RESTRICT power)
{
    total_chunks(L, chunks, powers + (wide)GROUP_Z * L * chunks, power + (wide)GROUP_Z * L);

    BARRIER;
}
