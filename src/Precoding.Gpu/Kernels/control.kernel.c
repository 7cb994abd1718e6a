// Control of a running batch; one thread a realization, one group per GROUP of them.

// beginControl: the whole capacity.
KERNEL GROUP_SIZE(GROUP)
void beginControl(
    const int capacity, const double initialStepSize, GLOBAL int* RESTRICT status, GLOBAL int* RESTRICT iteration, GLOBAL int* RESTRICT calmIterations,
    GLOBAL int* RESTRICT rootMissing, GLOBAL int* RESTRICT searchState, GLOBAL double* RESTRICT objective, GLOBAL double* RESTRICT previousObjective,
    GLOBAL double* RESTRICT bestObjective, GLOBAL double* RESTRICT stepSize, GLOBAL double* RESTRICT forceChange, GLOBAL double* RESTRICT powerExcess)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= capacity)
    {
        return;
    }

    status[b] = RUNNING;
    iteration[b] = 0;
    calmIterations[b] = 0;
    rootMissing[b] = 0;
    searchState[b] = SEARCHING;
    objective[b] = 0;
    previousObjective[b] = 0;
    bestObjective[b] = -INFINITE;
    stepSize[b] = initialStepSize;
    forceChange[b] = 0;
    powerExcess[b] = 0;
}

// trace  double [batch][rows][3]: bit/s/Hz, excess, step size
DEVICE void record_row(
    const int b, const int rows, const int row, GLOBAL const double* objective, GLOBAL const double* powerExcess, GLOBAL const double* stepSize, GLOBAL double* trace)
{
    GLOBAL double* to = trace + ((wide)b * rows + row) * 3;
    to[0] = objective[b] / LN_2;
    to[1] = powerExcess[b];
    to[2] = stepSize[b];
}

// recordStart: row 0 of the trace, PreviousObjective := Objective; every realization in use.
KERNEL GROUP_SIZE(GROUP)
void recordStart(
    const int count, const int rows, GLOBAL const double* RESTRICT objective, GLOBAL const double* RESTRICT powerExcess, GLOBAL const double* RESTRICT stepSize,
    GLOBAL const int* RESTRICT iteration, GLOBAL double* RESTRICT previousObjective, GLOBAL double* RESTRICT trace)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b < count)
    {
        record_row(b, rows, iteration[b], objective, powerExcess, stepSize, trace);
        previousObjective[b] = objective[b];
    }
}

// The end of an iteration of realization b, ICommonOps.AdvanceControl.
DEVICE void advance(
    const int b, const int maxIterations, const int patience, const double tolerance, GLOBAL const double* objective, GLOBAL const double* powerExcess, GLOBAL const double* stepSize,
    GLOBAL double* previousObjective, GLOBAL int* status, GLOBAL int* iteration, GLOBAL int* calmIterations, GLOBAL int* searchState, GLOBAL double* trace)
{
    const int done = iteration[b] + 1;
    iteration[b] = done;
    record_row(b, maxIterations + 1, done, objective, powerExcess, stepSize, trace);
    const double rate = objective[b] / LN_2, previousRate = previousObjective[b] / LN_2, change = rate > previousRate ? rate - previousRate : previousRate - rate;
    const int calm = change <= tolerance * (rate > 1 ? rate : 1) ? calmIterations[b] + 1 : 0;
    calmIterations[b] = calm;
    if (!is_finite(rate))
    {
        status[b] = STATUS_DIVERGED;
    }
    else if (calm >= patience || searchState[b] == STATIONARY)
    {
        status[b] = STATUS_CONVERGED;
    }
    else if (searchState[b] == EXHAUSTED)
    {
        status[b] = STATUS_STALLED;
    }
    else if (done >= maxIterations)
    {
        status[b] = STATUS_ITERATION_LIMIT;
    }

    searchState[b] = SEARCHING;
    previousObjective[b] = objective[b];
}

// advanceControl: every running realization.
KERNEL GROUP_SIZE(GROUP)
void advanceControl(
    const int count, const int maxIterations, const int patience, const double tolerance, GLOBAL const double* RESTRICT objective,
    GLOBAL const double* RESTRICT powerExcess, GLOBAL const double* RESTRICT stepSize, GLOBAL double* RESTRICT previousObjective, GLOBAL int* RESTRICT status,
    GLOBAL int* RESTRICT iteration, GLOBAL int* RESTRICT calmIterations, GLOBAL int* RESTRICT searchState, GLOBAL double* RESTRICT trace)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b < count && status[b] == RUNNING)
    {
        advance(b, maxIterations, patience, tolerance, objective, powerExcess, stepSize, previousObjective, status, iteration, calmIterations, searchState, trace);
    }
}

// advanceSubproblems: every running realization whose sub-problem has ended; its passes so far are noted and the next may begin, IScaOps.AdvanceSubproblems.
//   passesAt  int [batch][maxIterations + 1]
KERNEL GROUP_SIZE(GROUP)
void advanceSubproblems(
    const int count, const int maxIterations, const int patience, const double tolerance, GLOBAL const double* RESTRICT objective,
    GLOBAL const double* RESTRICT powerExcess, GLOBAL const double* RESTRICT stepSize, GLOBAL double* RESTRICT previousObjective, GLOBAL int* RESTRICT status,
    GLOBAL int* RESTRICT iteration, GLOBAL int* RESTRICT calmIterations, GLOBAL int* RESTRICT searchState, GLOBAL double* RESTRICT trace, GLOBAL const int* RESTRICT passes,
    GLOBAL int* RESTRICT passesAt, GLOBAL int* RESTRICT outcome)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b < count && status[b] == RUNNING && outcome[b] != IMPROVING)
    {
        advance(b, maxIterations, patience, tolerance, objective, powerExcess, stepSize, previousObjective, status, iteration, calmIterations, searchState, trace);
        passesAt[(wide)b * (maxIterations + 1) + iteration[b]] = passes[b];
        outcome[b] = IMPROVING;
    }
}

// adaptStepSize: h := (r/delta)^(theta/2) h, h/2 where the position constraint had no root.   [BSP step rule]
KERNEL GROUP_SIZE(GROUP)
void adaptStepSize(
    const int count, const double reference, const double exponent, GLOBAL const double* RESTRICT forceChange, GLOBAL int* RESTRICT rootMissing,
    GLOBAL double* RESTRICT stepSize, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b >= count || status[b] != RUNNING)
    {
        return;
    }

    if (rootMissing[b] != 0)
    {
        stepSize[b] /= 2;
        rootMissing[b] = 0;
    }
    else if (forceChange[b] != 0)
    {
        stepSize[b] *= EXP(exponent / 2 * LOG(reference / forceChange[b]));
    }
}

// clearComplex: values := 0; every realization in use. values cplx [batch][size]. One group per (GROUP elements, realization), likewise below.
KERNEL GROUP_SIZE(GROUP)
void clearComplex(const int size, GLOBAL cplx* RESTRICT values)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (i < size)
    {
        values[(wide)GROUP_Z * size + i] = cplx_of(0, 0);
    }
}

// clearWhereNotFinite: values := 0 where Objective is not finite.
KERNEL GROUP_SIZE(GROUP)
void clearWhereNotFinite(const int size, GLOBAL const double* RESTRICT objective, GLOBAL cplx* RESTRICT values, GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD;
    if (i < size && status[GROUP_Z] == RUNNING && !is_finite(objective[GROUP_Z]))
    {
        values[(wide)GROUP_Z * size + i] = cplx_of(0, 0);
    }
}

// keepBest: best := current where Objective is finite and above BestObjective, which keepBestObjective then updates.
KERNEL GROUP_SIZE(GROUP)
void keepBest(
    const int size, GLOBAL const double* RESTRICT objective, GLOBAL const double* RESTRICT bestObjective, GLOBAL const cplx* RESTRICT current, GLOBAL cplx* RESTRICT best,
    GLOBAL const int* RESTRICT status)
{
    const int i = GROUP_X * GROUP + THREAD, b = GROUP_Z;
    if (i < size && status[b] == RUNNING && is_finite(objective[b]) && objective[b] > bestObjective[b])
    {
        best[(wide)b * size + i] = current[(wide)b * size + i];
    }
}

KERNEL GROUP_SIZE(GROUP)
void keepBestObjective(const int count, GLOBAL const double* RESTRICT objective, GLOBAL double* RESTRICT bestObjective, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * GROUP + THREAD;
    if (b < count && status[b] == RUNNING && is_finite(objective[b]) && objective[b] > bestObjective[b])
    {
        bestObjective[b] = objective[b];
    }
}
