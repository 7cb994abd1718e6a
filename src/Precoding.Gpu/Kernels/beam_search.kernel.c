// Conjugate gradients in the beam domain.                                                                                    [coherent.md section 3.7]
//   beam vectors  cplx [batch][capacity]: slots by user, access point, beam;  start  int [batch][K*L + 1], the first slot of each (user, access point)
//   images        cplx [batch][L][K][K];  sums  double [batch][L][numbers][K], a part for every link
// Sums over an access point are made link by link in double; the parts are added in a fixed order.

#define STARTS_OF_LINK (start + (wide)GROUP_Z * ((wide)K * L + 1) + (wide)GROUP_X * L + GROUP_Y)

// streamCouplings: sT[u][k] = sum over l of S_l[k][u]. One group per (GROUP users k, stream u, realization).
KERNEL GROUP_SIZE(GROUP)
void streamCouplings(const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL cplx* RESTRICT sT, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z, u = GROUP_Y, k = GROUP_X * GROUP + THREAD;
    if (status[b] != RUNNING || k >= K)
    {
        return;
    }

    cplx sum = cplx_of(0, 0);
    for (int l = 0; l < L; l++)
    {
        sum = cplx_add(sum, s[(((wide)b * L + l) * K + k) * K + u]);
    }

    sT[((wide)b * K + u) * K + k] = sum;
}

// beamPairs: Re<a, c> and Re<b, d> of every link, two numbers in K parts. One group per link.
KERNEL GROUP_SIZE(GROUP)
void beamPairs(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT a, GLOBAL const cplx* RESTRICT c,
    GLOBAL const cplx* RESTRICT b, GLOBAL const cplx* RESTRICT d, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 2];
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double first = 0, second = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        first += inner(a[slot], c[slot]);
        second += inner(b[slot], d[slot]);
    }

    scratch[THREAD * 2] = first;
    scratch[THREAD * 2 + 1] = second;
    chunk_sums(2, (wide)GROUP_Z * L + GROUP_Y, K, scratch, sums);
    BARRIER;
}

// beamShifts: lambda_l = -Re<u_l, grad f>/P_l and the shifts max(lambda_l, 0.1 sum lambda_l P_l/sum P_l) of the preconditioner.
//   sums of beamPairs, the first number;  lambda, shift  double [batch][L];  totals  double [batch][2 L]. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void beamShifts(
    const int K, const int L, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT totals, GLOBAL double* RESTRICT lambda,
    GLOBAL double* RESTRICT shift, GLOBAL const int* RESTRICT status)
{
    const wide first = (wide)GROUP_Z * L;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    total_chunks(2 * L, K, sums + first * 2 * K, totals + first * 2);
    if (THREAD == 0)
    {
        double all = 0, budgets = 0;
        for (int l = 0; l < L; l++)
        {
            all -= totals[(first + l) * 2];
            budgets += budget[l];
            lambda[first + l] = -totals[(first + l) * 2] / budget[l];
        }

        const double least = 0.1 * all / budgets;
        for (int l = 0; l < L; l++)
        {
            shift[first + l] = lambda[first + l] > least ? lambda[first + l] : least;
        }
    }

    BARRIER;
}

DEVICE double inverse_of(const double mass) { return mass == 0 ? 0 : 1 / mass; }

// preconditionDots: Re<grad psi, M^-1 grad f> and Re<grad psi, M^-1 grad psi>, M = c + shift_l, c the real parts of curvature; two numbers in K parts. One group per link.
KERNEL GROUP_SIZE(GROUP)
void preconditionDots(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT shift, GLOBAL const cplx* RESTRICT gradient,
    GLOBAL const cplx* RESTRICT constraintGradient, GLOBAL const cplx* RESTRICT curvature, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 2];
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double force = 0, norm = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const double inverse = inverse_of(curvature[slot].x + shift[(wide)GROUP_Z * L + GROUP_Y]);
        force += inverse * inner(constraintGradient[slot], gradient[slot]);
        norm += inverse * energy(constraintGradient[slot]);
    }

    scratch[THREAD * 2] = force;
    scratch[THREAD * 2 + 1] = norm;
    chunk_sums(2, (wide)GROUP_Z * L + GROUP_Y, K, scratch, sums);
    BARRIER;
}

// tangentBeams: mu_l = -Re<grad psi_l, M^-1 grad f>/Re<grad psi_l, M^-1 grad psi_l>, 0 where grad psi_l is. One group per (access point, realization).
//   mu  double [batch][L]
KERNEL GROUP_SIZE(GROUP)
void tangentBeams(const int K, const int L, GLOBAL const double* RESTRICT sums, GLOBAL double* RESTRICT mu, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const wide block = (wide)GROUP_Z * L + GROUP_X;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double force = sum_parts(K, sums + block * 2 * K, scratch), norm = sum_parts(K, sums + (block * 2 + 1) * K, scratch);
    if (THREAD == 0)
    {
        mu[block] = norm > 0 ? -force / norm : 0;
    }

    BARRIER;
}

// preconditionBeams: y = M^-1 (grad f + mu_l grad psi). One group per link.
KERNEL GROUP_SIZE(GROUP)
void preconditionBeams(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT shift, GLOBAL const double* RESTRICT mu,
    GLOBAL const cplx* RESTRICT gradient, GLOBAL const cplx* RESTRICT constraintGradient, GLOBAL const cplx* RESTRICT curvature, GLOBAL cplx* RESTRICT y,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const double inverse = inverse_of(curvature[slot].x + shift[block]);
        const cplx f = gradient[slot], g = constraintGradient[slot];
        y[slot] = cplx_of((real)(inverse * (f.x + mu[block] * g.x)), (real)(inverse * (f.y + mu[block] * g.y)));
    }
}

// beamDirectionDots: what beta and the test for descent need, five numbers in K parts: Re<f, y>, Re<f_old, y>, Re<dNormal, y>, Re<f, d>, Re<g, d>. One group per link.
KERNEL GROUP_SIZE(GROUP)
void beamDirectionDots(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT f, GLOBAL const cplx* RESTRICT previous,
    GLOBAL const cplx* RESTRICT g, GLOBAL const cplx* RESTRICT y, GLOBAL const cplx* RESTRICT d, GLOBAL const cplx* RESTRICT dNormal, GLOBAL double* RESTRICT sums,
    GLOBAL const int* RESTRICT iteration, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 5];
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const int hasDirection = iteration[GROUP_Z] > 0; // the first is in no memory yet
    double eta = 0, overlap = 0, turned = 0, along = 0, outward = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        eta += inner(f[slot], y[slot]);
        if (hasDirection)
        {
            overlap += inner(previous[slot], y[slot]);
            turned += inner(dNormal[slot], y[slot]);
            along += inner(f[slot], d[slot]);
            outward += inner(g[slot], d[slot]);
        }
    }

    scratch[THREAD * 5] = eta;
    scratch[THREAD * 5 + 1] = overlap;
    scratch[THREAD * 5 + 2] = turned;
    scratch[THREAD * 5 + 3] = along;
    scratch[THREAD * 5 + 4] = outward;
    chunk_sums(5, (wide)GROUP_Z * L + GROUP_Y, K, scratch, sums);
    BARRIER;
}

// beamDirectionTotals: eta, beta, and D = -y + c_0 D + c_1 u as coefficients double [batch][L][2]; Stationary where eta is rounding. One group per realization.
//   totals  double [batch][5 L]
KERNEL GROUP_SIZE(GROUP)
void beamDirectionTotals(
    const int K, const int L, const double epsilon, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT multiplier,
    GLOBAL const double* RESTRICT previousMultiplier, GLOBAL const double* RESTRICT stepSize, GLOBAL const double* RESTRICT objective, GLOBAL const int* RESTRICT iteration,
    GLOBAL double* RESTRICT totals, GLOBAL double* RESTRICT coefficients, GLOBAL double* RESTRICT eta, GLOBAL int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    GLOBAL double* total = totals + (wide)b * L * 5;
    total_chunks(L * 5, K, sums + (wide)b * L * 5 * K, total);
    if (THREAD == 0)
    {
        double newEta = 0, overlap = 0, slope = 0;
        for (int l = 0; l < L; l++)
        {
            newEta += total[l * 5];
            overlap += total[l * 5 + 1] - previousMultiplier[(wide)b * L + l] * stepSize[b] * total[l * 5 + 2];
            slope += total[l * 5 + 3] + multiplier[(wide)b * L + l] * total[l * 5 + 4];
        }

        double beta = iteration[b] > 0 && eta[b] > 0 ? (newEta - overlap) / eta[b] : 0;
        beta = beta > 0 ? beta : 0;
        beta = -newEta + beta * slope < 0 ? beta : 0;
        for (int l = 0; l < L; l++)
        {
            coefficients[((wide)b * L + l) * 2] = beta;
            coefficients[((wide)b * L + l) * 2 + 1] = beta == 0 ? 0 : -beta * total[l * 5 + 4] / budget[l];
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

// moveBeams: d := -y + c_0 d + c_1 u, dNormal := -yNormal + c_0 dNormal + c_1 g, c_0 = 0 forgets; then Re<u,g>, Re<g,d> + Re<u,dNormal>, Re<d,dNormal>, three
// numbers in K parts. With onlyRetry, where SearchState is Retry and with c = 0. One group per link.
KERNEL GROUP_SIZE(GROUP)
void moveBeams(
    const int K, const int L, const int capacity, const int onlyRetry, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT coefficients, GLOBAL const cplx* RESTRICT u,
    GLOBAL const cplx* RESTRICT g, GLOBAL const cplx* RESTRICT y, GLOBAL const cplx* RESTRICT yNormal, GLOBAL cplx* RESTRICT d, GLOBAL cplx* RESTRICT dNormal,
    GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 3];
    GLOBAL const int* starts = STARTS_OF_LINK;
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING || (onlyRetry && searchState[GROUP_Z] != RETRY))
    {
        return;
    }

    const real beta = (real)(onlyRetry ? 0 : coefficients[block * 2]), outward = (real)(onlyRetry ? 0 : coefficients[block * 2 + 1]);
    double power = 0, mixed = 0, norm = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const cplx U = u[slot], G = g[slot];
        cplx D = cplx_scale(y[slot], -1), N = cplx_scale(yNormal[slot], -1);
        if (beta != 0)
        {
            D = cplx_axpy(cplx_axpy(D, beta, d[slot]), outward, U);
            N = cplx_axpy(cplx_axpy(N, beta, dNormal[slot]), outward, G);
        }

        d[slot] = D;
        dNormal[slot] = N;
        power += inner(U, G);
        mixed += inner(G, D) + inner(U, N);
        norm += inner(D, N);
    }

    scratch[THREAD * 3] = power;
    scratch[THREAD * 3 + 1] = mixed;
    scratch[THREAD * 3 + 2] = norm;
    chunk_sums(3, block, K, scratch, sums);
    BARRIER;
}

// moveImages: dImage := -yImage + c_0 dImage + c_1 S. One group per (GROUP of size = K*K elements, access point, realization).
KERNEL GROUP_SIZE(GROUP)
void moveImages(
    const int L, const int size, const int onlyRetry, GLOBAL const double* RESTRICT coefficients, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT yImage,
    GLOBAL cplx* RESTRICT dImage, GLOBAL const int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING || (onlyRetry && searchState[GROUP_Z] != RETRY) || i >= size)
    {
        return;
    }

    const real beta = (real)(onlyRetry ? 0 : coefficients[block * 2]), outward = (real)(onlyRetry ? 0 : coefficients[block * 2 + 1]);
    cplx image = cplx_scale(yImage[block * size + i], -1);
    if (beta != 0)
    {
        image = cplx_axpy(cplx_axpy(image, beta, dImage[block * size + i]), outward, s[block * size + i]);
    }

    dImage[block * size + i] = image;
}

// retractBeams: u_l := c_l (u_l + alpha D_l), grad psi_l likewise, where a better point was found, and Re<u, grad psi> of every link.
//   retraction  double [batch][L];  powers  double [batch][L][K]
// One group per link.
KERNEL GROUP_SIZE(GROUP)
void retractBeams(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT stepSize, GLOBAL const double* RESTRICT retraction,
    GLOBAL const cplx* RESTRICT d, GLOBAL const cplx* RESTRICT dNormal, GLOBAL cplx* RESTRICT u, GLOBAL cplx* RESTRICT g, GLOBAL double* RESTRICT powers,
    GLOBAL const int* RESTRICT found, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    GLOBAL const int* starts = STARTS_OF_LINK;
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING || !found[GROUP_Z])
    {
        return;
    }

    const real alpha = (real)stepSize[GROUP_Z], c = (real)retraction[block];
    double power = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const cplx U = cplx_scale(cplx_axpy(u[slot], alpha, d[slot]), c), G = cplx_scale(cplx_axpy(g[slot], alpha, dNormal[slot]), c);
        u[slot] = U;
        g[slot] = G;
        power += inner(U, G);
    }

    power = group_sum(power, scratch);
    if (THREAD == 0)
    {
        powers[block * K + GROUP_X] = power;
    }

    BARRIER;
}
