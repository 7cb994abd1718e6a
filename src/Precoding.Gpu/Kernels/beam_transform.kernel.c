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

// How many of 32 bits number no element of N, a power of two.
DEVICE int unused_bits(const int N)
{
    int unused = 32;
    for (int size = N; size > 1; size /= 2)
    {
        unused--;
    }

    return unused;
}

// Place of element i when its bits, all but the unused ones, are read backwards.
DEVICE int reversed(const int i, const int unused)
{
    unsigned int r = (unsigned int)i;
    r = ((r >> 1) & 0x55555555u) | ((r & 0x55555555u) << 1);
    r = ((r >> 2) & 0x33333333u) | ((r & 0x33333333u) << 2);
    r = ((r >> 4) & 0x0f0f0f0fu) | ((r & 0x0f0f0f0fu) << 4);
    r = ((r >> 8) & 0x00ff00ffu) | ((r & 0x00ff00ffu) << 8);
    r = (r >> 16) | (r << 16);
    return unused < 32 ? (int)(r >> unused) : 0;
}

// z * exp(-j pi/2)
DEVICE cplx quarter_turn(const cplx z) { return cplx_of(z.y, -z.x); }

// The four sums a + b + c + d, turned by no, one, two and three quarters from one to the next.
DEVICE void butterfly(const cplx a, const cplx b, const cplx c, const cplx d, cplx* result)
{
    const cplx even = cplx_add(a, c), evenLess = cplx_subtract(a, c), odd = cplx_add(b, d), oddLess = quarter_turn(cplx_subtract(b, d));
    result[0] = cplx_add(even, odd);
    result[1] = cplx_add(evenLess, oddLess);
    result[2] = cplx_subtract(even, odd);
    result[3] = cplx_subtract(evenLess, oddLess);
}

// The step of radix 2: sums and differences of neighbours.
DEVICE void transform_pairs(const int count, IN_SHARED cplx* data)
{
    for (int i = THREAD; i < count; i += GROUP)
    {
        const cplx a = data[SPREAD(2 * i)], b = data[SPREAD(2 * i + 1)];
        data[SPREAD(2 * i)] = cplx_add(a, b);
        data[SPREAD(2 * i + 1)] = cplx_subtract(a, b);
    }

    BARRIER;
}

// Both transforms: sum over n of data[n] exp(-2 pi j i n/N), N a power of two, in place, radix 4 and 2 where one bit is left over. A butterfly writes where it
// reads, so steps need one barrier and no second buffer. transform_reversed takes data in order and leaves element i at reversed(i); transform_ordered takes
// element n at reversed(n) and leaves them in order: what is scattered or gathered by beam anyway is what is out of order.
DEVICE void transform_reversed(const int N, GLOBAL const cplx* turns, IN_SHARED cplx* data)
{
    int span = N;
    for (; span >= 4; span /= 4)
    {
        const int quarter = span / 4, step = N / span;
        for (int i = THREAD; i < N / 4; i += GROUP)
        {
            const int k = i & (quarter - 1), at = 4 * (i - k) + k;
            cplx y[4];
            butterfly(data[SPREAD(at)], data[SPREAD(at + quarter)], data[SPREAD(at + 2 * quarter)], data[SPREAD(at + 3 * quarter)], y);
            data[SPREAD(at)] = y[0];
            data[SPREAD(at + quarter)] = cplx_multiply(y[2], turns[2 * k * step]);
            data[SPREAD(at + 2 * quarter)] = cplx_multiply(y[1], turns[k * step]);
            data[SPREAD(at + 3 * quarter)] = cplx_multiply(y[3], turns[3 * k * step]);
        }

        BARRIER;
    }

    transform_pairs(span == 2 ? N / 2 : 0, data);
}

DEVICE void transform_ordered(const int N, GLOBAL const cplx* turns, IN_SHARED cplx* data)
{
    int span = N;
    while (span > 2)
    {
        span /= 4;
    }

    transform_pairs(span == 2 ? N / 2 : 0, data);

    for (span *= 4; span <= N; span *= 4)
    {
        const int quarter = span / 4, step = N / span;
        for (int i = THREAD; i < N / 4; i += GROUP)
        {
            const int k = i & (quarter - 1), at = 4 * (i - k) + k;
            cplx y[4];
            butterfly(
                data[SPREAD(at)], cplx_multiply(data[SPREAD(at + 2 * quarter)], turns[k * step]), cplx_multiply(data[SPREAD(at + quarter)], turns[2 * k * step]),
                cplx_multiply(data[SPREAD(at + 3 * quarter)], turns[3 * k * step]), y);
            data[SPREAD(at)] = y[0];
            data[SPREAD(at + quarter)] = y[1];
            data[SPREAD(at + 2 * quarter)] = y[2];
            data[SPREAD(at + 3 * quarter)] = y[3];
        }

        BARRIER;
    }
}

// data := conj((-1)^m x_m), zeros behind, transformed: conj(M^1/2 v_n^H x) at reversed(n).
DEVICE void antennas_to_beams(const int M, const int N, GLOBAL const cplx* turns, GLOBAL const cplx* x, IN_SHARED cplx* data)
{
    for (int m = THREAD; m < N; m += GROUP)
    {
        const cplx value = m < M ? x[m] : cplx_of(0, 0);
        data[SPREAD(m)] = m & 1 ? cplx_of(-value.x, value.y) : cplx_of(value.x, -value.y);
    }

    BARRIER;
    transform_reversed(N, turns, data);
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

// synthesize: p_{k,l} = V Phi_{k,l} u_{k,l}, zeros where the link has no slots; with everyStatus for every realization in use.
DEVICE void synthesize(
    const int M, const int N, const int first, const int end, GLOBAL const cplx* turns, GLOBAL const int* beam, GLOBAL const cplx* u, GLOBAL cplx* p,
    IN_SHARED cplx* data)
{
    const int size = first < end ? N : 1, unused = unused_bits(N); // an empty link costs no transform
    for (int n = THREAD; n < size; n += GROUP)
    {
        data[SPREAD(n)] = cplx_of(0, 0);
    }

    BARRIER;
    for (int slot = first + THREAD; slot < end; slot += GROUP)
    {
        data[SPREAD(reversed(beam[slot], unused))] = u[slot];
    }

    BARRIER;
    transform_ordered(size, turns, data);
    const real scale = inverse_root(M);
    for (int m = THREAD; m < M; m += GROUP)
    {
        p[m] = first < end ? cplx_scale(data[SPREAD(m)], m & 1 ? -scale : scale) : cplx_of(0, 0);
    }
}

#define SYNTHESIZE(points)                                                                                                                            \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                          \
    GLOBAL const int* starts = STARTS_OF_LINK;                                                                                                        \
    if (!everyStatus && status[GROUP_Z] != RUNNING)                                                                                                   \
    {                                                                                                                                                 \
        return;                                                                                                                                       \
    }                                                                                                                                                 \
    synthesize(                                                                                                                                       \
        M, N, starts[0], starts[1], turns, beam + (wide)GROUP_Z * capacity, u + (wide)GROUP_Z * capacity,                                             \
        p + (((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M, data)

KERNEL GROUP_SIZE(GROUP)
void synthesizeFew(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT p, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SYNTHESIZE(FEW_POINTS);
    BARRIER;
}

KERNEL GROUP_SIZE(GROUP)
void synthesizeMany(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT u, GLOBAL cplx* RESTRICT p, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SYNTHESIZE(MANY_POINTS);
    BARRIER;
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
#define PROJECT(points)                                                                                                                               \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                          \
    GLOBAL const int* starts = STARTS_OF_LINK;                                                                                                        \
    if (status[GROUP_Z] != RUNNING || starts[0] == starts[1])                                                                                         \
    {                                                                                                                                                 \
        return;                                                                                                                                       \
    }                                                                                                                                                 \
    antennas_to_beams(M, N, turns, p + (((wide)GROUP_Z * L + GROUP_Y) * K + GROUP_X) * M, data);                                                      \
    const real scale = inverse_root(M) * (scaled ? (real)factor[(wide)GROUP_Z * L + GROUP_Y] : 1);                                                    \
    const int unused = unused_bits(N);                                                                                                                    \
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)                       \
    {                                                                                                                                                 \
        u[slot] = cplx_scale(cplx_conjugate(data[SPREAD(reversed(beam[slot], unused))]), scale);                                                           \
    }

KERNEL GROUP_SIZE(GROUP)
void projectFew(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT p, const int scaled, GLOBAL const double* RESTRICT factor, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    PROJECT(FEW_POINTS);
    BARRIER;
}

KERNEL GROUP_SIZE(GROUP)
void projectMany(
    const int K, const int L, const int M, const int N, const int capacity, GLOBAL const cplx* RESTRICT turns, GLOBAL const int* RESTRICT start,
    GLOBAL const int* RESTRICT beam, GLOBAL const cplx* RESTRICT p, const int scaled, GLOBAL const double* RESTRICT factor, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    PROJECT(MANY_POINTS);
    BARRIER;
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
#define BEAM_TABLE(points)                                                                                                                            \
    SHARED cplx data[SHARED_POINTS(points)];                                                                                                          \
    const wide block = (wide)GROUP_Z * L + GROUP_Y;                                                                                                   \
    if (status[GROUP_Z] != RUNNING)                                                                                                                   \
    {                                                                                                                                                 \
        return;                                                                                                                                       \
    }                                                                                                                                                 \
    antennas_to_beams(M, N, turns, H + (block * K + GROUP_X) * M, data);                                                                              \
    const real scale = inverse_root(M);                                                                                                               \
    const int unused = unused_bits(N);                                                                                                                    \
    for (int n = THREAD; n < N; n += GROUP)                                                                                                           \
    {                                                                                                                                                 \
        table[(block * N + n) * K + GROUP_X] = cplx_scale(cplx_conjugate(data[SPREAD(reversed(n, unused))]), scale);                                       \
    }

KERNEL GROUP_SIZE(GROUP)
void beamTableFew(
    const int K, const int L, const int M, const int N, GLOBAL const cplx* RESTRICT turns, GLOBAL const cplx* RESTRICT H, GLOBAL cplx* RESTRICT table,
    GLOBAL const int* RESTRICT status)
{
    BEAM_TABLE(FEW_POINTS);
    BARRIER;
}

KERNEL GROUP_SIZE(GROUP)
void beamTableMany(
    const int K, const int L, const int M, const int N, GLOBAL const cplx* RESTRICT turns, GLOBAL const cplx* RESTRICT H, GLOBAL cplx* RESTRICT table,
    GLOBAL const int* RESTRICT status)
{
    BEAM_TABLE(MANY_POINTS);
    BARRIER;
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
