// Receivers and weights of users as factors, gradients, scores and the choice of streams.                                   [noncoherent.md sections 2, 4.2, 6]
#include "streams.h"

// Rows of a whitened channel that keep no more than this part of their length, in units of epsilon, depend on those above.
#define DEPENDENT 16

// A = left Q^H for a rows x columns matrix in place, left lower triangular [rows][rows], Q^H in A's place, a row of zeros for one that depends on those above;
// Gram-Schmidt done twice. Every thread sums the products for itself.                                                                     [GVL 5.2.8]
DEVICE void orthogonal_rows(const int rows, const int columns, GLOBAL double_cplx* A, GLOBAL double_cplx* left)
{
    EACH(at, rows * rows, STREAM_GROUP)
    {
        left[at] = double_cplx_of(0, 0);
    }

    BARRIER;
    for (int i = 0; i < rows; i++)
    {
        double before = 0, after = 0;
        for (int j = 0; j < columns; j++)
        {
            before += double_energy(A[i * columns + j]);
        }

        for (int step = 0; step < 2 * i; step++)
        {
            const int p = step % i;
            double_cplx dot = double_cplx_of(0, 0);
            for (int j = 0; j < columns; j++)
            {
                dot = double_cplx_mad(dot, A[i * columns + j], double_cplx_conjugate(A[p * columns + j]));
            }

            BARRIER;
            EACH(j, columns, STREAM_GROUP)
            {
                A[i * columns + j] = double_cplx_msub(A[i * columns + j], dot, A[p * columns + j]);
            }

            if (THREAD == 0)
            {
                left[i * rows + p] = double_cplx_add(left[i * rows + p], dot);
            }

            BARRIER;
        }

        for (int j = 0; j < columns; j++)
        {
            after += double_energy(A[i * columns + j]);
        }

        const double norm = DEPENDENT * DOUBLE_EPSILON * SQRT(before) > SQRT(after) ? 0 : SQRT(after); // what is no number stays none
        BARRIER;
        EACH(j, columns, STREAM_GROUP)
        {
            A[i * columns + j] = double_cplx_scale(A[i * columns + j], norm > 0 ? 1 / norm : norm);
        }

        if (THREAD == 0)
        {
            left[i * rows + i] = double_cplx_of(norm, 0);
        }

        BARRIER;
    }
}

// streamFactors: F_k and C_k of IStreamOps.StreamFactors, and parts_k = alpha_k ln det W_k: Omega = I + sum over the others' streams of e e^H = R R^H, B = R^-1 E_k (with D > N
// streams of the user B = B' Q^H first), I + B^H B = L L^H, F = sqrt(alpha) R^-H B L^-H, C = sqrt(alpha) L^H (Q^H). With `withReceiver` also the columns of
// sqrt(alpha) L^-1 (Q^H), F times which is alpha times the receiver.                                                                [NCJT (13)-(14)]
//   e  cplx [batch][branches][n];  receiver  double [batch][streams][maxRank][2];  parts  double [batch][K]
//   memory  double [batch][K][2 (2 N^2 + N most + 2 N rank + rank^2)], most the streams of the user that has most, rank = min(N, most)
// One group per (user, realization); every sum is one thread's, in order.
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamFactors(
    const int K, const int N, const int B, const int streams, const int q, const int maxRank, const int most, const int withReceiver, GLOBAL const int* RESTRICT first,
    GLOBAL const int* RESTRICT rankFirst, GLOBAL const double* RESTRICT weights, GLOBAL const cplx* RESTRICT e, GLOBAL double* RESTRICT memory, GLOBAL cplx* RESTRICT factor,
    GLOBAL cplx* RESTRICT coefficient, GLOBAL double* RESTRICT receiver, GLOBAL double* RESTRICT parts, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    const int k = GROUP_X, n = K * N, own = first[k], D = first[k + 1] - own, rank = rankFirst[k + 1] - rankFirst[k], mostRank = most < N ? most : N;
    const wide r = GROUP_Z;
    if (!everyStatus && status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const cplx* heard = e + r * streams * B * n;
    GLOBAL double_cplx* omega = (GLOBAL double_cplx*)memory + (r * K + k) * (2 * N * N + N * most + 2 * N * mostRank + mostRank * mostRank);
    GLOBAL double_cplx* white = omega + N * N;             // B, N x D; Q^H where D > N
    GLOBAL double_cplx* left = white + N * most;           // N x N
    GLOBAL double_cplx* L = left + N * N;                  // rank x rank
    GLOBAL double_cplx* Y = L + mostRank * mostRank;       // N x rank
    GLOBAL double_cplx* F = Y + N * mostRank;              // N x rank
    const double root = SQRT(weights[k]);
    EACH(at, N * N, STREAM_GROUP)
    {
        const int i = at / N, j = at % N;
        double_cplx sum = double_cplx_of(i == j ? 1 : 0, 0);
        for (int s = 0; s < streams && j <= i; s++)
        {
            const int isOwn = s >= own && s < own + D;
            const double_cplx a = isOwn ? double_cplx_of(0, 0) : stream_channel(B, n, heard, s, k * N + i);
            sum = isOwn ? sum : double_cplx_mad(sum, a, double_cplx_conjugate(stream_channel(B, n, heard, s, k * N + j)));
        }

        omega[at] = sum;
    }

    unit_cholesky(STREAM_GROUP, N, omega);
    EACH(d, D, STREAM_GROUP)
    {
        for (int i = 0; i < N; i++)
        {
            double_cplx x = stream_channel(B, n, heard, own + d, k * N + i);
            for (int p = 0; p < i; p++)
            {
                x = double_cplx_msub(x, omega[i * N + p], white[p * D + d]);
            }

            white[i * D + d] = double_cplx_scale(x, 1 / omega[i * N + i].x);
        }
    }

    BARRIER;
    orthogonal_rows(D > N ? N : 0, D, white, left);
    GLOBAL const double_cplx* b = D > N ? left : white; // N x rank
    EACH(at, rank * rank, STREAM_GROUP)
    {
        const int i = at / rank, j = at % rank;
        double_cplx sum = double_cplx_of(i == j ? 1 : 0, 0);
        for (int a = 0; a < N && j <= i; a++)
        {
            sum = double_cplx_mad(sum, double_cplx_conjugate(b[a * rank + i]), b[a * rank + j]);
        }

        L[at] = sum;
    }

    unit_cholesky(STREAM_GROUP, rank, L);
    EACH(j, rank, STREAM_GROUP) // R^H Y = B
    {
        for (int i = N - 1; i >= 0; i--)
        {
            double_cplx x = b[i * rank + j];
            for (int p = i + 1; p < N; p++)
            {
                x = double_cplx_msub(x, double_cplx_conjugate(omega[p * N + i]), Y[p * rank + j]);
            }

            Y[i * rank + j] = double_cplx_scale(x, 1 / omega[i * N + i].x);
        }
    }

    BARRIER;
    EACH(a, N, STREAM_GROUP) // F L^H = sqrt(alpha) Y
    {
        for (int j = 0; j < rank; j++)
        {
            double_cplx x = double_cplx_scale(Y[a * rank + j], root);
            for (int p = 0; p < j; p++)
            {
                x = double_cplx_msub(x, F[a * rank + p], double_cplx_conjugate(L[j * rank + p]));
            }

            x = double_cplx_scale(x, 1 / L[j * rank + j].x);
            F[a * rank + j] = x;
            factor[(r * q + rankFirst[k] + j) * N + a] = rounded(x);
        }
    }

    EACH(at, D * maxRank, STREAM_GROUP)
    {
        const int d = at / maxRank, i = at % maxRank;
        double_cplx x = double_cplx_of(0, 0);
        for (int j = i; j < rank; j++)
        {
            const double_cplx direction = D > N ? white[j * D + d] : double_cplx_of(j == d ? 1 : 0, 0);
            x = double_cplx_mad(x, double_cplx_conjugate(L[j * rank + i]), direction);
        }

        coefficient[(r * streams + own + d) * maxRank + i] = rounded(double_cplx_scale(x, root));
    }

    EACH(d, withReceiver ? D : 0, STREAM_GROUP)
    {
        GLOBAL double_cplx* column = (GLOBAL double_cplx*)receiver + (r * streams + own + d) * maxRank;
        for (int i = 0; i < rank; i++)
        {
            double_cplx x = double_cplx_scale(D > N ? white[i * D + d] : double_cplx_of(i == d ? 1 : 0, 0), root);
            for (int p = 0; p < i; p++)
            {
                x = double_cplx_msub(x, L[i * rank + p], column[p]);
            }

            column[i] = double_cplx_scale(x, 1 / L[i * rank + i].x);
        }
    }

    if (THREAD == 0)
    {
        double sum = 0;
        for (int j = 0; j < rank; j++)
        {
            sum += LOG(L[j * rank + j].x);
        }

        parts[r * K + k] = 2 * weights[k] * sum;
    }

    BARRIER;
}

// streamSlopes: w_b[k] = F_k F_k^H e_s[k] for the users k that do not own stream s, -F_k times the stream's receiver column for the one that does; 0 for branches of nobody.
// Streams of one branch. One group per (branch, realization), a thread a row.                                                  [noncoherent.md section 13]
//   w  cplx [batch][branches][n]
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamSlopes(
    const int K, const int N, const int streams, const int q, const int maxRank, GLOBAL const int* RESTRICT rankFirst, GLOBAL const int* RESTRICT userOf,
    GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT factor, GLOBAL const double* RESTRICT receiver, GLOBAL const cplx* RESTRICT e, GLOBAL cplx* RESTRICT w,
    GLOBAL const int* RESTRICT status)
{
    const int s = GROUP_X, n = K * N;
    const wide r = GROUP_Z, stream = r * streams + s;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const double_cplx* column = (GLOBAL const double_cplx*)receiver + stream * maxRank;
    EACH(i, n, STREAM_GROUP)
    {
        const int k = i / N, rank = accessPoint[stream] < 0 ? 0 : rankFirst[k + 1] - rankFirst[k];
        GLOBAL const cplx* F = factor + (r * q + rankFirst[k]) * N;
        double_cplx sum = double_cplx_of(0, 0);
        for (int j = 0; j < rank; j++)
        {
            double_cplx heard = double_cplx_of(0, 0);
            for (int a = 0; a < N; a++)
            {
                heard = double_cplx_mad(heard, double_cplx_conjugate(widened(F[j * N + a])), widened(e[stream * n + k * N + a]));
            }

            heard = k == userOf[s] ? double_cplx_of(-column[j].x, -column[j].y) : heard;
            sum = double_cplx_mad(sum, widened(F[j * N + i % N]), heard);
        }

        w[stream * n + i] = rounded(sum);
    }
}

// streamScores: |F^H e_s|^2 - 2 Re<c_s, F^H e_s>; 0 for streams of nobody.                                          [noncoherent.md section 6.2, step 3]
//   scores  double [batch][streams]
// One group per (stream, realization): a thread a column of F, then as a tree.
KERNEL GROUP_SIZE(STREAM_GROUP)
void streamScores(
    const int K, const int N, const int B, const int streams, const int q, const int maxRank, GLOBAL const int* RESTRICT rankFirst, GLOBAL const int* RESTRICT userOf,
    GLOBAL const int* RESTRICT rankUser, GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT factor, GLOBAL const cplx* RESTRICT coefficient,
    GLOBAL const cplx* RESTRICT e, GLOBAL double* RESTRICT scores, GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[STREAM_GROUP];
    const int s = GROUP_X, n = K * N;
    const wide r = GROUP_Z, stream = r * streams + s;
    if (status[r] != RUNNING)
    {
        return;
    }

    double score = 0;
    EACH(j, q, STREAM_GROUP)
    {
        const int k = rankUser[j];
        double_cplx heard = double_cplx_of(0, 0);
        for (int a = 0; a < N; a++)
        {
            heard = double_cplx_mad(heard, double_cplx_conjugate(widened(factor[(r * q + j) * N + a])), stream_channel(B, n, e + r * streams * B * n, s, k * N + a));
        }

        score += double_energy(heard);
        score -= k == userOf[s] ? 2 * double_inner(widened(coefficient[stream * maxRank + j - rankFirst[k]]), heard) : 0;
    }

    score = sum_of_threads(STREAM_GROUP, score, scratch);
    if (THREAD == 0)
    {
        scores[stream] = accessPoint[stream * B] < 0 ? 0 : score;
    }

    BARRIER;
}

// selectStreams: for each user the candidates of the smallest negative scores, as many as `selected` has room for, ties by number, their access points ascending; -1 beyond.
//   taken  int [batch][candidates], for its own use                                                             [NCJT Alg. 4; noncoherent.md section 6.2, step 4]
// One group per realization, a thread a user.
KERNEL GROUP_SIZE(STREAM_GROUP)
void selectStreams(
    const int K, const int candidates, const int room, GLOBAL const int* RESTRICT firstCandidate, GLOBAL const int* RESTRICT first, GLOBAL const int* RESTRICT accessPoint,
    GLOBAL const double* RESTRICT scores, GLOBAL int* RESTRICT taken, GLOBAL int* RESTRICT selected, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z;
    if (status[r] != RUNNING)
    {
        return;
    }

    GLOBAL const int* of = accessPoint + r * candidates;
    GLOBAL const double* score = scores + r * candidates;
    GLOBAL int* isTaken = taken + r * candidates;
    GLOBAL int* to = selected + r * room;
    EACH(k, K, STREAM_GROUP)
    {
        int count = 0;
        for (int s = firstCandidate[k]; s < firstCandidate[k + 1]; s++)
        {
            isTaken[s] = 0;
        }

        for (int at = first[k]; at < first[k + 1]; at++)
        {
            int best = -1;
            for (int s = firstCandidate[k]; s < firstCandidate[k + 1]; s++)
            {
                best = !isTaken[s] && score[s] < 0 && (best < 0 || score[s] < score[best]) ? s : best;
            }

            to[at] = -1;
            if (best >= 0)
            {
                isTaken[best] = 1;
                int place = first[k] + count++; // ascending by insertion
                for (; place > first[k] && to[place - 1] > of[best]; place--)
                {
                    to[place] = to[place - 1];
                }

                to[place] = of[best];
            }
        }
    }
}
