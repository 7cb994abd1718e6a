// Where streams begin: singular directions of links, Local EZF, matched beams.                                       [NCJT (31)-(36); noncoherent.md sections 5, 6.4, 7]
//   directions  double [batch][K][points][N][N][2], the m-th of a link at [m]: A[:,m] of H = A diag(s) V^H, s descending, the largest entry of V[:,m] real and positive
//   singular    double [batch][K][points][N], s.  points is L, or 1 where the links of a user's access points are taken together
#include "streams.h"

#define MOST_ROTATIONS 30

// linkDirections: one-sided Jacobi on the rows of H, so that small singular values keep their digits: W = T H with orthogonal rows, s_m = |W_m|, A = T^H.     [GVL 8.6.3]
//   h  cplx [batch][L][K N][M];  memory  double [groups][2 N (width + N)], the rows of W, then those of T, width = M times the access points taken together
// `groups` groups, each with a slice of the memory, for every groups-th link; which one matters to no result. Sums by threads, then in order.
KERNEL GROUP_SIZE(STREAM_GROUP)
void linkDirections(
    const int count, const int groups, const int L, const int K, const int N, const int M, const int B, const int streams, const int points, GLOBAL const int* RESTRICT first,
    GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT h, GLOBAL double* RESTRICT memory, GLOBAL double* RESTRICT directions, GLOBAL double* RESTRICT singular,
    GLOBAL const int* RESTRICT status)
{
    SHARED double part[4 * STREAM_GROUP];
    const int blocks = points == 1 && B > 1 ? B : 1, width = M * blocks;
    GLOBAL double_cplx* W = (GLOBAL double_cplx*)memory + (wide)GROUP_X * N * (width + N);
    GLOBAL double_cplx* T = W + (wide)N * width;
    for (int link = GROUP_X; link < count * K * points; link += groups)
    {
        const int r = link / (K * points), k = link / points % K;
        EACH(at, N * width, STREAM_GROUP)
        {
            const int a = at / width, block = at % width / M, m = at % M;
            int l = link % points;
            if (B > 1 || points < L)
            {
                l = first[k + 1] > first[k] ? accessPoint[((wide)r * streams + first[k]) * B + block] : -1; // those of the first stream are those of all
            }

            W[at] = l < 0 ? double_cplx_of(0, 0) : widened(h[(((wide)r * L + l) * K * N + k * N + a) * M + m]);
        }

        EACH(at, N * N, STREAM_GROUP)
        {
            T[at] = double_cplx_of(at / N == at % N ? 1 : 0, 0);
        }

        BARRIER;
        int wasOblique = status[r] == RUNNING;
        for (int sweep = 0; sweep < MOST_ROTATIONS && wasOblique; sweep++)
        {
            wasOblique = 0;
            for (int pair = 0; pair < N * N; pair++)
            {
                const int p = pair / N, q = pair % N, pairs = p < q ? width : 0;
                double alpha = 0, beta = 0;
                double_cplx dot = double_cplx_of(0, 0);
                EACH(j, pairs, STREAM_GROUP)
                {
                    alpha += double_energy(W[p * width + j]);
                    beta += double_energy(W[q * width + j]);
                    dot = double_cplx_mad(dot, W[p * width + j], double_cplx_conjugate(W[q * width + j]));
                }

                part[THREAD] = alpha;
                part[STREAM_GROUP + THREAD] = beta;
                part[2 * STREAM_GROUP + THREAD] = dot.x;
                part[3 * STREAM_GROUP + THREAD] = dot.y;
                BARRIER;
                alpha = 0;
                beta = 0;
                dot = double_cplx_of(0, 0);
                for (int t = 0; t < STREAM_GROUP; t++)
                {
                    alpha += part[t];
                    beta += part[STREAM_GROUP + t];
                    dot = double_cplx_add(dot, double_cplx_of(part[2 * STREAM_GROUP + t], part[3 * STREAM_GROUP + t]));
                }

                BARRIER;
                // a row shorter than epsilon times another is rounding; turned sweep after sweep it would come down to where a phase is no longer of length 1
                const double size = SQRT(double_energy(dot)), least = 2 * DOUBLE_EPSILON * SQRT(alpha) * SQRT(beta), rounding = DOUBLE_EPSILON * DOUBLE_EPSILON;
                const int isOblique = size > least && size > 0 && alpha > rounding * beta && beta > rounding * alpha;
                if (isOblique) // [p; e^(i phi) q] has the real inner product |dot|: t^2 + 2 zeta t - 1 = 0, zeta = (beta - alpha)/(2 |dot|)
                {
                    const double zeta = (beta - alpha) / (2 * size), square = SQRT(zeta * zeta + 1), t = zeta < 0 ? -1 / (square - zeta) : 1 / (square + zeta);
                    const double c = 1 / SQRT(t * t + 1), sine = c * t;
                    const double_cplx phase = double_cplx_scale(dot, 1 / size);
                    EACH(j, width + N, STREAM_GROUP)
                    {
                        GLOBAL double_cplx* x = j < width ? W + p * width + j : T + p * N + j - width;
                        GLOBAL double_cplx* y = j < width ? W + q * width + j : T + q * N + j - width;
                        const double_cplx a = *x, b = double_cplx_mad(double_cplx_of(0, 0), *y, phase);
                        *x = double_cplx_of(c * a.x - sine * b.x, c * a.y - sine * b.y);
                        *y = double_cplx_of(sine * a.x + c * b.x, sine * a.y + c * b.y);
                    }
                }

                wasOblique |= isOblique;
                BARRIER;
            }
        }

        EACH(m, status[r] == RUNNING ? N : 0, STREAM_GROUP)
        {
            double square = 0, largest = 0;
            int at = 0;
            for (int j = 0; j < width; j++)
            {
                const double size = double_energy(W[m * width + j]);
                square += size;
                at = size > largest ? j : at;
                largest = size > largest ? size : largest;
            }

            const double x = W[m * width + at].x, y = W[m * width + at].y, length = largest > 0 ? SQRT(largest) : 1;
            const double_cplx phase = double_cplx_of(largest > 0 ? x / length : 1, largest > 0 ? y / length : 0);
            for (int a = 0; a < N; a++)
            {
                T[m * N + a] = double_cplx_mad(double_cplx_of(0, 0), double_cplx_conjugate(T[m * N + a]), phase);
            }

            W[m * width] = double_cplx_of(SQRT(square), 0);
        }

        BARRIER;
        EACH(m, status[r] == RUNNING ? N : 0, STREAM_GROUP)
        {
            const double s = W[m * width].x;
            int place = 0; // ties by number
            for (int other = 0; other < N; other++)
            {
                const double size = W[other * width].x;
                place += size > s || (size == s && other < m);
            }

            singular[(wide)link * N + place] = s;
            for (int a = 0; a < N; a++)
            {
                ((GLOBAL double_cplx*)directions)[((wide)link * N + place) * N + a] = T[m * N + a];
            }
        }

        BARRIER;
    }

    BARRIER;
}

// matchedStreams: x_b := A[:,m] in the block of the user, over s_m where `unit`, m = the stream's number among those of the user with the same access points; 0 where s_m is at
// most `weakest` s_1, m is `most` or more, and for branches of nobody.
//   x  cplx [batch][branches][n]
// One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void matchedStreams(
    const int K, const int N, const int B, const int streams, const int points, const int most, const int unit, const double weakest, GLOBAL const int* RESTRICT first,
    GLOBAL const int* RESTRICT userOf, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT directions, GLOBAL const double* RESTRICT singular,
    GLOBAL cplx* RESTRICT x, GLOBAL const int* RESTRICT status)
{
    const int s = GROUP_X / B, k = userOf[s], n = K * N;
    const wide r = GROUP_Z, branch = r * streams * B + GROUP_X;
    const int l = accessPoint[branch];
    if (status[r] != RUNNING)
    {
        return;
    }

    const int m = B > 1 ? s - first[k] : place_of(B, accessPoint + r * streams * B, first[k], s);
    const wide link = (r * K + k) * points + (points > 1 && l >= 0 ? l : 0);
    GLOBAL const double* values = singular + link * N;
    const int isUsed = l >= 0 && m < most && values[m < N ? m : 0] > weakest * values[0];
    EACH(i, n, STREAM_GROUP)
    {
        const int isIn = isUsed && i / N == k;
        const double_cplx entry = isIn ? ((GLOBAL const double_cplx*)directions)[(link * N + m) * N + i % N] : double_cplx_of(0, 0);
        x[branch * n + i] = rounded(double_cplx_scale(entry, isIn && unit ? 1 / values[m] : 1));
    }
}

// listDirections: used[b][l] = how many streams access point l sends along a direction that counts, their numbers in order in list[b][l][0 ... used - 1], and m of each in places.
//   used  int [batch][L];  list, places  int [batch][L][q]
// One group per realization, a thread an access point.
KERNEL GROUP_SIZE(STREAM_GROUP)
void listDirections(
    const int L, const int K, const int N, const int B, const int streams, const int q, const int most, const double weakest, GLOBAL const int* RESTRICT first,
    GLOBAL const int* RESTRICT userOf, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT singular, GLOBAL int* RESTRICT used, GLOBAL int* RESTRICT list,
    GLOBAL int* RESTRICT places, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const int* of = accessPoint + r * streams * B;
    EACH(l, L, STREAM_GROUP)
    {
        const wide own = r * L + l;
        int count = 0;
        for (int s = 0; s < streams; s++)
        {
            const int k = userOf[s], place = of[s * B] == l ? place_of(B, of, first[k], s) : most;
            GLOBAL const double* values = singular + ((r * K + k) * L + l) * N;
            if (place < most && values[place] > weakest * values[0])
            {
                list[own * q + count] = s;
                places[own * q + count] = place;
                count++;
            }
        }

        used[own] = count;
    }
}

// directionGrams: R^H R of the listed directions, entries of the identity beyond; entry (i, j) is (A[:,m_i]/s_i)^H G_ij A[:,m_j]/s_j. One group per (STREAM_GROUP entries, l, realization).
//   systems  double [batch][L][q][q][2]
KERNEL GROUP_SIZE(STREAM_GROUP)
void directionGrams(
    const int L, const int K, const int N, const int q, GLOBAL const int* RESTRICT userOf, GLOBAL const int* RESTRICT used, GLOBAL const int* RESTRICT list,
    GLOBAL const int* RESTRICT places, GLOBAL const double* RESTRICT directions, GLOBAL const double* RESTRICT singular, GLOBAL const cplx* RESTRICT gram,
    GLOBAL double* RESTRICT systems, GLOBAL const int* RESTRICT marked)
{
    const wide r = GROUP_Z, own = r * L + GROUP_Y;
    const int at = GROUP_X * STREAM_GROUP + THREAD, i = at / q, j = at % q, n = K * N;
    if (!marked[own] || at >= q * q || j > i)
    {
        return;
    }

    double_cplx sum = double_cplx_of(i == j ? 1 : 0, 0);
    if (i < used[own])
    {
        const int k = userOf[list[own * q + i]], u = userOf[list[own * q + j]];
        const wide left = (r * K + k) * L + GROUP_Y, right = (r * K + u) * L + GROUP_Y;
        GLOBAL const double_cplx* a = (GLOBAL const double_cplx*)directions + (left * N + places[own * q + i]) * N;
        GLOBAL const double_cplx* b = (GLOBAL const double_cplx*)directions + (right * N + places[own * q + j]) * N;
        GLOBAL const cplx* G = gram + own * n * n + (wide)k * N * n + u * N;
        sum = double_cplx_of(0, 0);
        for (int e = 0; e < N; e++)
        {
            double_cplx image = double_cplx_of(0, 0);
            for (int f = 0; f < N; f++)
            {
                image = double_cplx_mad(image, widened(G[(wide)e * n + f]), b[f]);
            }

            sum = double_cplx_mad(sum, double_cplx_conjugate(a[e]), image);
        }

        sum = double_cplx_scale(sum, 1 / (singular[left * N + places[own * q + i]] * singular[right * N + places[own * q + j]]));
    }

    store_hermitian(q, (GLOBAL double_cplx*)systems + own * q * q, i, j, sum);
}

// invertSpectra: values := 1/e, or 1/(e + 10^-3 max) where l sends more than M directions or the eigenvalues span more than `spread`; 0 for those of at most
// `nothing` max, combinations that are no beam at all. One group per realization, a thread an access point.
KERNEL GROUP_SIZE(STREAM_GROUP)
void invertSpectra(
    const int L, const int M, const int q, const double spread, const double nothing, GLOBAL const int* RESTRICT used, GLOBAL double* RESTRICT values, GLOBAL const int* RESTRICT marked)
{
    EACH(l, L, STREAM_GROUP)
    {
        const wide own = (wide)GROUP_Z * L + l;
        GLOBAL double* e = values + own * q;
        double largest = 0, smallest = INFINITE;
        for (int i = 0; i < q && marked[own]; i++)
        {
            largest = e[i] > largest ? e[i] : largest;
            smallest = e[i] < smallest ? e[i] : smallest;
        }

        const double ridge = !(smallest * spread >= largest) || used[own] > M ? 1e-3 * largest : 0;
        for (int i = 0; i < q && marked[own]; i++)
        {
            e[i] = e[i] <= used[own] * nothing * largest ? 0 : 1 / (e[i] + ridge);
        }
    }
}

// zeroForcing: the columns of R (R^H R)^-1 as coordinates: x_b := sum over listed j of A[:,m_j]/s_j (R^H R)^-1_ji in the block of j's user, i the place of b's stream in l's list; 0 for
// other branches.
//   systems  double [batch][L][q][q][2], eigenvectors as rows;  values  double [batch][L][q], the inverted eigenvalues;  x  cplx [batch][branches][n]
// One group per (branch, realization), a thread a row.
KERNEL GROUP_SIZE(STREAM_GROUP)
void zeroForcing(
    const int L, const int K, const int N, const int B, const int streams, const int q, GLOBAL const int* RESTRICT userOf, GLOBAL const int* RESTRICT accessPoint,
    GLOBAL const int* RESTRICT used, GLOBAL const int* RESTRICT list, GLOBAL const int* RESTRICT places, GLOBAL const double* RESTRICT directions,
    GLOBAL const double* RESTRICT singular, GLOBAL const double* RESTRICT systems, GLOBAL const double* RESTRICT values, GLOBAL cplx* RESTRICT x, GLOBAL const int* RESTRICT status)
{
    const int s = GROUP_X / B, n = K * N;
    const wide r = GROUP_Z, branch = r * streams * B + GROUP_X;
    const int l = accessPoint[branch];
    const wide own = r * L + (l < 0 ? 0 : l);
    if (status[r] != RUNNING)
    {
        return;
    }

    const int count = l < 0 || GROUP_X % B != 0 ? 0 : used[own];
    int i = 0;
    while (i < count && list[own * q + i] != s)
    {
        i++;
    }

    GLOBAL const double_cplx* U = (GLOBAL const double_cplx*)systems + own * q * q;
    EACH(row, n, STREAM_GROUP)
    {
        double_cplx sum = double_cplx_of(0, 0);
        for (int j = 0; j < count && i < count; j++)
        {
            const int k = userOf[list[own * q + j]];
            if (k == row / N)
            {
                double_cplx inverse = double_cplx_of(0, 0);
                for (int m = 0; m < q; m++)
                {
                    inverse = double_cplx_mad(inverse, double_cplx_scale(U[(wide)m * q + j], values[own * q + m]), double_cplx_conjugate(U[(wide)m * q + i]));
                }

                const wide at = ((r * K + k) * L + l) * N + places[own * q + j];
                sum = double_cplx_mad(sum, double_cplx_scale(((GLOBAL const double_cplx*)directions)[at * N + row % N], 1 / singular[at]), inverse);
            }
        }

        x[branch * n + row] = rounded(sum);
    }
}

// embedStreams: x_b := from_s where the same access point sends stream s there and branch b here, else 0.
//   from  cplx [batch][streams][n], fromPoint its access points;  x  cplx [batch][streams B][n]
// One group per (branch, realization).
KERNEL GROUP_SIZE(STREAM_GROUP)
void embedStreams(
    const int B, const int streams, const int n, GLOBAL const int* RESTRICT fromPoint, GLOBAL const cplx* RESTRICT from, GLOBAL const int* RESTRICT accessPoint, GLOBAL cplx* RESTRICT x,
    GLOBAL const int* RESTRICT status)
{
    const wide stream = (wide)GROUP_Z * streams + GROUP_X / B, branch = (wide)GROUP_Z * streams * B + GROUP_X;
    const int isSame = accessPoint[branch] >= 0 && accessPoint[branch] == fromPoint[stream];
    if (status[GROUP_Z] != RUNNING)
    {
        return;
    }

    EACH(i, n, STREAM_GROUP)
    {
        x[branch * n + i] = isSame ? from[stream * n + i] : cplx_of(0, 0);
    }
}
