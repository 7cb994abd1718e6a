// Between beams and antennas, V[m][n] = (-1)^m M^-1/2 exp(-2 pi j m n/N), N = F M beams.                                    [BSP (2); coherent.md section 2]
//   turns  cplx [N], exp(-2 pi j i/N), rounded from double
//   start  int [batch][K*L + 1];  beam  int [batch][capacity];  beam vectors (u)  cplx [batch][capacity]: slots by user, access point, beam
//   p      cplx [batch][L][K][M]: one row of antennas per (access point, user or stream)
// One group per (user k, access point l, realization), a link. Three ways, the caller takes one by N alone:
//   ...Few   N a power of two up to FEW_POINTS:  transform in shared memory, N log N
//   ...Many  N a power of two up to MANY_POINTS: the same with more of it
//   ...Any   every N: sums over the slots or the antennas in order, the turn looked up at m n mod N
#ifdef REAL_IS_DOUBLE
#define MANY_POINTS (2 * FEW_POINTS)
#else
#define MANY_POINTS (4 * FEW_POINTS)
#endif

// Where element i lies in shared memory: a gap after every 16 keeps the strides of the first steps from meeting in one bank.
#define SPREAD(i) ((i) + (i) / 16)
#define SHARED_POINTS(points) (SPREAD((points) - 1) + 1)

// data[i] := sum over n of data[n] exp(-2 pi j i n/N), N a power of two up to `points`: Stockham's order, radix 4 and at last 2 where it is left over. A step's
// butterflies wait in registers between the barrier after all are read and the one after all are written, so one buffer is enough. points >= 4 GROUP.
DEVICE void transform_shared(const int points, const int N, GLOBAL const cplx* turns, IN_SHARED cplx* data)
{
    cplx held[MANY_POINTS / GROUP];
    int done = 1;
    for (; 4 * done <= N; done *= 4)
    {
        const int quarter = N / 4, step = quarter / done;
        UNROLL
        for (int e = 0; e < points / (4 * GROUP); e++)
        {
            const int j = e * GROUP + THREAD, k = (j & (done - 1)) * step;
            if (j < quarter)
            {
                const cplx a = data[SPREAD(j)], b = cplx_multiply(data[SPREAD(j + quarter)], turns[k]);
                const cplx c = cplx_multiply(data[SPREAD(j + 2 * quarter)], turns[2 * k]), d = cplx_multiply(data[SPREAD(j + 3 * quarter)], turns[3 * k]);
                const cplx even = cplx_add(a, c), evenLess = cplx_subtract(a, c), odd = cplx_add(b, d), oddLess = cplx_subtract(b, d);
                held[4 * e] = cplx_add(even, odd);
                held[4 * e + 1] = cplx_of(evenLess.x + oddLess.y, evenLess.y - oddLess.x);
                held[4 * e + 2] = cplx_subtract(even, odd);
                held[4 * e + 3] = cplx_of(evenLess.x - oddLess.y, evenLess.y + oddLess.x);
            }
        }

        BARRIER;
        UNROLL
        for (int e = 0; e < points / (4 * GROUP); e++)
        {
            const int j = e * GROUP + THREAD, inner = j & (done - 1), to = 4 * (j - inner) + inner;
            if (j < quarter)
            {
                data[SPREAD(to)] = held[4 * e];
                data[SPREAD(to + done)] = held[4 * e + 1];
                data[SPREAD(to + 2 * done)] = held[4 * e + 2];
                data[SPREAD(to + 3 * done)] = held[4 * e + 3];
            }
        }

        BARRIER;
    }

    if (done < N)
    {
        const int half = N / 2;
        for (int j = THREAD; j < half; j += GROUP) // now done = N/2: a butterfly writes where it reads
        {
            const cplx a = data[SPREAD(j)], b = cplx_multiply(data[SPREAD(j + half)], turns[j]);
            data[SPREAD(j)] = cplx_add(a, b);
            data[SPREAD(j + half)] = cplx_subtract(a, b);
        }

        BARRIER;
    }
}

// data := conj((-1)^m x_m), zeros behind, transformed: data[n] = conj(M^1/2 v_n^H x).
DEVICE void antennas_to_beams(const int points, const int M, const int N, GLOBAL const cplx* turns, GLOBAL const cplx* x, IN_SHARED cplx* data)
{
    for (int m = THREAD; m < N; m += GROUP)
    {
        const cplx value = m < M ? x[m] : cplx_of(0, 0);
        data[SPREAD(m)] = m & 1 ? cplx_of(-value.x, value.y) : cplx_of(value.x, -value.y);
    }

    BARRIER;
    transform_shared(points, N, turns, data);
}

// M^1/2 v_n^H x by its sum.
DEVICE cplx correlate(const int M, const int N, GLOBAL const cplx* turns, GLOBAL const cplx* x, const int n)
{
    cplx sum = cplx_of(0, 0);
    for (int m = 0, at = 0; m < M; m++)
    {
        const cplx turn = turns[at];
        sum = cplx_mad(sum, m & 1 ? cplx_of(-turn.x, turn.y) : cplx_conjugate(turn), x[m]);
        at = at + n < N ? at + n : at + n - N;
    }

    return sum;
}

DEVICE real inverse_root(const int M) { return (real)(1 / SQRT((double)M)); }

// First slot of the link this group works on, and where its realization's starts are.
#define STARTS_OF_LINK (start + (wide)GROUP_Z * ((wide)K * L + 1) + (wide)GROUP_X * L + GROUP_Y)

// synthesize: p_{k,l} = V Phi_{k,l} u_{k,l}; with everyStatus for every realization in use.
DEVICE void synthesize(
    const int points, const int K, const int L, const int M, const int N, const int first, const int end, GLOBAL const cplx* turns, GLOBAL const int* beam,
    GLOBAL const cplx* u, GLOBAL cplx* p, IN_SHARED cplx* data)
{
    if (first == end)
    {
        for (int m = THREAD; m < M; m += GROUP)
        {
            p[m] = cplx_of(0, 0);
        }

        return;
    }

    for (int n = THREAD; n < N; n += GROUP)
    {
        data[SPREAD(n)] = cplx_of(0, 0);
    }

    BARRIER;
    for (int slot = first + THREAD; slot < end; slot += GROUP)
    {
        data[SPREAD(beam[slot])] = u[slot];
    }

    BARRIER;
    transform_shared(points, N, turns, data);
    const real scale = inverse_root(M);
    for (int m = THREAD; m < M; m += GROUP)
    {
        p[m] = cplx_scale(data[SPREAD(m)], m & 1 ? -scale : scale);
    }
}

#define SYNTHESIZE(points)                                                                                                                             \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                           \
    GLOBAL const int* starts = STARTS_OF_LINK;                                                                                                         \
    if (!everyStatus && status[GROUP_Z] != RUNNING)                                                                                                    \
    {                                                                                                                                                  \
        return;                                                                                                                                        \
    }                                                                                                                                                  \
    synthesize(                                                                                                                                        \
        points, K, L, M, N, starts[0], starts[1], turns, beam + (wide)GROUP_Z * capacity, u + (wide)GROUP_Z * capacity,                                \
        p + (((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M, data)

KERNEL GROUP_SIZE(GROUP)
void synthesizeFew(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT p, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SYNTHESIZE(FEW_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void synthesizeMany(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT p, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SYNTHESIZE(MANY_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void synthesizeAny(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT p, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (!everyStatus && status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const real scale = inverse_root(M);
    for (int m = THREAD; m < M; m += GROUP)
    {
        cplx sum = cplx_of(0, 0);
        for (wide slot = (wide)GROUP_Z * capacity + starts[0]; slot < (wide)GROUP_Z * capacity + starts[1]; slot++)
        {
            sum = cplx_mad(sum, turns[(wide)m * beam[slot] % N], u[slot]);
        }

        p[(((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M + m] = cplx_scale(sum, m & 1 ? -scale : scale);
    }
}

// project: u_{k,l} = factor_l Phi_{k,l}^T V^H p_{k,l}; factor 1 unless scaled.
//   factor  double [batch][L]
#define PROJECT(points)                                                                                                                                \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                           \
    GLOBAL const int* starts = STARTS_OF_LINK;                                                                                                         \
    if (status[GROUP_Z] != RUNNING || starts[0] == starts[1])                                                                                          \
    {                                                                                                                                                  \
        return;                                                                                                                                        \
    }                                                                                                                                                  \
    antennas_to_beams(points, M, N, turns, p + (((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M, data);                                               \
    const real scale = inverse_root(M) * (scaled ? (real)factor[(wide)GROUP_Z * L + GROUP_Y] : 1);                                                     \
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)                        \
    {                                                                                                                                                  \
        u[slot] = cplx_scale(cplx_conjugate(data[SPREAD(beam[slot])]), scale);                                                                         \
    }

KERNEL GROUP_SIZE(GROUP)
void projectFew(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT p, const int scaled, GLOBAL const double* RESTRICT factor, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    PROJECT(FEW_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void projectMany(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT p, const int scaled, GLOBAL const double* RESTRICT factor, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    PROJECT(MANY_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void projectAny(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT p, const int scaled, GLOBAL const double* RESTRICT factor, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    GLOBAL const cplx* x = p + (((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M;
    const real scale = inverse_root(M) * (scaled ? (real)factor[(wide)GROUP_Z * L + GROUP_Y] : 1);
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        u[slot] = cplx_scale(correlate(M, N, turns, x, beam[slot]), scale);
    }
}

// beamTable: Y[l N + n][k] = v_n^H h_{k,l}.
//   H  cplx [batch][L][K][M];  table  cplx [batch][L*N][K]
#define BEAM_TABLE(points)                                                                                                                             \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                           \
    const wide block = (wide)GROUP_Z * L + GROUP_Y;                                                                                                    \
    if (status[GROUP_Z] != RUNNING)                                                                                                                    \
    {                                                                                                                                                  \
        return;                                                                                                                                        \
    }                                                                                                                                                  \
    antennas_to_beams(points, M, N, turns, H + (block * K + GROUP_X) * M, data);                                                                       \
    const real scale = inverse_root(M);                                                                                                                \
    for (int n = THREAD; n < N; n += GROUP)                                                                                                            \
    {                                                                                                                                                  \
        table[(block * N + n) * K + GROUP_X] = cplx_scale(cplx_conjugate(data[SPREAD(n)]), scale);                                                     \
    }

KERNEL GROUP_SIZE(GROUP)
void beamTableFew(
    const int K, const int L, const int M, const int N, GLOBAL const cplx* RESTRICT turns, GLOBAL const cplx* RESTRICT H, GLOBAL cplx* RESTRICT table,
    GLOBAL const int* RESTRICT status)
{
    BEAM_TABLE(FEW_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void beamTableMany(
    const int K, const int L, const int M, const int N, GLOBAL const cplx* RESTRICT turns, GLOBAL const cplx* RESTRICT H, GLOBAL cplx* RESTRICT table,
    GLOBAL const int* RESTRICT status)
{
    BEAM_TABLE(MANY_POINTS);
}

KERNEL GROUP_SIZE(GROUP)
void beamTableAny(
    const int K, const int L, const int M, const int N, GLOBAL const cplx* RESTRICT turns, GLOBAL const cplx* RESTRICT H, GLOBAL cplx* RESTRICT table,
    GLOBAL const int* RESTRICT status)
{
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const real scale = inverse_root(M);
    for (int n = THREAD; n < N; n += GROUP)
    {
        table[(block * N + n) * K + GROUP_X] = cplx_scale(correlate(M, N, turns, H + (block * K + GROUP_X) * M, n), scale);
    }
}
