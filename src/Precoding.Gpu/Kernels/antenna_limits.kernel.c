// antennaPowers: a[b][l][m] = sum_u |p[b][l][u][m]|^2, in double, u ascending                                                      [coherent.md section 10]
//   precoders  cplx [batch][L][K][M];  antennaPower  double [batch][L][M]
// One group per (block of m, l, realization).
KERNEL GROUP_SIZE(GROUP)
void antennaPowers(
    const int L, const int K, const int M, GLOBAL const cplx* RESTRICT precoders, GLOBAL double* RESTRICT antennaPower, GLOBAL const int* RESTRICT status)
{
    const int m = GROUP_X * GROUP + THREAD;
    if (status[GROUP_Z] != RUNNING || m >= M)
    {
        return;
    }

    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    double sum = 0;
    for (int u = 0; u < K; u++)
    {
        const cplx p = precoders[(block * K + u) * M + m];
        sum += (double)p.x * p.x + (double)p.y * p.y;
    }

    antennaPower[block * M + m] = sum;
}

// The sigma with sum_m min(sigma v_m, p_m) = total from below, by Newton's method on a function that is concave: every antenna found beyond its limit stays there.
// v_m = a_m g_m^2, or a_m / g_m^2. Every thread of the group calls and gets it; infinite where all limits together are less.
#define LEVEL_STEPS 64
DEVICE double antenna_power(const double a, const double g, const int weighted) { return weighted ? a * g * g : a / (g * g); }

DEVICE double antenna_level(
    const int M, GLOBAL const double* a, GLOBAL const double* g, const int weighted, GLOBAL const double* limit, const double total, IN_SHARED double* scratch)
{
    double level = 0;
    int settled = 0;
    for (int step = 0; step < LEVEL_STEPS && !settled; step++)
    {
        double limited = 0, free = 0;
        for (int m = THREAD; m < M; m += GROUP)
        {
            const double v = antenna_power(a[m], g[m], weighted);
            const int isLimited = level * v > limit[m];
            limited += isLimited ? limit[m] : 0;
            free += isLimited ? 0 : v;
        }

        limited = group_sum(limited, scratch);
        free = group_sum(free, scratch);
        const double next = free > 0 ? (total - limited) / free : INFINITE;
        settled = !(next > level);
        level = settled ? level : next;
    }

    return level;
}

// The weight of an antenna before it is scaled: max(nu, sqrt(v/p)).
DEVICE double antenna_weight(const double nu, const double v, const double limit)
{
    const double own = SQRT(v / limit);
    return own > nu ? own : nu;
}

// limitAntennas: factor_m := g_m t_m of the projection, then g_m := 1/sqrt(w_m), IAntennaOps.LimitAntennas. Threads take every GROUP-th antenna, sums as group_sum's.
//   antennaPower, gain, factor  double [batch][L][M];  limits  double [L][M];  budget  double [L]
// One group per (l, realization).
KERNEL GROUP_SIZE(GROUP)
void limitAntennas(
    const int L, const int M, const double leastWeight, GLOBAL const double* RESTRICT antennaPower, GLOBAL const double* RESTRICT limits, GLOBAL const double* RESTRICT budget,
    GLOBAL double* RESTRICT gain, GLOBAL double* RESTRICT factor, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const wide start = ((wide)GROUP_Z * L + GROUP_X) * M;
    GLOBAL const double* a = antennaPower + start;
    GLOBAL double* g = gain + start;
    GLOBAL const double* limit = limits + (wide)GROUP_X * M;
    const double total = budget[GROUP_X], projected = antenna_level(M, a, g, 1, limit, total, scratch), s = projected < 1 ? SQRT(projected) : 1;
    for (int m = THREAD; m < M; m += GROUP)
    {
        const double power = antenna_power(a[m], g[m], 1), own = power > 0 ? SQRT(limit[m] / power) : s;
        factor[start + m] = g[m] * (own < s ? own : s);
    }

    const double level = antenna_level(M, a, g, 0, limit, total, scratch), nu = 1 / SQRT(level);
    double sum = 0;
    for (int m = THREAD; m < M; m += GROUP)
    {
        sum += antenna_weight(nu, antenna_power(a[m], g[m], 0), limit[m]);
    }

    const double least = leastWeight * group_sum(sum, scratch) / M;
    double used = 0;
    for (int m = THREAD; m < M; m += GROUP)
    {
        const double v = antenna_power(a[m], g[m], 0), own = antenna_weight(nu, v, limit[m]), w = own > least ? own : least, sent = v / (w * w);
        used += w > 0 ? w * (sent < limit[m] ? sent : limit[m]) : 0;
    }

    used = group_sum(used, scratch);
    const int updates = used > 0 && is_finite(used);
    for (int m = THREAD; m < M; m += GROUP)
    {
        const double own = antenna_weight(nu, antenna_power(a[m], g[m], 0), limit[m]), w = own > least ? own : least;
        g[m] = updates ? SQRT(used / (w * total)) : g[m];
    }

    BARRIER;
}

// scaleAntennas: scaled[b][l][k][m] = factor[b][l][m] vectors[b][l][k][m]
//   vectors, scaled  cplx [batch][L][K][M];  factor  double [batch][L][M]
// One group per (block of elements, l, realization).
KERNEL GROUP_SIZE(GROUP)
void scaleAntennas(
    const int L, const int K, const int M, GLOBAL const double* RESTRICT factor, GLOBAL const cplx* RESTRICT vectors, GLOBAL cplx* RESTRICT scaled,
    GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (status[GROUP_Z] != RUNNING || i >= K * M)
    {
        return;
    }

    const wide block = (wide)GROUP_Z * L + GROUP_Y, at = block * K * M + i;
    scaled[at] = cplx_scale(vectors[at], (real)factor[block * M + i % M]);
}

// takeRates: Objective = ln 2 sum_k alpha_k R_k, or designed where that is not finite, PowerExcess = max_l (power_l / P_l - 1), k and l ascending.
//   rates  double [batch][K];  power  double [batch][L];  designed  double [batch]
// One thread a realization.
KERNEL GROUP_SIZE(GROUP)
void takeRates(
    const int count, const int L, const int K, GLOBAL const double* RESTRICT rates, GLOBAL const double* RESTRICT power, GLOBAL const double* RESTRICT designed,
    GLOBAL const double* RESTRICT weight, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT objective, GLOBAL double* RESTRICT powerExcess, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= count || status[b] != RUNNING)
    {
        return;
    }

    double sum = 0, excess = -INFINITE;
    for (int k = 0; k < K; k++)
    {
        sum += weight[k] * rates[(wide)b * K + k];
    }

    for (int l = 0; l < L; l++)
    {
        const double own = power[(wide)b * L + l] / budget[l] - 1;
        excess = own > excess ? own : excess;
    }

    objective[b] = is_finite(designed[b]) ? LN_2 * sum : designed[b];
    powerExcess[b] = excess;
}
