// Directions of the preconditioned conjugate gradients in reduced coordinates.                                                        [coherent.md section 6]
//   x, s, d, dImage, qImage  cplx [batch][L][size], size = K*K;  w, q  cplx [batch][size];  budget  double [L]
// Sums in chunks as in coordinates.kernel.c.

// tangentTotals: c_l = <S_l, W>/P_l; lambda = max(-mean c_l, -sum <S_l, W>/sum P_l). One group per realization.
KERNEL GROUP_SIZE(GROUP)
void tangentTotals(
    const int L, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT multiplier,
    GLOBAL double* RESTRICT regularizer, GLOBAL const int* RESTRICT status)
{
    const wide first = (wide)GROUP_Z * L;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    total_chunks(L, chunks, sums + first * chunks, multiplier + first);
    if (THREAD == 0)
    {
        double mean = 0, outward = 0, power = 0;
        for (int l = 0; l < L; l++)
        {
            outward += multiplier[first + l];
            power += budget[l];
            multiplier[first + l] /= budget[l];
            mean += multiplier[first + l] / L;
        }

        regularizer[GROUP_Z] = -mean > -outward / power ? -mean : -outward / power;
    }

    BARRIER;
}

// Weights below this share are none: their roots, and what is divided by them, leave the numbers' range.
#ifdef REAL_IS_DOUBLE
#define SMALLEST_ROOT 1e-150
#else
#define SMALLEST_ROOT 1e-18f
#endif

// preconditionSides: roots_k = sqrt(omega_k), or 0 where that is negligible; B = Omega^-1/2 (W + Omega sum_l c_l S_l / lambda), row k that of W where the root is 0.
//   roots  real [batch][K];  sides  cplx [batch][K][K];  c  double [batch][L]
// One group per (row k, realization).
KERNEL GROUP_SIZE(GROUP)
void preconditionSides(
    const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT w, GLOBAL const double* RESTRICT signalWeight, GLOBAL const double* RESTRICT multiplier,
    GLOBAL const double* RESTRICT regularizer, GLOBAL real* RESTRICT roots, GLOBAL cplx* RESTRICT sides, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const double lambda = regularizer[b];
    real root = (real)SQRT(signalWeight[(wide)b * K + k]);
    root = root > SMALLEST_ROOT ? root : 0;
    const double share = root / lambda;
    for (int u = THREAD; u < K; u += GROUP)
    {
        cplx side = w[((wide)b * K + k) * K + u];
        if (root > 0)
        {
            side = cplx_scale(side, 1 / root);
            for (int l = 0; l < L; l++)
            {
                side = cplx_axpy(side, (real)(share * multiplier[(wide)b * L + l]), s[(((wide)b * L + l) * K + k) * K + u]);
            }
        }

        sides[((wide)b * K + k) * K + u] = side;
    }

    if (THREAD == 0)
    {
        roots[(wide)b * K + k] = root;
    }
}

// preconditionResult: Q = Omega^1/2 Z, row k that of Z where the root is 0; 0 where lambda = 0. One group per (row k, realization).
KERNEL GROUP_SIZE(GROUP)
void preconditionResult(
    const int K, GLOBAL const cplx* RESTRICT sides, GLOBAL const real* RESTRICT roots, GLOBAL const double* RESTRICT regularizer, GLOBAL cplx* RESTRICT q,
    GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    const real root = roots[(wide)b * K + k], factor = root > 0 ? root : 1;
    for (int u = THREAD; u < K; u += GROUP)
    {
        const wide at = ((wide)b * K + k) * K + u;
        q[at] = regularizer[b] == 0 ? cplx_of(0, 0) : cplx_scale(sides[at], factor);
    }
}

// tangentOfPreconditioned: t_l = -<S_l, Q>/P_l. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void tangentOfPreconditioned(
    const int L, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT tangent, GLOBAL const int* RESTRICT status)
{
    const wide first = (wide)GROUP_Z * L;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    total_chunks(L, chunks, sums + first * chunks, tangent + first);
    for (int l = THREAD; l < L; l += GROUP)
    {
        tangent[first + l] = -tangent[first + l] / budget[l];
    }

    BARRIER;
}

// directionDots: what beta and the test for descent need, DIRECTION_NUMBERS sums a block.
#define DIRECTION_NUMBERS 10
#define W_QIMAGE 0
#define W_S 1
#define OLDW_QIMAGE 2
#define OLDW_S 3
#define D_QIMAGE 4
#define D_S 5
#define W_DIMAGE 6
#define X_DIMAGE 7
#define X_QIMAGE 8
#define X_S 9
KERNEL GROUP_SIZE(GROUP)
void directionDots(
    const int L, const int size, const int chunks, GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT w,
    GLOBAL const cplx* RESTRICT previousW, GLOBAL const cplx* RESTRICT qImage, GLOBAL const cplx* RESTRICT d, GLOBAL const cplx* RESTRICT dImage,
    GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT iteration, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * DIRECTION_NUMBERS];
    const int b = GROUP_Z;
    const wide block = (wide)b * L + GROUP_Y;
    if (status[b] != RUNNING)
    {
        return;
    }

    const int hasDirection = iteration[b] > 0;
    double sum[DIRECTION_NUMBERS];
    UNROLL
    for (int number = 0; number < DIRECTION_NUMBERS; number++)
    {
        sum[number] = 0;
    }

    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        const cplx W = w[(wide)b * size + i], X = x[at], S = s[at], qi = qImage[at];
        sum[W_QIMAGE] += inner(W, qi);
        sum[W_S] += inner(W, S);
        if (hasDirection)
        {
            const cplx old = previousW[(wide)b * size + i], D = d[at], di = dImage[at];
            sum[OLDW_QIMAGE] += inner(old, qi);
            sum[OLDW_S] += inner(old, S);
            sum[D_QIMAGE] += inner(D, qi);
            sum[D_S] += inner(D, S);
            sum[W_DIMAGE] += inner(W, di);
            sum[X_DIMAGE] += inner(X, di);
            sum[X_QIMAGE] += inner(X, qi);
            sum[X_S] += inner(X, S);
        }
    }

    UNROLL
    for (int number = 0; number < DIRECTION_NUMBERS; number++)
    {
        scratch[THREAD * DIRECTION_NUMBERS + number] = sum[number];
    }

    chunk_sums(DIRECTION_NUMBERS, block, chunks, scratch, sums);

    BARRIER;
}

// directionTotals: eta, beta, D_l = -Q + a_l X_l + beta D_l as coefficients; Stationary where eta is rounding.
//   coefficients  double [batch][L][2]: a_l, beta. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void directionTotals(
    const int L, const int chunks, const double epsilon, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT tangent,
    GLOBAL const double* RESTRICT multiplier, GLOBAL const double* RESTRICT previousMultiplier, GLOBAL const double* RESTRICT stepSize,
    GLOBAL const double* RESTRICT objective, GLOBAL const int* RESTRICT iteration, GLOBAL double* RESTRICT totals, GLOBAL double* RESTRICT coefficients,
    GLOBAL double* RESTRICT eta, GLOBAL int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    GLOBAL double* total = totals + (wide)b * L * DIRECTION_NUMBERS;
    total_chunks(L * DIRECTION_NUMBERS, chunks, sums + (wide)b * L * DIRECTION_NUMBERS * chunks, total);
    if (THREAD == 0)
    {
        double newEta = 0, overlap = 0, descent = 0;
        for (int l = 0; l < L; l++)
        {
            GLOBAL const double* T = total + l * DIRECTION_NUMBERS;
            const double t = tangent[(wide)b * L + l];
            newEta += T[W_QIMAGE] + t * T[W_S];
            overlap += T[OLDW_QIMAGE] + t * T[OLDW_S] + previousMultiplier[(wide)b * L + l] * stepSize[b] * (T[D_QIMAGE] + t * T[D_S]);
        }

        double beta = iteration[b] > 0 ? (newEta - overlap) / eta[b] : 0;
        beta = beta > 0 ? beta : 0;
        for (int l = 0; l < L; l++)
        {
            GLOBAL const double* T = total + l * DIRECTION_NUMBERS;
            const double t = tangent[(wide)b * L + l], c = multiplier[(wide)b * L + l];
            // <S_l, Q> = -t_l P_l: what -y + beta D has along the normal, relative to the budget
            const double outward = (t * budget[l] - t * T[X_S] + beta * T[D_S]) / budget[l];
            coefficients[((wide)b * L + l) * 2] = -t - outward;
            coefficients[((wide)b * L + l) * 2 + 1] = beta;
            const double along = -T[W_QIMAGE] - (t + outward) * T[W_S] + beta * T[W_DIMAGE], across = -T[X_QIMAGE] - (t + outward) * T[X_S] + beta * T[X_DIMAGE];
            descent += along - c * across;
        }

        if (!(iteration[b] > 0 && descent < 0))
        {
            for (int l = 0; l < L; l++)
            {
                coefficients[((wide)b * L + l) * 2] = -tangent[(wide)b * L + l];
                coefficients[((wide)b * L + l) * 2 + 1] = 0;
            }
        }

        eta[b] = newEta;
        const double size = objective[b] < 0 ? -objective[b] : objective[b];
        if (newEta <= 8 * epsilon * (size > 1 ? size : 1))
        {
            searchState[b] = STATIONARY;
        }
    }

    BARRIER;
}

// moveDirection: D_l := -Q + a_l X_l + beta D_l, its image likewise, and <X,S>, <S,D> + <X,GD>, <D,GD>; three numbers.
// With onlyRetry, where SearchState is Retry and with a_l = -t_l, beta = 0.
KERNEL GROUP_SIZE(GROUP)
void moveDirection(
    const int L, const int size, const int chunks, const int onlyRetry, GLOBAL const double* RESTRICT coefficients, GLOBAL const double* RESTRICT tangent,
    GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT q, GLOBAL const cplx* RESTRICT qImage, GLOBAL cplx* RESTRICT d,
    GLOBAL cplx* RESTRICT dImage, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 3];
    const int b = GROUP_Z;
    const wide block = (wide)b * L + GROUP_Y;
    if (status[b] != RUNNING || (onlyRetry && searchState[b] != RETRY))
    {
        return;
    }

    const real a = (real)(onlyRetry ? -tangent[block] : coefficients[block * 2]), beta = (real)(onlyRetry ? 0 : coefficients[block * 2 + 1]);
    double power = 0, outward = 0, norm = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        const cplx X = x[at], S = s[at], zero = cplx_of(0, 0), Q = q[(wide)b * size + i], qi = qImage[at];
        cplx D = cplx_axpy(cplx_of(-Q.x, -Q.y), a, X), di = cplx_axpy(cplx_of(-qi.x, -qi.y), a, S);
        D = cplx_axpy(D, beta, beta == 0 ? zero : d[at]); // the first direction is in no memory yet
        di = cplx_axpy(di, beta, beta == 0 ? zero : dImage[at]);
        d[at] = D;
        dImage[at] = di;
        power += inner(X, S);
        outward += inner(S, D) + inner(X, di);
        norm += inner(D, di);
    }

    scratch[THREAD * 3] = power;
    scratch[THREAD * 3 + 1] = outward;
    scratch[THREAD * 3 + 2] = norm;
    chunk_sums(3, block, chunks, scratch, sums);

    BARRIER;
}

// movedPowerTotals: the sums of moveDirection, movedPower double [batch][L][3]. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void movedPowerTotals(
    const int L, const int chunks, const int onlyRetry, GLOBAL const double* RESTRICT sums, GLOBAL double* RESTRICT movedPower, GLOBAL const int* RESTRICT searchState,
    GLOBAL const int* RESTRICT status)
{
    if (status[GROUP_Z] == RUNNING && !(onlyRetry && searchState[GROUP_Z] != RETRY))
    {
        total_chunks(3 * L, chunks, sums + (wide)GROUP_Z * L * 3 * chunks, movedPower + (wide)GROUP_Z * L * 3);
    }

    BARRIER;
}
