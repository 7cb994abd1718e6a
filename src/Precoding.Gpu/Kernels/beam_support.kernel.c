// Choosing beams and fitting them, in double whatever the engine's precision.                                                   [coherent.md section 2]
// v_n^H v_n' = d_n conj(d_n') R[n - n'] with d_n = exp(j pi (M-1) Omega_n/2) and R[i] = sin(pi M i/N)/(M sin(pi i/N)) real and even. With the phases taken off,
// the Gram matrix of chosen beams is the real R[n_i - n_j] = T T^t.
//   atoms   double [5][N] in parts: cos and sin of the turns exp(2 pi j i/N) in pairs [N][2], then d_n in pairs [N][2], then R [N]
//   H, P    cplx [batch][L][K][M]
// A grid has a bounded number of groups; each works on link after link, links = batch*K*L numbered ((b K) + k) L + l, with a slice of memory of its own.

// Re and Im of conj(d_n) v_n^H x.
DEVICE void correlation(const int M, const int N, GLOBAL const double* atoms, GLOBAL const cplx* x, const int n, double* re, double* im)
{
    double a = 0, b = 0;
    for (int m = 0, at = 0; m < M; m++)
    {
        const double sign = m & 1 ? -1 : 1, turnX = sign * atoms[2 * at], turnY = sign * atoms[2 * at + 1], xx = x[m].x, xy = x[m].y;
        a += turnX * xx - turnY * xy;
        b += turnX * xy + turnY * xx;
        at = at + n < N ? at + n : at + n - N;
    }

    const double scale = 1 / SQRT((double)M), phaseX = atoms[2 * (wide)N + 2 * n], phaseY = atoms[2 * (wide)N + 2 * n + 1];
    *re = scale * (a * phaseX + b * phaseY);
    *im = scale * (b * phaseX - a * phaseY);
}

DEVICE double overlap(const int N, GLOBAL const double* atoms, const int n, const int other) { return atoms[4 * (wide)N + (n > other ? n - other : other - n)]; }

// The place of the group's largest value, the first of equals.
DEVICE int place_of_largest(const double value, const int place, IN_SHARED double* values, IN_SHARED int* places)
{
    values[THREAD] = value;
    places[THREAD] = place;
    BARRIER;
    for (int step = GROUP / 2; step > 0; step /= 2)
    {
        if (THREAD < step)
        {
            const double other = values[THREAD + step];
            if (other > values[THREAD] || (other == values[THREAD] && places[THREAD + step] < places[THREAD]))
            {
                values[THREAD] = other;
                places[THREAD] = places[THREAD + step];
            }
        }

        BARRIER;
    }

    const int found = places[0];
    BARRIER;
    return found;
}

// pursuit: orthogonal matching pursuit of every h_{k,l}: the beam with the largest correlation with the residual (the first of equals), made orthonormal to
// those chosen, until the residual's energy is <= residual |h|^2 or mostAtoms are chosen. The rows of T^-1 grow; the residual's correlations lose a multiple
// of the newest orthonormal atom's, b[n] = sum over j of (T^-1)_ij R[n - n_j], and the residual itself is never formed.
//   found    int [batch][K*L][mostAtoms], beams ascending;  counts  int [batch][K*L]
//   working  double [groups][2 N + 2 mostAtoms + mostAtoms (mostAtoms+1)/2]: residual's correlations re, im; parts; overlaps; rows of T^-1
//   chosen   int [groups][mostAtoms]
// Groups in one extent. Threads share beams, or atoms; sums over them as a tree.
#define BEAMS_EACH 4
KERNEL GROUP_SIZE(GROUP)
void pursuit(
    const int count, const int K, const int L, const int M, const int N, const int groups, const int mostAtoms, const double residual, GLOBAL const double* RESTRICT atoms,
    GLOBAL const cplx* RESTRICT H, GLOBAL double* RESTRICT working, GLOBAL int* RESTRICT chosen, GLOBAL int* RESTRICT found, GLOBAL int* RESTRICT counts,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    SHARED int places[GROUP];
    GLOBAL double* re = working + (wide)GROUP_X * (2 * (wide)N + 2 * (wide)mostAtoms + (wide)mostAtoms * (mostAtoms + 1) / 2);
    GLOBAL double* im = re + N;
    GLOBAL double* parts = im + N;
    GLOBAL double* overlaps = parts + mostAtoms;
    GLOBAL double* rows = overlaps + mostAtoms;
    GLOBAL int* beams = chosen + (wide)GROUP_X * mostAtoms;
    for (wide link = GROUP_X; link < (wide)count * K * L; link += groups)
    {
        const int b = (int)(link / ((wide)K * L)), k = (int)(link / L % K), l = (int)(link % L);
        if (status[b] != RUNNING)
        {
            continue;
        }

        GLOBAL const cplx* h = H + (((wide)b * L + l) * K + k) * M;
        double sum = 0;
        for (int m = THREAD; m < M; m += GROUP)
        {
            sum += energy(h[m]);
        }

        const double whole = group_sum(sum, scratch);
        double left = whole, largest = -1;
        int best = N, chosenCount = 0;
        for (int n = THREAD; whole > 0 && n < N; n += GROUP)
        {
            double x, y;
            correlation(M, N, atoms, h, n, &x, &y);
            re[n] = x;
            im[n] = y;
            const double square = x * x + y * y;
            if (square > largest)
            {
                largest = square;
                best = n;
            }
        }

        while (whole > 0 && left > residual * whole && chosenCount < mostAtoms)
        {
            const int next = place_of_largest(largest, best, scratch, places);
            if (next >= N)
            {
                break; // correlations that are no numbers
            }

            GLOBAL double* created = rows + (wide)chosenCount * (chosenCount + 1) / 2;
            for (int i = THREAD; i < chosenCount; i += GROUP)
            {
                overlaps[i] = overlap(N, atoms, beams[i], next);
            }

            BARRIER;
            double square = 0;
            for (int i = THREAD; i < chosenCount; i += GROUP)
            {
                GLOBAL const double* row = rows + (wide)i * (i + 1) / 2;
                double part = 0;
                for (int j = 0; j <= i; j++)
                {
                    part += row[j] * overlaps[j];
                }

                parts[i] = part;
                square += part * part;
            }

            square = group_sum(square, scratch);
            const double pivot = SQRT(square < 1 ? 1 - square : 0);
            if (!(pivot > 1e-7))
            {
                break; // every beam left lies in the span of those chosen
            }

            for (int j = THREAD; j < chosenCount; j += GROUP)
            {
                double value = 0;
                for (int i = j; i < chosenCount; i++)
                {
                    value -= parts[i] * rows[(wide)i * (i + 1) / 2 + j];
                }

                created[j] = value / pivot;
            }

            if (THREAD == 0)
            {
                created[chosenCount] = 1 / pivot;
                beams[chosenCount] = next;
            }

            const double rhoX = re[next] / pivot, rhoY = im[next] / pivot;
            chosenCount++;
            left -= rhoX * rhoX + rhoY * rhoY;
            largest = -1;
            best = N;
            BARRIER;
            for (int first = THREAD; first < N; first += BEAMS_EACH * GROUP)
            {
                double atom[BEAMS_EACH];
                UNROLL
                for (int e = 0; e < BEAMS_EACH; e++)
                {
                    atom[e] = 0;
                }

                for (int j = 0; j < chosenCount; j++)
                {
                    const double factor = created[j];
                    const int beam = beams[j];
                    UNROLL
                    for (int e = 0; e < BEAMS_EACH; e++)
                    {
                        const int n = first + e * GROUP;
                        atom[e] += factor * overlap(N, atoms, n < N ? n : beam, beam);
                    }
                }

                UNROLL
                for (int e = 0; e < BEAMS_EACH; e++)
                {
                    const int n = first + e * GROUP;
                    if (n < N)
                    {
                        const double x = re[n] - atom[e] * rhoX, y = im[n] - atom[e] * rhoY, energyLeft = x * x + y * y;
                        re[n] = x;
                        im[n] = y;
                        if (energyLeft > largest)
                        {
                            largest = energyLeft;
                            best = n;
                        }
                    }
                }
            }
        }

        for (int i = THREAD; i < chosenCount; i += GROUP)
        {
            int place = 0;
            for (int j = 0; j < chosenCount; j++)
            {
                place += beams[j] < beams[i];
            }

            found[link * mostAtoms + place] = beams[i];
        }

        if (THREAD == 0)
        {
            counts[link] = chosenCount;
        }

        BARRIER;
    }

    BARRIER;
}

// supportStarts: start := the sums of the counts before each link, and of all. One group per realization; a thread adds a run of links, the first the runs.
//   counts  int [batch][links];  start  int [batch][links + 1]
KERNEL GROUP_SIZE(GROUP)
void supportStarts(const int links, GLOBAL const int* RESTRICT counts, GLOBAL int* RESTRICT start, GLOBAL const int* RESTRICT status)
{
    SHARED int before[GROUP];
    const int run = (links + GROUP - 1) / GROUP, first = THREAD * run;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    int sum = 0;
    for (int i = first; i < first + run && i < links; i++)
    {
        sum += counts[(wide)GROUP_Z * links + i];
    }

    before[THREAD] = sum;
    BARRIER;
    if (THREAD == 0)
    {
        int total = 0;
        for (int i = 0; i < GROUP; i++)
        {
            const int own = before[i];
            before[i] = total;
            total += own;
        }

        start[(wide)GROUP_Z * (links + 1) + links] = total;
    }

    BARRIER;
    sum = before[THREAD];
    for (int i = first; i < first + run && i < links; i++)
    {
        start[(wide)GROUP_Z * (links + 1) + i] = sum;
        sum += counts[(wide)GROUP_Z * links + i];
    }

    BARRIER;
}

// supportBeams: the links' beams to their slots. One group per (link, realization).
//   found  int [batch][links][mostAtoms];  beam  int [batch][capacity]
KERNEL GROUP_SIZE(GROUP)
void supportBeams(
    const int links, const int mostAtoms, const int capacity, GLOBAL const int* RESTRICT found, GLOBAL const int* RESTRICT start, GLOBAL int* RESTRICT beam,
    GLOBAL const int* RESTRICT status)
{
    GLOBAL const int* starts = start + (wide)GROUP_Z * (links + 1) + GROUP_X;
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    for (int i = THREAD; i < starts[1] - starts[0]; i += GROUP)
    {
        beam[(wide)GROUP_Z * capacity + starts[0] + i] = found[((wide)GROUP_Z * links + GROUP_X) * mostAtoms + i];
    }
}

// leastSquares: u = argmin |p - V Phi u|^2 of every link by its normal equations, `ridge` added to the unit diagonal: T T^t of R[n_i - n_j] + ridge I column by
// column, left-looking, then two substitutions with the phases taken off.
//   working  double [groups][2 most + most (most+1)/2]: solution re, im; T by columns, column c from its diagonal on at c*most - c(c-1)/2
KERNEL GROUP_SIZE(GROUP)
void leastSquares(
    const int count, const int K, const int L, const int M, const int N, const int groups, const int most, const int capacity, const double ridge,
    GLOBAL const double* RESTRICT atoms, GLOBAL const cplx* RESTRICT P, GLOBAL const int* RESTRICT start, GLOBAL const int* RESTRICT beam, GLOBAL double* RESTRICT working,
    GLOBAL cplx* RESTRICT u, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[GROUP];
    GLOBAL double* re = working + (wide)GROUP_X * (2 * (wide)most + (wide)most * (most + 1) / 2);
    GLOBAL double* im = re + most;
    GLOBAL double* T = im + most;
    for (wide link = GROUP_X; link < (wide)count * K * L; link += groups)
    {
        const int b = (int)(link / ((wide)K * L)), k = (int)(link / L % K), l = (int)(link % L);
        if (status[b] != RUNNING)
        {
            continue;
        }

        GLOBAL const cplx* p = P + (((wide)b * L + l) * K + k) * M;
        GLOBAL const int* starts = start + (wide)b * ((wide)K * L + 1) + (wide)k * L + l;
        const int n = starts[1] - starts[0];
        GLOBAL const int* beams = beam + (wide)b * capacity + starts[0];
        for (int i = THREAD; i < n; i += GROUP)
        {
            double x, y;
            correlation(M, N, atoms, p, beams[i], &x, &y);
            re[i] = x;
            im[i] = y;
        }

        for (int c = 0; c < n; c++)
        {
            GLOBAL double* column = T + ((wide)c * most - (wide)c * (c - 1) / 2) - c;
            for (int i = c + THREAD; i < n; i += GROUP)
            {
                double value = overlap(N, atoms, beams[i], beams[c]) + (i == c ? ridge : 0);
                for (int j = 0; j < c; j++)
                {
                    GLOBAL const double* earlier = T + ((wide)j * most - (wide)j * (j - 1) / 2) - j;
                    value -= earlier[i] * earlier[c];
                }

                column[i] = value;
            }

            BARRIER;
            const double diagonal = SQRT(column[c] > ridge ? column[c] : ridge);
            BARRIER;
            for (int i = c + THREAD; i < n; i += GROUP)
            {
                column[i] = i == c ? diagonal : column[i] / diagonal;
            }

            BARRIER;
        }

        for (int c = 0; c < n; c++)
        {
            GLOBAL const double* column = T + ((wide)c * most - (wide)c * (c - 1) / 2) - c;
            const double x = re[c] / column[c], y = im[c] / column[c];
            BARRIER;
            for (int i = c + THREAD; i < n; i += GROUP)
            {
                re[i] = i == c ? x : re[i] - column[i] * x;
                im[i] = i == c ? y : im[i] - column[i] * y;
            }

            BARRIER;
        }

        for (int c = n - 1; c >= 0; c--)
        {
            GLOBAL const double* column = T + ((wide)c * most - (wide)c * (c - 1) / 2) - c;
            double x = 0, y = 0;
            for (int i = c + 1 + THREAD; i < n; i += GROUP)
            {
                x += column[i] * re[i];
                y += column[i] * im[i];
            }

            x = group_sum(x, scratch);
            y = group_sum(y, scratch);
            if (THREAD == 0)
            {
                re[c] = (re[c] - x) / column[c];
                im[c] = (im[c] - y) / column[c];
            }

            BARRIER;
        }

        for (int i = THREAD; i < n; i += GROUP)
        {
            const double phaseX = atoms[2 * (wide)N + 2 * beams[i]], phaseY = atoms[2 * (wide)N + 2 * beams[i] + 1];
            u[(wide)b * capacity + starts[0] + i] = cplx_of((real)(re[i] * phaseX - im[i] * phaseY), (real)(re[i] * phaseY + im[i] * phaseX));
        }

        BARRIER;
    }

    BARRIER;
}
