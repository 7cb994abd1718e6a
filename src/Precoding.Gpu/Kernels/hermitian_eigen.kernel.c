// Hermitian eigenproblems in double, whatever the engine's precision: A = U diag(e) U^H by Jacobi's method. A sweep rotates every pair (p, q) once, in rounds of
// disjoint pairs (round robin), so that a round's rotations are found and applied all together.                                            [GVL 8.5]
// One group works on one matrix; its memory, in doubles, from a place of even number on:
//   A        double_cplx [n][n], all of it, destroyed
//   vectors  double_cplx [n][n], row i is the vector of values[i], in no order
//   values   double [n]
//   turns    double [(n + 1)/2][4]: cosine, sine (complex), and what the turn moves from one diagonal entry to the other
#define MOST_SWEEPS 30
#define TURN_NUMBERS 4

// Pair i of a round, p < q, of m = n rounded up to even; q = n is nobody where n is odd. m - 1 rounds of m/2 pairs meet every pair once.
DEVICE void pair_of(const int m, const int round, const int i, int* p, int* q)
{
    const int last = m - 1, up = round + i, down = round + last - i, one = i == 0 ? last : up < last ? up : up - last, other = down < last ? down : down - last;
    *p = one < other ? one : other;
    *q = one < other ? other : one;
}

// Turns the two numbers by J: first := c first - conj(sine) second, second := sine first + c second.
DEVICE void turn(const double c, const double_cplx sine, double_cplx* first, double_cplx* second)
{
    const double_cplx a = *first, b = *second;
    *first = double_cplx_mad(double_cplx_scale(a, c), double_cplx_of(-sine.x, sine.y), b);
    *second = double_cplx_mad(double_cplx_scale(b, c), sine, a);
}

#define PLACE GLOBAL
#define IN_PLACE(name) name
#include "jacobi.h"

#define PLACE IN_SHARED
#define IN_PLACE(name) name##_shared
#include "jacobi.h"

// hermitianEigen: of a batch of `blocks` matrices a realization those that are marked; vectors and values as above, all not a number where the matrix is not finite.
// Vectors belong to rows: A[b] = sum over i of values_i v_i v_i^H, v_i the transpose of row i.
//   matrices, vectors  double [batch][blocks][n][n][2];  values  double [batch][blocks][n];  turns  double [batch][blocks][(n + 1)/2][4], for its own use
//   marked             int [batch][blocks]
// One group per matrix: GROUP_Y is the block, GROUP_Z the realization.
KERNEL GROUP_SIZE(GROUP)
void hermitianEigen(
    const int n, const int blocks, GLOBAL double* RESTRICT matrices, GLOBAL double* RESTRICT vectors, GLOBAL double* RESTRICT values,
    GLOBAL double* RESTRICT turns, GLOBAL const int* RESTRICT marked)
{
    SHARED double scratch[GROUP];
    const wide b = (wide)GROUP_Z * blocks + GROUP_Y, size = (wide)n * n;
    if (!marked[b])
    {
        return;
    }

    GLOBAL double_cplx* U = (GLOBAL double_cplx*)(vectors + 2 * b * size);
    const int isFinite = hermitian_eigen(n, (GLOBAL double_cplx*)(matrices + 2 * b * size), U, values + b * n, turns + b * ((n + 1) / 2) * TURN_NUMBERS, scratch);
    for (wide at = THREAD; !isFinite && at < size; at += GROUP)
    {
        U[at] = double_cplx_of(NOT_A_NUMBER, NOT_A_NUMBER);
        values[b * n + at % n] = NOT_A_NUMBER;
    }

    BARRIER;
}

// hermitianEigenShared: the same in shared memory, by the same operations in the same order; the vectors replace the matrices.
//   matrices  double [batch][blocks][n][n][2];  values  double [batch][blocks][n];  marked  int [batch][blocks]
//   work      4 n^2 + n + 4 ((n + 1)/2) doubles: A, vectors, values and turns
// One group per matrix: GROUP_Y is the block, GROUP_Z the realization.
KERNEL GROUP_SIZE(GROUP)
void hermitianEigenShared(
    const int n, const int blocks, GLOBAL double* RESTRICT matrices, GLOBAL double* RESTRICT values, GLOBAL const int* RESTRICT marked, IN_SHARED double* work)
{
    SHARED_AT_LAUNCH(work);
    SHARED double scratch[GROUP];
    const wide b = (wide)GROUP_Z * blocks + GROUP_Y;
    const int size = n * n;
    if (!marked[b])
    {
        return;
    }

    GLOBAL double_cplx* matrix = (GLOBAL double_cplx*)(matrices + 2 * b * size);
    IN_SHARED double_cplx* A = (IN_SHARED double_cplx*)work;
    IN_SHARED double_cplx* U = A + size;
    IN_SHARED double* e = work + 4 * size;
    for (int at = THREAD; at < size; at += GROUP)
    {
        A[at] = matrix[at];
    }

    BARRIER;
    if (!hermitian_eigen_shared(n, A, U, e, e + n, scratch))
    {
        for (int at = THREAD; at < size; at += GROUP)
        {
            matrix[at] = double_cplx_of(NOT_A_NUMBER, NOT_A_NUMBER);
            values[b * n + at % n] = NOT_A_NUMBER;
        }

        return; // not a choice of what is stored below: PoCL 3.1 would store other numbers
    }

    for (int at = THREAD; at < size; at += GROUP)
    {
        matrix[at] = U[at];
    }

    for (int i = THREAD; i < n; i += GROUP)
    {
        values[b * n + i] = e[i];
    }

    BARRIER;
}

// sum over e_i > floor of e_i |Y_i|^2/(e_i + lambda)^2, by threads, then as a tree.
DEVICE double secular_power(const int K, GLOBAL const double* values, GLOBAL const double* energies, const double lambda, const double floor, IN_SHARED double* scratch)
{
    double power = 0;
    for (int i = THREAD; i < K; i += GROUP)
    {
        const double shifted = values[i] + lambda;
        power += values[i] > floor ? values[i] * energies[i] / (shifted * shifted) : 0;
    }

    return group_sum(power, scratch);
}

// lambda >= 0, the smallest that meets the budget; `floor` is what values count as rounding at lambda = 0.
DEVICE double secular_root(const int K, GLOBAL const double* values, GLOBAL const double* energies, const double budget, const double floor, IN_SHARED double* scratch)
{
    double low = 0, high = 0;
    if (!(secular_power(K, values, energies, 0, floor, scratch) > budget))
    {
        return 0;
    }

    for (int i = THREAD; i < K; i += GROUP)
    {
        high += values[i] > 0 ? values[i] * energies[i] : 0;
    }

    high = SQRT(group_sum(high, scratch) / budget);
    for (int step = 0; step < 200 && high - low > 1e-16 * high; step++)
    {
        const double middle = (low + high) / 2;
        if (secular_power(K, values, energies, middle, 0, scratch) > budget)
        {
            low = middle;
        }
        else
        {
            high = middle;
        }
    }

    return high;
}

// blockByEigenvalues: X_l = Omega^1/2 U diag(1/(e + lambda)) U^H Y and lambda of the marked realizations, as coherent.md section 4 writes it: eigenvalues at or
// below 4 K epsilon max are dropped at lambda = 0. Not a number where A is not finite: the realization diverges and says so.
//   gram, x  cplx [batch][L][K][K];  roots  real [batch][K];  target  cplx [batch][K][K], Y
//   memory   double [groups][slice], slice = 4 K^2 + 2 K + 4 ((K + 1)/2)
// `groups` groups, each with a slice of the memory, in which U^H Y takes the place of A, for every groups-th realization; which one matters to no result.
KERNEL GROUP_SIZE(GROUP)
void blockByEigenvalues(
    const int L, const int K, const int l, const int count, const int groups, const double epsilon, const double budget, GLOBAL const cplx* RESTRICT gram,
    GLOBAL const real* RESTRICT roots, GLOBAL const cplx* RESTRICT target, GLOBAL double* RESTRICT memory, GLOBAL cplx* RESTRICT x,
    GLOBAL double* RESTRICT powerMultiplier, GLOBAL const int* RESTRICT marked)
{
    SHARED double scratch[GROUP];
    const wide size = (wide)K * K;
    GLOBAL double* slice = memory + GROUP_X * (4 * size + 2 * K + TURN_NUMBERS * ((K + 1) / 2));
    GLOBAL double_cplx* A = (GLOBAL double_cplx*)slice;
    GLOBAL double_cplx* U = (GLOBAL double_cplx*)(slice + 2 * size);
    GLOBAL double* values = slice + 4 * size;
    GLOBAL double* energies = values + K;
    for (int b = GROUP_X; b < count; b += groups)
    {
        if (!marked[b])
        {
            continue;
        }

        GLOBAL const cplx* G = gram + ((wide)b * L + l) * size;
        GLOBAL const cplx* Y = target + b * size;
        GLOBAL const real* root = roots + (wide)b * K;
        GLOBAL cplx* X = x + ((wide)b * L + l) * size;
        for (wide at = THREAD; at < size; at += GROUP)
        {
            const int i = (int)(at / K), j = (int)(at % K);
            const cplx value = i < j ? cplx_conjugate(G[(wide)j * K + i]) : G[at];
            A[at] = double_cplx_scale(double_cplx_of(value.x, i == j ? 0 : value.y), (double)root[i] * root[j]);
        }

        BARRIER;
        if (!hermitian_eigen(K, A, U, values, energies + K, scratch))
        {
            for (wide at = THREAD; at < size; at += GROUP)
            {
                X[at] = cplx_of((real)NOT_A_NUMBER, (real)NOT_A_NUMBER);
            }

            if (THREAD == 0)
            {
                powerMultiplier[(wide)b * L + l] = 0;
            }

            continue;
        }

        for (wide at = THREAD; at < size; at += GROUP)
        {
            const int i = (int)(at / K), u = (int)(at % K);
            double_cplx sum = double_cplx_of(0, 0);
            for (int k = 0; k < K; k++)
            {
                const cplx value = Y[(wide)k * K + u];
                sum = double_cplx_mad(sum, double_cplx_conjugate(U[(wide)i * K + k]), double_cplx_of(value.x, value.y));
            }

            A[at] = sum;
        }

        BARRIER;
        double largest = 0;
        for (int i = THREAD; i < K; i += GROUP)
        {
            double energySum = 0;
            for (int u = 0; u < K; u++)
            {
                energySum += double_energy(A[(wide)i * K + u]);
            }

            energies[i] = energySum;
            largest = values[i] > largest ? values[i] : largest;
        }

        const double dropped = 4 * K * epsilon * group_max(largest, scratch);
        const double lambda = secular_root(K, values, energies, budget, dropped, scratch);
        for (int i = THREAD; i < K; i += GROUP)
        {
            energies[i] = values[i] > (lambda > 0 ? 0 : dropped) ? 1 / (values[i] + lambda) : 0;
        }

        BARRIER;
        for (wide at = THREAD; at < size; at += GROUP)
        {
            const int k = (int)(at / K), u = (int)(at % K);
            double_cplx sum = double_cplx_of(0, 0);
            for (int i = 0; i < K; i++)
            {
                sum = double_cplx_mad(sum, double_cplx_scale(U[(wide)i * K + k], energies[i]), A[(wide)i * K + u]);
            }

            X[at] = cplx_of((real)(sum.x * root[k]), (real)(sum.y * root[k]));
        }

        if (THREAD == 0)
        {
            powerMultiplier[(wide)b * L + l] = lambda;
        }

        BARRIER;
    }

    BARRIER;
}
