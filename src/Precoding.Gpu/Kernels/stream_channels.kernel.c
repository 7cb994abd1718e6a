// Branches and their budgets: images under Gram matrices and channels, powers, scales.                                          [noncoherent.md sections 1, 4]
// What steps compute is in double until it is stored: xs, es  double [batch][branches][n][2], coordinates and images of branches that are not stored yet.
#include "streams.h"

// streamImages: xs := x, es_b := G_l xs_b, parts_b := Re<xs_b, es_b>; 0 for branches of nobody. One group per (branch, realization), sums by threads, then as a tree.
//   gram  cplx [batch][L][n][n];  x  cplx [batch][branches][n];  parts  double [batch][branches]
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamImages(
    const int L, const int branches, const int n, GLOBAL const cplx* RESTRICT gram, GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT x, GLOBAL double* RESTRICT xs,
    GLOBAL double* RESTRICT es, GLOBAL double* RESTRICT parts, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[STREAM_GROUP];
    const wide branch = (wide)GROUP_Z * branches + GROUP_X;
    const int l = accessPoint[branch];
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    GLOBAL double_cplx* X = (GLOBAL double_cplx*)xs + branch * n;
    GLOBAL double_cplx* E = (GLOBAL double_cplx*)es + branch * n;
    EACH(i, n, STREAM_GROUP)
    {
        X[i] = l < 0 ? double_cplx_of(0, 0) : widened(x[branch * n + i]);
        E[i] = double_cplx_of(0, 0);
    }

    BARRIER;
    double power = 0;
    EACH(i, l >= 0 ? n : 0, STREAM_GROUP)
    {
        E[i] = hermitian_row(n, gram + ((wide)GROUP_Z * L + l) * n * n, i, X);
        power += double_inner(X[i], E[i]);
    }

    store_sum(power, scratch, &parts[branch]);
    BARRIER;
}

// streamBudgets: c_l = sqrt(P_l / p_l) for the access points l = from ... from + points - 1 that are put on their budgets, else 1; p_l sums the parts of l's branches, in
// order. By `rule`, that is done where p_l > 0 (0), where p_l > P_l (1), where the multiplier is positive or p_l > P_l (2). PowerExcess := the largest excess then,
// or of these and what is there, where from > 0.
//   scale  double [batch][L];  multiplier  double [batch][L], looked at by rule 2 only
// One group per realization, a thread an access point.
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamBudgets(
    const int L, const int branches, const int from, const int points, const int rule, GLOBAL const double* RESTRICT parts, GLOBAL const int* RESTRICT accessPoint,
    GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT multiplier, GLOBAL double* RESTRICT scale, GLOBAL double* RESTRICT excess, GLOBAL double* RESTRICT powerExcess,
    const int everyStatus, GLOBAL const int* RESTRICT status)
{
    const wide own = (wide)GROUP_Z * L;
    if (!everyStatus && status[GROUP_Z] != RUNNING)
    {
        return;
    }

    EACH(point, points, STREAM_GROUP)
    {
        const int l = from + point;
        const double power = point_sum(branches, l, accessPoint + (wide)GROUP_Z * branches, parts + (wide)GROUP_Z * branches);
        const int isOnBudget = power > 0 && (rule == 0 || power > budget[l] || (rule == 2 && multiplier[own + l] > 0));
        scale[own + l] = isOnBudget ? SQRT(budget[l] / power) : 1;
        excess[own + l] = isOnBudget ? 0 : (power < 0 ? 0 : power) / budget[l] - 1; // what is no number stays none
    }

    BARRIER;
    if (THREAD == 0)
    {
        double worst = from > 0 ? powerExcess[GROUP_Z] : -INFINITE;
        for (int l = from; l < from + points; l++)
        {
            worst = worst == worst && !(excess[own + l] <= worst) ? excess[own + l] : worst;
        }

        powerExcess[GROUP_Z] = worst;
    }

    BARRIER;
}

// storeStreams: x_b := c_l xs_b, e_b := c_l es_b for the branches of access points from ... from + points - 1; 0 for those of nobody.
//   x, e  cplx [batch][branches][n]
// One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void storeStreams(
    const int L, const int branches, const int n, const int from, const int points, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT scale,
    GLOBAL const double* RESTRICT xs, GLOBAL const double* RESTRICT es, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT e, GLOBAL const int* RESTRICT status)
{
    const wide branch = (wide)GROUP_Z * branches + GROUP_X;
    const int l = accessPoint[branch];
    if (status[GROUP_Z] != RUNNING || (l >= 0 && (l < from || l >= from + points)))
    {
        return;
    }

    const double c = l < 0 ? 0 : scale[(wide)GROUP_Z * L + l];
    EACH(i, n, STREAM_GROUP)
    {
        x[branch * n + i] = l < 0 ? cplx_of(0, 0) : rounded(double_cplx_scale(((GLOBAL const double_cplx*)xs)[branch * n + i], c));
        e[branch * n + i] = l < 0 ? cplx_of(0, 0) : rounded(double_cplx_scale(((GLOBAL const double_cplx*)es)[branch * n + i], c));
    }
}

// synthesizeStreams: p_b = H_l^H x_b and parts_b = |p_b|^2; every realization in use.                                                          [NCJT (19)]
//   h  cplx [batch][L][n][M];  precoders  cplx [batch][branches][M]
// One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void synthesizeStreams(
    const int L, const int branches, const int n, const int M, GLOBAL const cplx* RESTRICT h, GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT x,
    GLOBAL cplx* RESTRICT precoders, GLOBAL double* RESTRICT parts)
{
    SHARED double scratch[STREAM_GROUP];
    const wide branch = (wide)GROUP_Z * branches + GROUP_X;
    const int l = accessPoint[branch], rows = l < 0 ? 0 : n;
    GLOBAL const cplx* H = h + ((wide)GROUP_Z * L + (l < 0 ? 0 : l)) * n * M;
    double power = 0;
    EACH(m, M, STREAM_GROUP)
    {
        double_cplx sum = double_cplx_of(0, 0);
        for (int i = 0; i < rows; i++)
        {
            sum = double_cplx_mad(sum, double_cplx_conjugate(widened(H[(wide)i * M + m])), widened(x[branch * n + i]));
        }

        precoders[branch * M + m] = rounded(sum);
        power += double_energy(sum);
    }

    store_sum(power, scratch, &parts[branch]);
    BARRIER;
}

// scaleStreams: p_b := c_l p_b; every realization in use. One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void scaleStreams(
    const int L, const int branches, const int M, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT scale, GLOBAL cplx* RESTRICT precoders)
{
    const wide branch = (wide)GROUP_Z * branches + GROUP_X;
    const int l = accessPoint[branch];
    EACH(m, l >= 0 ? M : 0, STREAM_GROUP)
    {
        precoders[branch * M + m] = rounded(double_cplx_scale(widened(precoders[branch * M + m]), scale[(wide)GROUP_Z * L + l]));
    }
}

// heardBeams: e_b = H_l p_b and parts_b = |p_b|^2. One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void heardBeams(
    const int L, const int branches, const int n, const int M, GLOBAL const cplx* RESTRICT h, GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT precoders,
    GLOBAL cplx* RESTRICT e, GLOBAL double* RESTRICT parts, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[STREAM_GROUP];
    const wide branch = (wide)GROUP_Z * branches + GROUP_X;
    const int l = accessPoint[branch], antennas = l < 0 ? 0 : M;
    if (!everyStatus && status[GROUP_Z] != RUNNING)
    {
        return;
    }

    GLOBAL const cplx* H = h + ((wide)GROUP_Z * L + (l < 0 ? 0 : l)) * n * M;
    double power = 0;
    EACH(i, n, STREAM_GROUP)
    {
        double_cplx sum = double_cplx_of(0, 0);
        for (int m = 0; m < antennas; m++)
        {
            sum = double_cplx_mad(sum, widened(H[(wide)i * M + m]), widened(precoders[branch * M + m]));
        }

        e[branch * n + i] = rounded(sum);
    }

    EACH(m, antennas, STREAM_GROUP)
    {
        power += energy(precoders[branch * M + m]);
    }

    store_sum(power, scratch, &parts[branch]);
    BARRIER;
}

// sentPowers: power[b][l] = the sum of the parts of l's branches; rates := nats/ln 2; every realization in use. One group per realization.
//   nats, rates  double [batch][K]
KERNEL GROUP_SIZE(STREAM_GROUP)
void sentPowers(
    const int L, const int K, const int branches, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT parts, GLOBAL const double* RESTRICT nats,
    GLOBAL double* RESTRICT rates, GLOBAL double* RESTRICT power)
{
    EACH(k, K, STREAM_GROUP)
    {
        rates[(wide)GROUP_Z * K + k] = nats[(wide)GROUP_Z * K + k] / LN_2;
    }

    EACH(l, L, STREAM_GROUP)
    {
        power[(wide)GROUP_Z * L + l] = point_sum(branches, l, accessPoint + (wide)GROUP_Z * branches, parts + (wide)GROUP_Z * branches);
    }
}
