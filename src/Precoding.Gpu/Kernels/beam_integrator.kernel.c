// The damped RATTLE flow in the beam domain.                                                                       [BSP Alg. 1; coherent.md section 3]
//   beam vectors  cplx [batch][capacity]: slots by user, access point, beam;  start  int [batch][K*L + 1], the first slot of each (user, access point)
//   a, b          cplx [batch][L][size], size = K*M: V u~ and V grad psi, antennas of every stream
// Sums over an access point are made of parts in double: chunks of SUM_CHUNK antennas' numbers, or the K links of its users; the parts are added in a fixed order.

#define STARTS_OF_LINK (start + (wide)GROUP_Z * ((wide)K * L + 1) + (wide)GROUP_X * L + GROUP_Y)

// scaleBeams: u_l := c_l u_l; blocks with c_l = 1 are left alone. One group per (user k, access point l, realization), a link.
//   scale  double [batch][L]
KERNEL GROUP_SIZE(GROUP)
void scaleBeams(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT scale, GLOBAL cplx* RESTRICT u,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    const double factor = scale[(wide)GROUP_Z * L + GROUP_Y];
    if (status[GROUP_Z] != RUNNING || factor == 1)
    {
        return;
    }

    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        u[slot] = cplx_scale(u[slot], (real)factor);
    }
}

// driftBeams: u := u + (h/2) v, v = M^-1 n. One group per (GROUP slots, realization).
KERNEL GROUP_SIZE(GROUP)
void driftBeams(
    const int links, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT stepSize, GLOBAL const cplx* RESTRICT velocity,
    GLOBAL cplx* RESTRICT u, GLOBAL const int* RESTRICT status)
{
    const int slot = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] == RUNNING && slot < start[(wide)b * (links + 1) + links])
    {
        const wide at = (wide)b * capacity + slot;
        u[at] = cplx_axpy(u[at], (real)(stepSize[b] / 2), velocity[at]);
    }
}

// noRoots: root := 0, found: nothing to move back along. root  double [batch][L][2]. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void noRoots(const int L, GLOBAL double* RESTRICT root, GLOBAL const int* RESTRICT status)
{
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    for (int i = THREAD; i < 2 * L; i += GROUP)
    {
        root[(wide)GROUP_Z * 2 * L + i] = 0;
    }
}

// returnAntennas: a := a - t_l b, which is V of the new u without another transform; and |a|^2, one number in chunks.         [BSP Alg.1 l.4]
//   root  double [batch][L][2], t_l first;  sums  double [batch][L][chunks]
// One group per (chunk, l, realization).
KERNEL GROUP_SIZE(GROUP)
void returnAntennas(
    const int L, const int size, const int chunks, GLOBAL const double* RESTRICT root, GLOBAL const cplx* RESTRICT b, GLOBAL cplx* RESTRICT a, GLOBAL double* RESTRICT sums,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const real back = (real)-root[block * 2];
    double power = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < size && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        const wide at = block * size + i;
        cplx moved = a[at];
        if (back != 0)
        {
            moved = cplx_axpy(moved, back, b[at]);
            a[at] = moved;
        }

        power += energy(moved);
    }

    scratch[THREAD] = power;
    chunk_sums(1, block, chunks, scratch, sums);

    BARRIER;
}

// returnBeams: n_l -= (2t/h) grad psi_l, u_l := c_l (u_l - t m_l), m = M^-1 grad psi. One group per link.                          [BSP Alg.1 l.4]
//   root  double [batch][L][2], t_l first;  scale  double [batch][L], c_l;  normal  m, which may be constraintGradient
KERNEL GROUP_SIZE(GROUP)
void returnBeams(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT root, GLOBAL const double* RESTRICT scale,
    GLOBAL const double* RESTRICT stepSize, GLOBAL const cplx* RESTRICT constraintGradient, GLOBAL const cplx* RESTRICT normal, GLOBAL cplx* RESTRICT u, GLOBAL cplx* RESTRICT momentum,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    const wide block = (wide)GROUP_Z * L + GROUP_Y;
    const double t = root[block * 2], factor = scale[block];
    if (status[GROUP_Z] != RUNNING || (t == 0 && factor == 1))
    {
        return;
    }

    const real back = (real)-t, brake = (real)(-2 * t / stepSize[GROUP_Z]);
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        cplx value = u[slot];
        if (t != 0)
        {
            value = cplx_axpy(value, back, normal[slot]);
            momentum[slot] = cplx_axpy(momentum[slot], brake, constraintGradient[slot]);
        }

        u[slot] = cplx_scale(value, (real)factor);
    }
}

// constraintDots: Re<m, n>, Re<m, grad f>, Re<m, grad psi> of every link, m = M^-1 grad psi, which may be grad psi; three numbers in K parts.
//   sums  double [batch][L][3][K]
// One group per link.
KERNEL GROUP_SIZE(GROUP)
void constraintDots(
    const int K, const int L, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT gradient, GLOBAL const cplx* RESTRICT constraintGradient,
    GLOBAL const cplx* RESTRICT normal, GLOBAL const cplx* RESTRICT momentum, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP * 3];
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    double speed = 0, force = 0, norm = 0;
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const cplx light = normal[slot];
        speed += inner(light, momentum[slot]);
        force += inner(light, gradient[slot]);
        norm += inner(light, constraintGradient[slot]);
    }

    scratch[THREAD * 3] = speed;
    scratch[THREAD * 3 + 1] = force;
    scratch[THREAD * 3 + 2] = norm;
    chunk_sums(3, (wide)GROUP_Z * L + GROUP_Y, K, scratch, sums);
    BARRIER;
}

// printedMultipliers: lambda_l = (|V M^-1 n_l|^2 - 2 Re<m_l, grad f>)/(2 Re<m_l, grad psi_l>) where power_l - P_l > -1e-6 P_l, else 0.         [BSP (56)]
//   speeds  double [batch][L][chunks], |V M^-1 n_l|^2 in chunks;  sums of constraintDots;  lambda  double [batch][L]
// One group per (access point, realization).
KERNEL GROUP_SIZE(GROUP)
void printedMultipliers(
    const int K, const int L, const int chunks, GLOBAL const double* RESTRICT speeds, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT power,
    GLOBAL const double* RESTRICT budget, GLOBAL double* RESTRICT lambda, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int l = GROUP_X;
    const wide block = (wide)GROUP_Z * L + l;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double speed = sum_parts(chunks, speeds + block * chunks, scratch);
    const double force = sum_parts(K, sums + (block * 3 + 1) * K, scratch), norm = sum_parts(K, sums + (block * 3 + 2) * K, scratch);
    if (THREAD == 0)
    {
        const int active = power[block] - budget[l] > -1e-6 * budget[l] && norm != 0;
        lambda[block] = active ? (speed - 2 * force) / (2 * norm) : 0;
    }

    BARRIER;
}

// velocityMultipliers: mu_l = (s Re<m_l, n> - Re<m_l, grad f>)/Re<m_l, grad psi_l> where power_l - P_l > -1e-6 P_l, else 0; s = 2/h, with
// `printed` it is printedFactor.                                                                                  [BSP Alg.1 l.6; coherent.md section 3.3]
//   sums of constraintDots;  mu  double [batch][L]
// One group per (access point, realization).
KERNEL GROUP_SIZE(GROUP)
void velocityMultipliers(
    const int K, const int L, const int printed, const double printedFactor, GLOBAL const double* RESTRICT sums, GLOBAL const double* RESTRICT power,
    GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT stepSize, GLOBAL double* RESTRICT mu, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int l = GROUP_X;
    const wide block = (wide)GROUP_Z * L + l;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double speed = sum_parts(K, sums + block * 3 * K, scratch), force = sum_parts(K, sums + (block * 3 + 1) * K, scratch);
    const double norm = sum_parts(K, sums + (block * 3 + 2) * K, scratch), factor = printed ? printedFactor : 2 / stepSize[GROUP_Z];
    if (THREAD == 0)
    {
        const int active = power[block] - budget[l] > -1e-6 * budget[l] && norm != 0;
        mu[block] = active ? (factor * speed - force) / norm : 0;
    }

    BARRIER;
}

// kickBeams: n := e n - (h/2)(grad f + multiplier_l grad psi_l), e = exp(-gamma h/2); with dampLast e(n - ...).                  [BSP Alg.1 l.3, l.7]
//   multiplier  double [batch][L]
// One group per link.
KERNEL GROUP_SIZE(GROUP)
void kickBeams(
    const int K, const int L, const int capacity, const int dampLast, const double damping, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT stepSize,
    GLOBAL const double* RESTRICT multiplier, GLOBAL const cplx* RESTRICT gradient, GLOBAL const cplx* RESTRICT constraintGradient, GLOBAL cplx* RESTRICT momentum,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = STARTS_OF_LINK;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const double h = stepSize[GROUP_Z], decay = EXP(-damping * h / 2), kick = -h / 2 * (dampLast ? decay : 1);
    const real factor = (real)multiplier[(wide)GROUP_Z * L + GROUP_Y];
    for (wide slot = (wide)GROUP_Z * capacity + starts[0] + THREAD; slot < (wide)GROUP_Z * capacity + starts[1]; slot += GROUP)
    {
        const cplx force = cplx_axpy(gradient[slot], factor, constraintGradient[slot]);
        momentum[slot] = cplx_axpy(cplx_scale(momentum[slot], (real)decay), (real)kick, force);
    }
}

// beamChange: |grad f - grad f_previous|^2 in chunks of SUM_CHUNK slots, the unused ones of which count nothing.                    [BSP step rule]
//   sums  double [batch][chunks]
// One group per (chunk, realization).
KERNEL GROUP_SIZE(GROUP)
void beamChange(
    const int links, const int capacity, const int chunks, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT gradient, GLOBAL const cplx* RESTRICT previous,
    GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    const int used = start[(wide)b * (links + 1) + links];
    double sum = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < used && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        sum += energy(cplx_subtract(gradient[(wide)b * capacity + i], previous[(wide)b * capacity + i]));
    }

    scratch[THREAD] = sum;
    chunk_sums(1, b, chunks, scratch, sums);

    BARRIER;
}

// massSums: real parts of the slots in use, in chunks of SUM_CHUNK. sums  double [batch][chunks]. One group per (chunk, realization).
KERNEL GROUP_SIZE(GROUP)
void massSums(
    const int links, const int capacity, const int chunks, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT mass, GLOBAL double* RESTRICT sums,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    const int used = start[(wide)b * (links + 1) + links];
    double sum = 0;
    for (int i = GROUP_X * SUM_CHUNK + THREAD; i < used && i < (GROUP_X + 1) * SUM_CHUNK; i += GROUP)
    {
        sum += mass[(wide)b * capacity + i].x;
    }

    scratch[THREAD] = sum;
    chunk_sums(1, b, chunks, scratch, sums);

    BARRIER;
}

// inverseMass: c := 1/max(c, floor * mean of c), 1 where the mean is not positive, of the real parts.                                     [coherent.md section 3.8]
//   sums of massSums. One group per (GROUP slots, realization).
KERNEL GROUP_SIZE(GROUP)
void inverseMass(
    const int links, const int capacity, const int chunks, const double floor, GLOBAL const int* RESTRICT start, GLOBAL const double* RESTRICT sums, GLOBAL cplx* RESTRICT mass,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int slot = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] != RUNNING)
    {
        return;
    }

    const int used = start[(wide)b * (links + 1) + links];
    const double mean = sum_parts(chunks, sums + (wide)b * chunks, scratch) / used, least = floor * mean;
    if (slot < used)
    {
        const wide at = (wide)b * capacity + slot;
        const double value = mass[at].x > least ? mass[at].x : least;
        mass[at] = cplx_of(mean > 0 ? (real)(1 / value) : 1, 0);
    }

    BARRIER;
}

// applyInverseMass: result = M^-1 values, M^-1 the real parts of inverseMass. One group per (GROUP slots, realization).
KERNEL GROUP_SIZE(GROUP)
void applyInverseMass(
    const int links, const int capacity, GLOBAL const int* RESTRICT start, GLOBAL const cplx* RESTRICT inverseMass, GLOBAL const cplx* RESTRICT values,
    GLOBAL cplx* RESTRICT result, GLOBAL const int* RESTRICT status)
{
    const int slot = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (status[b] == RUNNING && slot < start[(wide)b * (links + 1) + links])
    {
        const wide at = (wide)b * capacity + slot;
        result[at] = cplx_scale(values[at], inverseMass[at].x);
    }
}
