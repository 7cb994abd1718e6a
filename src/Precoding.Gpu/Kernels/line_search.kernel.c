// The line search of reduced-cg. S(alpha) = sum_l c_l(alpha) (S_l + alpha G_l D_l) is a combination of 2L + 1 fixed matrices, so that every interference power
// is a quadratic form in its 2L + 1 coefficients: the forms are summed once, after which a trial costs O(K L^2).                      [coherent.md section 6]
//   basis  T_0 = sum_l S_l, T_1+l = S_l, T_1+L+l = G_l D_l, with coefficients 1, c_l - 1, alpha c_l: the cancellation in sum_l S_l stays outside the forms
//   forms  double [batch][K][pairs], pairs = (2L + 1)(2L + 2)/2: sum over u != k of Re(conj(T_i[k][u]) T_j[k][u]), i <= j, off-diagonal ones twice
//   own    double [batch][K][2L + 1][2]: T_i[k][k]
// Everything from the forms on is in double.
#define TRIALS 5
#define MOST_SETS 40

DEVICE cplx basis_entry(const int L, const int size, GLOBAL const cplx* s, GLOBAL const cplx* dImage, const int b, const int i, const int at)
{
    return i == 0 ? sum_blocks(L, size, s, b, at) : i <= L ? s[((wide)b * L + i - 1) * size + at] : dImage[((wide)b * L + i - 1 - L) * size + at];
}

DEVICE int is_searching(const int status, const int searchState) { return status == RUNNING && (searchState == SEARCHING || searchState == RETRY); }

// searchForms: one group per (user k, realization).
KERNEL GROUP_SIZE(GROUP)
void searchForms(
    const int L, const int K, GLOBAL const cplx* RESTRICT s, GLOBAL const cplx* RESTRICT dImage, GLOBAL double* RESTRICT forms, GLOBAL double* RESTRICT own,
    GLOBAL const int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, k = GROUP_X, n = 2 * L + 1;
    if (!is_searching(status[b], searchState[b]))
    {
        return;
    }

    int pair = 0;
    for (int i = 0; i < n; i++)
    {
        for (int j = i; j < n; j++)
        {
            double sum = 0;
            for (int u = THREAD; u < K; u += GROUP)
            {
                if (u != k)
                {
                    sum += inner(basis_entry(L, K * K, s, dImage, b, i, k * K + u), basis_entry(L, K * K, s, dImage, b, j, k * K + u));
                }
            }

            sum = group_sum(sum, scratch);
            if (THREAD == 0)
            {
                forms[((wide)b * K + k) * (n * (n + 1) / 2) + pair] = i == j ? sum : 2 * sum;
            }

            pair++;
        }
    }

    for (int i = THREAD; i < n; i += GROUP)
    {
        const cplx value = basis_entry(L, K * K, s, dImage, b, i, k * K + k);
        own[(((wide)b * K + k) * n + i) * 2] = value.x;
        own[(((wide)b * K + k) * n + i) * 2 + 1] = value.y;
    }

    BARRIER;
}

// c_l(alpha) = sqrt(P_l / moved power), 1 where that is not positive.
DEVICE double retraction_of(const double alpha, const double budget, GLOBAL const double* movedPower)
{
    const double norm = movedPower[2] > 0 ? movedPower[2] : 0, moved = movedPower[0] + alpha * movedPower[1] + alpha * alpha * norm;
    return moved > 0 ? SQRT(budget / moved) : 1;
}

// -f(alpha) of one realization; every thread of the group gets it. Not finite counts as infinite.
DEVICE double loss_at(
    const double alpha, const int L, const int K, GLOBAL const double* alphas, GLOBAL const double* budget, GLOBAL const double* movedPower, GLOBAL const double* forms,
    GLOBAL const double* own, GLOBAL double* coefficients, IN_SHARED double* scratch)
{
    const int n = 2 * L + 1;
    for (int l = THREAD; l < L; l += GROUP)
    {
        const double c = retraction_of(alpha, budget[l], movedPower + 3 * l);
        coefficients[1 + l] = c - 1;
        coefficients[1 + L + l] = alpha * c;
    }

    if (THREAD == 0)
    {
        coefficients[0] = 1;
    }

    BARRIER;
    double sum = 0;
    for (int k = THREAD; k < K; k += GROUP)
    {
        GLOBAL const double* form = forms + (wide)k * (n * (n + 1) / 2);
        GLOBAL const double* signal = own + (wide)k * n * 2;
        double interference = 0, re = 0, im = 0;
        int pair = 0;
        for (int i = 0; i < n; i++)
        {
            double row = 0;
            for (int j = i; j < n; j++)
            {
                row += form[pair++] * coefficients[j];
            }

            interference += coefficients[i] * row;
            re += coefficients[i] * signal[2 * i];
            im += coefficients[i] * signal[2 * i + 1];
        }

        interference = 1 + (interference < 0 ? 0 : interference); // a power: below 0 it is rounding; what is no number stays none
        sum += alphas[k] * LOG((interference + re * re + im * im) / interference);
    }

    sum = group_sum(sum, scratch);
    return is_finite(sum) ? -sum : INFINITE;
}

// searchStep: the trial sets, the parabola and the decision, one group per realization.
//   found         int [batch], 1 where a better point was found in this search
//   retraction    double [batch][L], c_l there
//   coefficients  double [batch][2L + 1], for loss_at
KERNEL GROUP_SIZE(GROUP)
void searchStep(
    const int L, const int K, GLOBAL const double* RESTRICT alphas, GLOBAL const double* RESTRICT budget, GLOBAL const double* RESTRICT movedPower,
    GLOBAL const double* RESTRICT forms, GLOBAL const double* RESTRICT own, GLOBAL const double* RESTRICT objective, GLOBAL double* RESTRICT coefficients,
    GLOBAL double* RESTRICT stepSize, GLOBAL double* RESTRICT retraction, GLOBAL int* RESTRICT found, GLOBAL int* RESTRICT searchState, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z, n = 2 * L + 1, state = searchState[b];
    if (!is_searching(status[b], state))
    {
        if (THREAD == 0)
        {
            found[b] = 0;
        }

        return;
    }

    GLOBAL const double* power = movedPower + (wide)b * L * 3;
    GLOBAL const double* form = forms + (wide)b * K * (n * (n + 1) / 2);
    GLOBAL const double* signal = own + (wide)b * K * n * 2;
    GLOBAL double* coefficient = coefficients + (wide)b * n;
    const double f = -objective[b];
    double centre = stepSize[b], before = 0, step = 0, after = 0, lossBefore = 0, lossAtStep = 0, lossAfter = 0;
    int settled = 0;
    for (int set = 0; set < MOST_SETS && !settled; set++)
    {
        double alpha[TRIALS], loss[TRIALS];
        int best = 0;
        for (int trial = 0; trial < TRIALS; trial++)
        {
            alpha[trial] = trial == 0 ? centre / 4 : 2 * alpha[trial - 1];
            loss[trial] = loss_at(alpha[trial], L, K, alphas, budget, power, form, signal, coefficient, scratch);
            best = loss[trial] < loss[best] ? trial : best;
        }

        if (!(loss[best] < f) || best == 0)
        {
            centre = alpha[0] / 2;
        }
        else if (best == TRIALS - 1)
        {
            centre = alpha[best] * 2;
        }
        else
        {
            settled = 1;
            before = alpha[best - 1];
            step = alpha[best];
            after = alpha[best + 1];
            lossBefore = loss[best - 1];
            lossAtStep = loss[best];
            lossAfter = loss[best + 1];
        }
    }

    // the vertex of the parabola, evaluated by all groups alike so that no barrier stands in a condition
    const double left = step - before, right = step - after;
    const double numerator = left * left * (lossAtStep - lossAfter) - right * right * (lossAtStep - lossBefore);
    const double vertex = step - numerator / (2 * (left * (lossAtStep - lossAfter) - right * (lossAtStep - lossBefore)));
    const double lossAtVertex = loss_at(vertex, L, K, alphas, budget, power, form, signal, coefficient, scratch);
    step = vertex > before && vertex < after && lossAtVertex < lossAtStep ? vertex : step;
    for (int l = THREAD; settled && l < L; l += GROUP)
    {
        retraction[(wide)b * L + l] = retraction_of(step, budget[l], power + 3 * l);
    }

    BARRIER; // every thread has read the state before it changes
    if (THREAD == 0)
    {
        found[b] = settled;
        searchState[b] = settled ? ACCEPTED : state == SEARCHING ? RETRY : EXHAUSTED;
        stepSize[b] = settled ? step : stepSize[b];
    }

    BARRIER;
}

// retract: X_l := c_l (X_l + alpha D_l), S_l likewise, where a better point was found; the users' parts of the objective there, and <X_l, S_l> by rows.
// Without coordinates S_l only, and no powers.
//   parts  double [batch][K];  powers  double [batch][L][K]
// One group per (row k, realization).
KERNEL GROUP_SIZE(GROUP)
void retract(
    const int L, const int K, const int coordinates, GLOBAL const double* RESTRICT alphas, GLOBAL const double* RESTRICT stepSize, GLOBAL const double* RESTRICT retraction,
    GLOBAL const cplx* RESTRICT d, GLOBAL const cplx* RESTRICT dImage, GLOBAL cplx* RESTRICT x, GLOBAL cplx* RESTRICT s, GLOBAL double* RESTRICT parts,
    GLOBAL double* RESTRICT powers, GLOBAL const int* RESTRICT found, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    SHARED double signal[1];
    const int b = GROUP_Z, k = GROUP_X;
    if (status[b] != RUNNING || !found[b])
    {
        return;
    }

    const real alpha = (real)stepSize[b];
    for (int l = 0; l < L; l++)
    {
        const real c = (real)retraction[(wide)b * L + l];
        double power = 0;
        for (int u = THREAD; u < K; u += GROUP)
        {
            const wide at = (((wide)b * L + l) * K + k) * K + u;
            const cplx S = cplx_scale(cplx_axpy(s[at], alpha, dImage[at]), c);
            if (coordinates)
            {
                const cplx X = cplx_scale(cplx_axpy(x[at], alpha, d[at]), c);
                x[at] = X;
                power += inner(X, S);
            }

            s[at] = S;
        }

        power = group_sum(power, scratch);
        if (THREAD == 0 && coordinates)
        {
            powers[((wide)b * L + l) * K + k] = power;
        }
    }

    double sum = 0;
    for (int u = THREAD; u < K; u += GROUP)
    {
        const double own = energy(sum_blocks(L, K * K, s, b, k * K + u)); // what this thread wrote itself
        sum += u == k ? 0 : own;
        if (u == k)
        {
            signal[0] = own;
        }
    }

    const double interference = 1 + group_sum(sum, scratch);
    if (THREAD == 0)
    {
        parts[(wide)b * K + k] = alphas[k] * LOG((interference + signal[0]) / interference);
    }

    BARRIER;
}

// retractTotals: Objective and PowerExcess of what moved. One group per realization.
KERNEL GROUP_SIZE(GROUP)
void retractTotals(
    const int L, const int K, GLOBAL const double* RESTRICT parts, GLOBAL const double* RESTRICT powers, GLOBAL const double* RESTRICT budget,
    GLOBAL double* RESTRICT objective, GLOBAL double* RESTRICT powerExcess, GLOBAL const int* RESTRICT found, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    const int b = GROUP_Z;
    if (status[b] != RUNNING || !found[b])
    {
        return;
    }

    const double sum = sum_parts(K, parts + (wide)b * K, scratch);
    double worst = -INFINITE;
    for (int l = 0; l < L; l++)
    {
        const double power = sum_parts(K, powers + ((wide)b * L + l) * K, scratch);
        const double excess = (power > 0 ? power : 0) / budget[l] - 1;
        worst = excess > worst ? excess : worst;
    }

    if (THREAD == 0)
    {
        objective[b] = sum;
        powerExcess[b] = worst;
    }

    BARRIER;
}
