// The dual uplink of the bound, in the letters of IUplinkOps; A = I + D^1/2 G D^1/2 = L L^H and T = L^-H diag(alpha) L^-1 come from cholesky.kernel.c.    [coherent.md section 9]
//   g, t    cplx [batch][K][K], G and T, both Hermitian: Re(G_km T_mk) is the inner product of two numbers of one row
//   q, marginal, marginalSize  double [batch][K];  lambda, gainMarginal  double [batch][L]
#include "streams.h"

// uplinkMarginals: g_k and e_k, and sizes[b][k] = user k's share of s. One group per (k, realization); terms summed by threads, then as a tree.
KERNEL GROUP_SIZE(GROUP)
void uplinkMarginals(
    const int K, const double smallestWeight, GLOBAL const double* RESTRICT weights, GLOBAL const double* RESTRICT q, GLOBAL const cplx* RESTRICT g, GLOBAL const cplx* RESTRICT t,
    GLOBAL double* RESTRICT marginal, GLOBAL double* RESTRICT marginalSize, GLOBAL double* RESTRICT sizes, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, k = GROUP_X;
    const wide first = (wide)b * K, row = (first + k) * K;
    if (status[b] != RUNNING)
    {
        return;
    }

    const double own = q[first + k], gain = g[row + k].x, diagonal = 1 + own * gain;
    double value = 0, others = 0;
    EACH(m, K, GROUP)
    {
        if (m != k)
        {
            value += SQRT(q[first + m] / own) * inner(g[row + m], t[row + m]);
            others += SQRT(energy(t[row + m]) * (1 + q[first + m] * g[(first + m) * K + m].x));
        }
    }

    value = group_sum(value, scratch);
    others = group_sum(others, scratch);
    if (THREAD == 0)
    {
        const double root = SQRT(gain), w = others / SQRT(own), inverse = t[row + k].x;
        const double size = 2 * w * (w + root * inverse) / smallestWeight + 2 * root * (weights[k] * root + w) / diagonal;
        marginal[first + k] = (weights[k] * gain + value) / diagonal;
        marginalSize[first + k] = size;
        sizes[first + k] = SQRT(diagonal) * (others + inverse * SQRT(diagonal)) + own * size;
    }

    BARRIER;
}

// uplinkGains: rows[b][l][k] = user k's share of c_l = Re tr(G_l D^1/2 T D^1/2). One group per (k, l, realization).
//   gram  cplx [batch][L][K][K], G_l
KERNEL GROUP_SIZE(GROUP)
void uplinkGains(
    const int L, const int K, GLOBAL const double* RESTRICT q, GLOBAL const cplx* RESTRICT gram, GLOBAL const cplx* RESTRICT t, GLOBAL double* RESTRICT rows,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, k = GROUP_X;
    const wide first = (wide)b * K, block = (wide)b * L + GROUP_Y;
    if (status[b] != RUNNING)
    {
        return;
    }

    double sum = 0;
    EACH(m, K, GROUP)
    {
        sum += SQRT(q[first + m]) * inner(gram[(block * K + k) * K + m], t[(first + k) * K + m]);
    }

    sum = group_sum(sum, scratch);
    if (THREAD == 0)
    {
        rows[block * K + k] = SQRT(q[first + k]) * sum;
    }

    BARRIER;
}

// uplinkTotals: C = -2 sum of alpha_k ln(1/L_kk), s, and c_l from their rows, in order. One group per realization.
//   reciprocals  double [batch][K], 1/L_kk
KERNEL GROUP_SIZE(GROUP)
void uplinkTotals(
    const int L, const int K, GLOBAL const double* RESTRICT weights, GLOBAL const double* RESTRICT reciprocals, GLOBAL const double* RESTRICT sizes,
    GLOBAL const double* RESTRICT rows, GLOBAL double* RESTRICT capacity, GLOBAL double* RESTRICT capacitySize, GLOBAL double* RESTRICT gainMarginal, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    double sum = 0, size = 0;
    EACH(k, K, GROUP)
    {
        sum -= 2 * weights[k] * LOG(reciprocals[(wide)b * K + k]);
        size += sizes[(wide)b * K + k];
    }

    sum = group_sum(sum, scratch);
    size = group_sum(size, scratch);
    EACH(l, L, GROUP)
    {
        double total = 0;
        for (int k = 0; k < K; k++)
        {
            total += rows[((wide)b * L + l) * K + k];
        }

        gainMarginal[(wide)b * L + l] = total;
    }

    if (THREAD == 0)
    {
        capacity[b] = sum;
        capacitySize[b] = (sum < 0 ? -sum : sum) + size;
    }

    BARRIER;
}

#define SMALLEST_SHARE 1e-12
#define SMALLEST_NOISE 1e-9

// advanceUplink: IUplinkOps.AdvanceUplink. One group per realization.
//   budget  double [L]
KERNEL GROUP_SIZE(GROUP)
void advanceUplink(
    const int L, const int K, const double rounding, GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT capacity, GLOBAL const double* RESTRICT capacitySize,
    GLOBAL const double* RESTRICT marginal, GLOBAL const double* RESTRICT marginalSize, GLOBAL const double* RESTRICT gainMarginal, GLOBAL double* RESTRICT lambda,
    GLOBAL double* RESTRICT q, GLOBAL double* RESTRICT bound, GLOBAL double* RESTRICT objective, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z;
    const wide user = (wide)b * K, point = (wide)b * L;
    if (status[b] != RUNNING)
    {
        return;
    }

    double price = 0, used = 0;
    EACH(k, K, GROUP)
    {
        const double g = marginal[user + k], upper = g + rounding * marginalSize[user + k];
        price = upper > price ? upper : price;
        used += q[user + k] * g;
    }

    price = group_max(price, scratch);
    used = group_sum(used, scratch);
    double total = 0, power = 0, largest = 0, noise = 0, next = 0;
    for (int l = 0; l < L; l++)
    {
        const double perWatt = gainMarginal[point + l] / budget[l];
        total += budget[l];
        power += lambda[point + l] * budget[l];
        largest = perWatt > largest ? perWatt : largest;
    }

    for (int l = 0; l < L; l++)
    {
        const double perWatt = gainMarginal[point + l] / budget[l], root = perWatt > 0 ? SQRT(perWatt) : 0, least = SMALLEST_NOISE * SQRT(largest);
        noise += budget[l] * (root > least ? root : least);
    }

    BARRIER;
    EACH(l, L, GROUP)
    {
        const double perWatt = gainMarginal[point + l] / budget[l], root = perWatt > 0 ? SQRT(perWatt) : 0, least = SMALLEST_NOISE * SQRT(largest);
        lambda[point + l] = largest > 0 ? (root > least ? root : least) * total / noise : lambda[point + l];
    }

    const double smallest = SMALLEST_SHARE * used / K;
    EACH(k, K, GROUP)
    {
        const double share = q[user + k] * marginal[user + k];
        next += share > smallest ? share : smallest;
    }

    next = group_sum(next, scratch);
    EACH(k, K, GROUP)
    {
        const double share = q[user + k] * marginal[user + k];
        q[user + k] = used > 0 ? (share > smallest ? share : smallest) * total / next : q[user + k];
    }

    if (THREAD == 0)
    {
        const double value = capacity[b] + rounding * capacitySize[b] - used + power * price;
        objective[b] = value;
        bound[b] = value < bound[b] ? value : bound[b];
    }

    BARRIER;
}
