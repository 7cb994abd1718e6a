// Blocks in reduced coordinates, P_l = H_l X_l, S_l = G_l X_l; inner products are Re tr(A^H B).                            [coherent.md sections 4 to 6]
//   x, s, momentum  cplx [batch][L][size], size = K*K;  w  cplx [batch][size];  budget  double [L]
// Sums over a block are made of chunks of SUM_CHUNK elements: one group per (chunk, l, realization), a thread every GROUP-th element, then the threads as a
// tree; sums double [batch][L][numbers][chunks]. A kernel whose name ends in Totals adds the chunks up and decides, one group per realization.

DEVICE double root_nearest_zero(const double c2, const double c1, const double c0, int* found)
{
    const double discriminant = c1 * c1 - 4 * c2 * c0;
    *found = discriminant >= 0 && c2 > 0;
    if (!*found)
    {
        return c2 == 0 ? 0 : -c1 / (2 * c2);
    }

    const double root = SQRT(discriminant);
    return 2 * c0 / (c1 < 0 ? -c1 + root : -c1 - root); // the form without cancellation
}

// matchedCoordinates: X_l = c_l I, S_l = c_l G_l, c_l = sqrt(P_l/tr G_l), 0 where the trace is. One group per (row k, l, realization).
KERNEL GROUP_SIZE(GROUP)
void matchedCoordinates(
    const int L, const int K, GLOBAL const cplx* RESTRICT gram, GLOBAL const double* RESTRICT budget, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT s,
    GLOBAL double* RESTRICT power, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, l = GROUP_Y, k = GROUP_X;
    if (status[b] != RUNNING)
    {
        return;
    }

    GLOBAL const cplx* G = gram + ((wide)b * L + l) * K * K;
    double trace = 0;
    for (int i = THREAD; i < K; i += GROUP)
    {
        trace += G[(wide)i * K + i].x;
    }

    trace = group_sum(trace, scratch);
    const real scale = trace > 0 ? (real)SQRT(budget[l] / trace) : 0;
    for (int u = THREAD; u < K; u += GROUP)
    {
        const wide at = (((wide)b * L + l) * K + k) * K + u;
        x[at] = cplx_of(u == k ? scale : 0, 0);
        s[at] = cplx_scale(G[(wide)k * K + u], scale);
    }

    if (k == 0 && THREAD == 0)
    {
        power[(wide)b * L + l] = trace * scale * scale;
    }

    BARRIER;
}

// identity: x := I, cplx [batch][K][K]. One group per (row k, realization).
KERNEL GROUP_SIZE(GROUP)
void identity(const int K, GLOBAL cplx* RESTRICT x, GLOBAL const int* RESTRICT status)
{
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    for (int u = THREAD; u < K; u += GROUP)
    {
        x[((wide)GROUP_Z * K + GROUP_X) * K + u] = cplx_of(u == GROUP_X ? 1 : 0, 0);
    }
}

// copyBlocks: every block l of x := source, cplx [batch][size]. One group per (GROUP elements, l, realization).
KERNEL GROUP_SIZE(GROUP)
void copyBlocks(const int L, const int size, GLOBAL const cplx* RESTRICT source, GLOBAL cplx* RESTRICT x, GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (status[GROUP_Z] == RUNNING && i < size)
    {
        x[((wide)GROUP_Z * L + GROUP_Y) * size + i] = source[(wide)GROUP_Z * size + i];
    }
}

// blockDots: <A_l, B_l>; one number. Blocks are found as the matrices of products.kernel.c; with everyStatus of every realization in use.
KERNEL GROUP_SIZE(GROUP)
void blockDots(
    const int blocks, const int size, const int chunks, const int offsetA, const int realizationA, const int strideA, const int offsetB, const int realizationB,
    const int strideB, GLOBAL const cplx* RESTRICT A, GLOBAL const cplx* RESTRICT B, GLOBAL double* RESTRICT sums, const int everyStatus,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    if (!everyStatus && status[GROUP_Z] != RUNNING)
    {
        return;
    }

    GLOBAL const cplx* a = A + offsetA + (wide)GROUP_Z * realizationA + (wide)GROUP_Y * strideA;
    GLOBAL const cplx* b = B + offsetB + (wide)GROUP_Z * realizationB + (wide)GROUP_Y * strideB;
    double sum = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        sum += inner(a[i], b[i]);
    }

    scratch[THREAD] = sum;
    chunk_sums(1, (wide)GROUP_Z * blocks + GROUP_Y, chunks, scratch, sums);
    BARRIER;
}

// budgetTotals: scale[b][l] = c_l with c_l^2 <X_l, S_l> = P_l, 1 where the power is 0; the power after it.
KERNEL GROUP_SIZE(GROUP)
void budgetTotals(
    const int L, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT scale, GLOBAL double* RESTRICT power,
    GLOBAL const int* RESTRICT status)
{
    const wide first = (wide)GROUP_Z * L;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    total_chunks(L, chunks, sums + first * chunks, power + first);
    for (int l = THREAD; l < L; l += GROUP)
    {
        const double reached = power[first + l];
        scale[first + l] = reached > 0 ? SQRT(budget[l] / reached) : 1;
        power[first + l] = reached > 0 ? budget[l] : reached;
    }

    BARRIER;
}

// scaleBlocks: X_l, S_l := c_l X_l, c_l S_l; blocks with c_l = 1 are left alone.
KERNEL GROUP_SIZE(GROUP)
void scaleBlocks(
    const int L, const int size, GLOBAL const double* RESTRICT scale, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT s, GLOBAL const int* RESTRICT status)
{
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING || scale[block] == 1)
    {
        return;
    }

    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        x[block * size + i] = cplx_scale(x[block * size + i], (real)scale[block]);
        s[block * size + i] = cplx_scale(s[block * size + i], (real)scale[block]);
    }
}

// worstExcess: PowerExcess = max_l (power_l/P_l - 1). One thread per realization.
KERNEL GROUP_SIZE(GROUP)
void worstExcess(
    const int count, const int L, GLOBAL const double* RESTRICT power, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT powerExcess,
    GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= count || status[b] != RUNNING)
    {
        return;
    }

    double worst = -INFINITE;
    for (int l = 0; l < L; l++)
    {
        const double excess = (power[(wide)b * L + l] > 0 ? power[(wide)b * L + l] : 0) / budget[l] - 1;
        worst = excess > worst ? excess : worst;
    }

    powerExcess[b] = worst;
}

// dampThenKick: nu_l := exp(-gamma h/2) nu_l - (h/2) W.                                                              [BSP Alg.1 l.3, lambda = 0]
KERNEL GROUP_SIZE(GROUP)
void dampThenKick(
    const int L, const int size, const double damping, GLOBAL const cplx* RESTRICT w, GLOBAL const double* RESTRICT stepSize, GLOBAL cplx* RESTRICT momentum,
    GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] != RUNNING || i >= size)
    {
        return;
    }

    const double h = stepSize[b];
    const wide at = ((wide)b * L + GROUP_Y) * size + i;
    momentum[at] = cplx_axpy(cplx_scale(momentum[at], (real)EXP(-damping * h / 2)), (real)(-h / 2), w[(wide)b * size + i]);
}

// drift: moved_l = X_l + (h/2) nu_l.
KERNEL GROUP_SIZE(GROUP)
void drift(
    const int L, const int size, GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT momentum, GLOBAL const double* RESTRICT stepSize, GLOBAL cplx* RESTRICT moved,
    GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] == RUNNING && i < size)
    {
        const wide at = ((wide)b * L + GROUP_Y) * size + i;
        moved[at] = cplx_axpy(x[at], (real)(stepSize[b] / 2), momentum[at]);
    }
}

// driftDots: <moved, movedImage>, <S, moved>, <X, S>; three numbers.
KERNEL GROUP_SIZE(GROUP)
void driftDots(
    const int L, const int size, const int chunks, GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT moved,
    GLOBAL const cplx* RESTRICT movedImage, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 3];
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double power = 0, slope = 0, norm = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        power += inner(moved[at], movedImage[at]);
        slope += inner(s[at], moved[at]);
        norm += inner(x[at], s[at]);
    }

    scratch[THREAD * 3] = power;
    scratch[THREAD * 3 + 1] = slope;
    scratch[THREAD * 3 + 2] = norm;
    chunk_sums(3, block, chunks, scratch, sums);

    BARRIER;
}

// driftTotals: t_l, the root nearest 0 of |moved - t X|^2 = P_l where the power is above P_l, else 0.                  [coherent.md section 5]
//   root  double [batch][L][2]: t, and 1 where it must be scaled whatever its power (no real root)
KERNEL GROUP_SIZE(GROUP)
void driftTotals(
    const int L, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT totals, GLOBAL double* RESTRICT root,
    GLOBAL int* RESTRICT rootMissing, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    total_chunks(3 * L, chunks, sums + (wide)b * L * 3 * chunks, totals + (wide)b * L * 3);
    if (THREAD == 0)
    {
        for (int l = 0; l < L; l++)
        {
            GLOBAL const double* total = totals + ((wide)b * L + l) * 3;
            const double c0 = total[0] - budget[l];
            int found = 1;
            const double t = c0 > 0 ? root_nearest_zero(total[2], -2 * total[1], c0, &found) : 0;
            root[((wide)b * L + l) * 2] = t;
            root[((wide)b * L + l) * 2 + 1] = !found;
            if (!found)
            {
                rootMissing[b] = 1;
            }
        }
    }

    BARRIER;
}

// returnToSphere: X_l := moved - t X_l, S_l := movedImage - t S_l, nu_l -= (2t/h) X_l(old); and <X_l, S_l>, one number.   [BSP Alg.1 l.4]
KERNEL GROUP_SIZE(GROUP)
void returnToSphere(
    const int L, const int size, const int chunks, GLOBAL const double* RESTRICT root, GLOBAL const cplx* RESTRICT moved, GLOBAL const cplx* RESTRICT movedImage,
    GLOBAL const double* RESTRICT stepSize, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT s, GLOBAL cplx* RESTRICT momentum, GLOBAL double* RESTRICT sums,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double t = root[block * 2];
    const real back = (real)-t, brake = (real)(-2 * t / stepSize[GROUP_Z]);
    double power = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        if (t != 0)
        {
            momentum[at] = cplx_axpy(momentum[at], brake, x[at]);
        }

        x[at] = cplx_axpy(moved[at], back, x[at]);
        s[at] = cplx_axpy(movedImage[at], back, s[at]);
        power += inner(x[at], s[at]);
    }

    scratch[THREAD] = power;
    chunk_sums(1, block, chunks, scratch, sums);

    BARRIER;
}

// sphereTotals: scale_l that puts a block above P_l, or without a root, on it; 1 otherwise. power_l after it.
KERNEL GROUP_SIZE(GROUP)
void sphereTotals(
    const int L, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT root, GLOBAL double* RESTRICT scale,
    GLOBAL double* RESTRICT power, GLOBAL const int* RESTRICT status)
{
    const wide first = (wide)GROUP_Z * L;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    total_chunks(L, chunks, sums + first * chunks, power + first);
    for (int l = THREAD; l < L; l += GROUP)
    {
        const double reached = power[first + l];
        const int scaled = reached > budget[l] || root[(first + l) * 2 + 1] != 0;
        scale[first + l] = scaled ? SQRT(budget[l] / reached) : 1;
        power[first + l] = scaled ? budget[l] : reached;
    }

    BARRIER;
}

// difference: A - B, cplx [batch][size]. One group per (GROUP elements, realization).
KERNEL GROUP_SIZE(GROUP)
void difference(const int size, GLOBAL const cplx* RESTRICT A, GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT result, GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (status[GROUP_Z] == RUNNING && i < size)
    {
        result[(wide)GROUP_Z * size + i] = cplx_subtract(A[(wide)GROUP_Z * size + i], B[(wide)GROUP_Z * size + i]);
    }
}

// forceTotals: ForceChange = (h/2) sqrt(sum of the chunks of all `blocks` blocks).
KERNEL GROUP_SIZE(GROUP)
void forceTotals(
    const int blocks, const int chunks, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT stepSize, GLOBAL double* RESTRICT totals,
    GLOBAL double* RESTRICT forceChange, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    total_chunks(blocks, chunks, sums + (wide)b * blocks * chunks, totals + (wide)b * blocks);
    if (THREAD == 0)
    {
        double energySum = 0;
        for (int block = 0; block < blocks; block++)
        {
            energySum += totals[(wide)b * blocks + block];
        }

        forceChange[b] = stepSize[b] / 2 * SQRT(energySum > 0 ? energySum : 0);
    }

    BARRIER;
}

// kickDots: <S, nu>, <S, W>, <X, S>; three numbers.
KERNEL GROUP_SIZE(GROUP)
void kickDots(
    const int L, const int size, const int chunks, GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT w,
    GLOBAL const cplx* RESTRICT momentum, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 3];
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double speed = 0, force = 0, norm = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        speed += inner(s[at], momentum[at]);
        force += inner(s[at], w[(wide)GROUP_Z * size + i]);
        norm += inner(x[at], s[at]);
    }

    scratch[THREAD * 3] = speed;
    scratch[THREAD * 3 + 1] = force;
    scratch[THREAD * 3 + 2] = norm;
    chunk_sums(3, block, chunks, scratch, sums);

    BARRIER;
}

// kickThenDamp: mu_l = ((2/h)<S_l, nu_l> - <S_l, W>)/<X_l, S_l> where the budget is active, else 0;
// nu_l := exp(-gamma h/2) (nu_l - (h/2)(W + mu_l X_l)).                                                                  [BSP Alg.1 l.6-7]
KERNEL GROUP_SIZE(GROUP)
void kickThenDamp(
    const int L, const int size, const int chunks, const double damping, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT power,
    GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT stepSize, GLOBAL const cplx* RESTRICT x, GLOBAL const cplx* RESTRICT w,
    GLOBAL cplx* RESTRICT momentum, GLOBAL const int* RESTRICT status)
{
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double mu = 0;
    const double h = stepSize[GROUP_Z];
    if (power[block] - budget[GROUP_Y] > -1e-9 * budget[GROUP_Y])
    {
        double total[3];
        for (int number = 0; number < 3; number++)
        {
            total[number] = 0;
            for (int chunk = 0; chunk < chunks; chunk++)
            {
                total[number] += sums[(block * 3 + number) * chunks + chunk];
            }
        }

        mu = total[2] == 0 ? 0 : (2 / h * total[0] - total[1]) / total[2];
    }

    const real decay = (real)EXP(-damping * h / 2), kick = (real)(-h / 2);
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        const cplx force = cplx_axpy(w[(wide)GROUP_Z * size + i], (real)mu, x[at]);
        momentum[at] = cplx_scale(cplx_axpy(momentum[at], kick, force), decay);
    }
}
