// The update of access points: x_b = F (F^H G_l F + lambda_l I)^-1 c_b with the smallest lambda_l >= 0 that meets the budget.        [NCJT (28)-(29); noncoherent.md section 4]
// The systems are graded over many orders of magnitude, hence all of it in double:
//   systems  double [batch][points][q][q][2], F^H G_l F and, after their decomposition, eigenvectors as rows, of the access points l = from ... from + points - 1
//   values   double [batch][points][q], eigenvalues;  marked  int [batch][points], 0 where the access point sends nothing or the realization does not run
//   z, c     double [batch][branches][q][2], right sides in the eigenvectors' coordinates and in F's
#include "streams.h"

#define MOST_STEPS 200

// markSenders: marked := 1 where the access point sends something in a running realization, else 0; multipliers of those that do not := 0. One group per realization, a
// thread an access point.
//   multiplier  double [batch][L]
KERNEL GROUP_SIZE(STREAM_GROUP)
void markSenders(
    const int L, const int branches, const int from, const int points, GLOBAL const int* RESTRICT accessPoint, GLOBAL int* RESTRICT marked, GLOBAL double* RESTRICT multiplier,
    GLOBAL const int* RESTRICT status)
{
    const int runs = status[GROUP_Z] == RUNNING;
    EACH(point, points, STREAM_GROUP)
    {
        const int l = from + point;
        int sends = 0;
        for (int b = 0; b < branches; b++)
        {
            sends |= accessPoint[(wide)GROUP_Z * branches + b] == l;
        }

        marked[(wide)GROUP_Z * points + point] = runs && sends;
        if (runs && !sends)
        {
            multiplier[(wide)GROUP_Z * L + l] = 0;
        }
    }
}

// reducedSystems: F^H G_l F, both triangles. One group per (STREAM_GROUP entries, access point, realization); a thread an entry.
//   gram  cplx [batch][L][n][n]
KERNEL GROUP_SIZE(STREAM_GROUP)
void reducedSystems(
    const int L, const int from, const int points, const int n, const int N, const int q, GLOBAL const int* RESTRICT rankUser, GLOBAL const cplx* RESTRICT gram, GLOBAL const cplx* RESTRICT factor,
    GLOBAL double* RESTRICT systems, GLOBAL const int* RESTRICT marked)
{
    const wide own = (wide)GROUP_Z * points + GROUP_Y;
    const int at = GROUP_X * STREAM_GROUP + THREAD, i = at / q, j = at % q;
    if (!marked[own] || at >= q * q || j > i)
    {
        return;
    }

    GLOBAL const cplx* G = gram + ((wide)GROUP_Z * L + from + GROUP_Y) * n * n + (wide)rankUser[i] * N * n + rankUser[j] * N;
    GLOBAL const cplx* left = factor + ((wide)GROUP_Z * q + i) * N;
    GLOBAL const cplx* right = factor + ((wide)GROUP_Z * q + j) * N;
    double_cplx sum = double_cplx_of(0, 0);
    for (int a = 0; a < N; a++)
    {
        double_cplx image = double_cplx_of(0, 0);
        for (int b = 0; b < N; b++)
        {
            image = double_cplx_mad(image, widened(G[(wide)a * n + b]), widened(right[b]));
        }

        sum = double_cplx_mad(sum, double_cplx_conjugate(widened(left[a])), image);
    }

    store_hermitian(q, (GLOBAL double_cplx*)systems + own * q * q, i, j, sum);
}

// streamTargets: z_b = U^H c_b, c_b the stream's column of C less what its other branches deliver, F^H sum e. One group per (branch, realization). A stream of one branch has a right side in its user's block alone.
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamTargets(
    const int from, const int points, const int K, const int N, const int B, const int branches, const int q, const int maxRank, GLOBAL const int* RESTRICT rankFirst,
    GLOBAL const int* RESTRICT userOf, GLOBAL const int* RESTRICT rankUser, GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT factor, GLOBAL const cplx* RESTRICT coefficient,
    GLOBAL const cplx* RESTRICT e, GLOBAL const double* RESTRICT systems, GLOBAL double* RESTRICT c, GLOBAL double* RESTRICT z, GLOBAL const int* RESTRICT marked)
{
    const int s = GROUP_X / B, user = userOf[s], n = K * N;
    const wide r = GROUP_Z, branch = r * branches + GROUP_X;
    const int point = accessPoint[branch] - from, isMeant = point >= 0 && point < points;
    const wide own = r * points + (isMeant ? point : 0);
    if (!isMeant || !marked[own])
    {
        return;
    }

    const int begin = B > 1 ? 0 : rankFirst[user], end = B > 1 ? q : rankFirst[user + 1];
    GLOBAL double_cplx* C = (GLOBAL double_cplx*)c + branch * q;
    EACH(at, end - begin, STREAM_GROUP)
    {
        const int j = begin + at, k = rankUser[j];
        double_cplx sum = k == user ? widened(coefficient[(r * (branches / B) + s) * maxRank + j - rankFirst[k]]) : double_cplx_of(0, 0);
        for (int other = s * B; other < (s + 1) * B; other++)
        {
            for (int a = 0; a < N && other != GROUP_X; a++)
            {
                const double_cplx heard = widened(e[(r * branches + other) * n + k * N + a]);
                sum = double_cplx_msub(sum, double_cplx_conjugate(widened(factor[(r * q + j) * N + a])), heard);
            }
        }

        C[j] = sum;
    }

    BARRIER;
    GLOBAL const double_cplx* U = (GLOBAL const double_cplx*)systems + own * q * q;
    EACH(m, q, STREAM_GROUP)
    {
        ((GLOBAL double_cplx*)z)[branch * q + m] = eigen_coordinate(q, U, m, begin, end, C);
    }

    BARRIER;
}

// sum of b_m/(mu_m + lambda)^power over a group, by threads, then as a tree.
DEVICE double power_sum(const int q, GLOBAL const double* mu, GLOBAL const double* b, const double lambda, const int power, IN_SHARED double* scratch)
{
    double sum = 0;
    EACH(m, q, STREAM_GROUP)
    {
        const double inverse = 1 / (mu[m] + lambda), square = b[m] * inverse * inverse;
        sum += power == 2 ? square : square * inverse;
    }

    return sum_of_threads(STREAM_GROUP, sum, scratch);
}

// streamMultipliers: the smallest lambda_l >= 0 with q(lambda) = sum over m of b_m/(mu_m + lambda)^2 at most P_l, b_m = mu_m sum |z_m|^2 over l's branches (without the
// factor mu_m where `inAntennas`); Newton's method on 1/sqrt(q), which is concave, inside a bracket, from the multiplier that is there; at lambda = 0 eigenvalues at or below
// 4 q epsilon max are dropped. values := 1/(mu + lambda), or the pseudo-inverse.                                       [noncoherent.md section 4.3]
//   energies  double [batch][points][q], for its own use
// One group per (access point, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamMultipliers(
    const int L, const int from, const int points, const int branches, const int q, const int inAntennas, const double tolerance, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT budget,
    GLOBAL const double* RESTRICT z, GLOBAL double* RESTRICT values, GLOBAL double* RESTRICT energies, GLOBAL double* RESTRICT multiplier, GLOBAL const int* RESTRICT marked)
{
    SHARED double scratch[STREAM_GROUP];
    const int l = from + GROUP_X;
    const wide own = (wide)GROUP_Z * points + GROUP_X;
    const double P = budget[l];
    if (!marked[own])
    {
        return;
    }

    GLOBAL double* mu = values + own * q;
    GLOBAL double* b = energies + own * q;
    double sum = 0, largest = 0, free = 0;
    EACH(m, q, STREAM_GROUP)
    {
        double energySum = 0;
        for (int branch = 0; branch < branches; branch++)
        {
            const wide at = (wide)GROUP_Z * branches + branch;
            energySum += accessPoint[at] == l ? double_energy(((GLOBAL const double_cplx*)z)[at * q + m]) : 0;
        }

        mu[m] = mu[m] < 0 ? 0 : mu[m]; // what is no number stays none
        b[m] = inAntennas ? energySum : mu[m] * energySum;
        sum += b[m];
        largest = mu[m] > largest ? mu[m] : largest;
    }

    sum = sum_of_threads(STREAM_GROUP, sum, scratch);
    largest = max_of_threads(STREAM_GROUP, largest, scratch);
    const double dropped = 4 * q * DOUBLE_EPSILON * largest;
    EACH(m, q, STREAM_GROUP)
    {
        free += mu[m] > dropped ? b[m] / (mu[m] * mu[m]) : 0;
    }

    free = sum_of_threads(STREAM_GROUP, free, scratch);
    const int isFree = free <= P;
    double high = SQRT(sum / P), low = high > largest ? high - largest : 0;
    const double guess = multiplier[(wide)GROUP_Z * L + l];
    double lambda = isFree ? sum - sum : guess > low && guess < high ? guess : low > DOUBLE_EPSILON * high ? low : DOUBLE_EPSILON * high;
    int isSettled = isFree;
    for (int step = 0; step < MOST_STEPS && !isSettled; step++)
    {
        const double power = power_sum(q, mu, b, lambda, 2, scratch), slope = -2 * power_sum(q, mu, b, lambda, 3, scratch), excess = power - P;
        low = power > P ? lambda : low;
        high = power > P ? high : lambda;
        double next = lambda + 2 * power / slope * (1 - SQRT(power / P));
        next = next > low && next < high ? next : low + (high - low) / 2;
        isSettled = !((excess < 0 ? -excess : excess) > tolerance * P) || next == lambda;
        lambda = isSettled ? lambda + (power - power) : next; // what is no number shows
    }

    EACH(m, q, STREAM_GROUP)
    {
        mu[m] = lambda <= 0 && mu[m] <= dropped ? 0 : 1 / (mu[m] + lambda);
    }

    BARRIER; // all have read their guess
    if (THREAD == 0)
    {
        multiplier[(wide)GROUP_Z * L + l] = lambda;
    }

    BARRIER;
}

// streamCoordinates: xs_b = F U diag(values) z_b, es_b = G_l xs_b, parts_b = Re<xs_b, es_b>. One group per (branch, realization), sums by threads, then as a tree.
//   xs, es  double [batch][branches][n][2];  parts  double [batch][branches]
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamCoordinates(
    const int L, const int from, const int points, const int K, const int N, const int branches, const int q, GLOBAL const int* RESTRICT rankFirst,
    GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT gram, GLOBAL const cplx* RESTRICT factor, GLOBAL const double* RESTRICT systems, GLOBAL const double* RESTRICT values, GLOBAL const double* RESTRICT z,
    GLOBAL double* RESTRICT c, GLOBAL double* RESTRICT xs, GLOBAL double* RESTRICT es, GLOBAL double* RESTRICT parts, GLOBAL const int* RESTRICT marked)
{
    SHARED double scratch[STREAM_GROUP];
    const int n = K * N;
    const wide r = GROUP_Z, branch = r * branches + GROUP_X;
    const int point = accessPoint[branch] - from, isMeant = point >= 0 && point < points;
    const wide own = r * points + (isMeant ? point : 0);
    if (!isMeant || !marked[own])
    {
        return;
    }

    GLOBAL const double_cplx* U = (GLOBAL const double_cplx*)systems + own * q * q;
    GLOBAL const double_cplx* Z = (GLOBAL const double_cplx*)z + branch * q;
    GLOBAL double_cplx* Y = (GLOBAL double_cplx*)c + branch * q;
    GLOBAL double_cplx* X = (GLOBAL double_cplx*)xs + branch * n;
    GLOBAL double_cplx* E = (GLOBAL double_cplx*)es + branch * n;
    EACH(j, q, STREAM_GROUP)
    {
        Y[j] = eigen_combination(q, U, values + own * q, Z, j);
    }

    BARRIER;
    EACH(i, n, STREAM_GROUP)
    {
        const int k = i / N;
        double_cplx sum = double_cplx_of(0, 0);
        for (int j = rankFirst[k]; j < rankFirst[k + 1]; j++)
        {
            sum = double_cplx_mad(sum, widened(factor[(r * q + j) * N + i % N]), Y[j]);
        }

        X[i] = sum;
    }

    BARRIER;
    double power = 0;
    EACH(i, n, STREAM_GROUP)
    {
        E[i] = hermitian_row(n, gram + (r * L + accessPoint[branch]) * n * n, i, X);
        power += double_inner(X[i], E[i]);
    }

    store_sum(power, scratch, &parts[branch]);
    BARRIER;
}
