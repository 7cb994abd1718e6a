// Jacobi's method where its memory lies: a kernel file includes this once for every address space, with two words defined that end here.
//   PLACE           GLOBAL or IN_SHARED
//   IN_PLACE(name)  what the function is called there

// The turns that make a_pq of this round's pairs zero, and the diagonal after them; pairs whose a_pq is at most `negligible` stay.
DEVICE void IN_PLACE(find_turns)(const int n, const int m, const int round, const double negligible, PLACE double_cplx* A, PLACE double* turns)
{
    for (int i = THREAD; i < m / 2; i += GROUP)
    {
        int p, q;
        pair_of(m, round, i, &p, &q);
        double c = 1, sine = 0, shift = 0;
        double_cplx phase = double_cplx_of(0, 0);
        if (q < n)
        {
            const double_cplx off = A[(wide)p * n + q];
            const double magnitude = SQRT(double_energy(off));
            if (magnitude > negligible)
            {
                const double a = A[(wide)p * n + p].x, d = A[(wide)q * n + q].x, ratio = (d - a) / (2 * magnitude);
                const double tangent = ratio < 0 ? -1 / (SQRT(1 + ratio * ratio) - ratio) : 1 / (SQRT(1 + ratio * ratio) + ratio); // the smaller root
                c = 1 / SQRT(1 + tangent * tangent);
                sine = tangent * c;
                shift = tangent * magnitude;
                phase = double_cplx_scale(off, 1 / magnitude);
                A[(wide)p * n + p] = double_cplx_of(a - shift, 0);
                A[(wide)q * n + q] = double_cplx_of(d + shift, 0);
                A[(wide)p * n + q] = double_cplx_of(0, 0);
                A[(wide)q * n + p] = double_cplx_of(0, 0);
            }
        }

        turns[i * TURN_NUMBERS] = c;
        turns[i * TURN_NUMBERS + 1] = sine * phase.x;
        turns[i * TURN_NUMBERS + 2] = sine * phase.y;
        turns[i * TURN_NUMBERS + 3] = shift;
    }

    BARRIER;
}

// A := J^H A J outside the pairs' own diagonal blocks, a 2 x 2 block a thread, the block above the diagonal and its mirror image; vectors := vectors J.
DEVICE void IN_PLACE(apply_turns)(const int n, const int m, const int round, PLACE const double* turns, PLACE double_cplx* A, PLACE double_cplx* vectors)
{
    const int pairs = m / 2;
    int distance = 1 + THREAD / pairs, one = THREAD % pairs; // the pairs i < j of pairs by their distance around the ring of all: nobody draws a blank, nobody divides
    for (int at = THREAD; at < pairs * (pairs - 1) / 2; at += GROUP)
    {
        const int end = one + distance, other = end < pairs ? end : end - pairs, i = one < other ? one : other, j = one < other ? other : one;
        PLACE const double* left = turns + i * TURN_NUMBERS;
        PLACE const double* right = turns + j * TURN_NUMBERS;
        if (left[3] != 0 || right[3] != 0)
        {
            int row[2], column[2];
            pair_of(m, round, i, &row[0], &row[1]);
            pair_of(m, round, j, &column[0], &column[1]);
            double_cplx block[4];
            UNROLL
            for (int e = 0; e < 4; e++)
            {
                block[e] = row[e / 2] < n && column[e % 2] < n ? A[(wide)row[e / 2] * n + column[e % 2]] : double_cplx_of(0, 0);
            }

            const double_cplx sineLeft = double_cplx_of(left[1], -left[2]), sineRight = double_cplx_of(right[1], right[2]);
            turn(right[0], sineRight, &block[0], &block[1]);
            turn(right[0], sineRight, &block[2], &block[3]);
            turn(left[0], sineLeft, &block[0], &block[2]); // J^H from the left: the conjugate sine
            turn(left[0], sineLeft, &block[1], &block[3]);
            UNROLL
            for (int e = 0; e < 4; e++)
            {
                if (row[e / 2] < n && column[e % 2] < n)
                {
                    A[(wide)row[e / 2] * n + column[e % 2]] = block[e];
                    A[(wide)column[e % 2] * n + row[e / 2]] = double_cplx_conjugate(block[e]);
                }
            }
        }

        distance += GROUP / pairs + (one + GROUP % pairs >= pairs);
        one += GROUP % pairs - (one + GROUP % pairs >= pairs ? pairs : 0);
    }

    int i = THREAD / n, k = THREAD % n;
    for (int at = THREAD; at < pairs * n; at += GROUP)
    {
        PLACE const double* own = turns + i * TURN_NUMBERS;
        if (own[3] != 0)
        {
            int p, q;
            pair_of(m, round, i, &p, &q);
            double_cplx first = vectors[(wide)p * n + k], second = vectors[(wide)q * n + k];
            turn(own[0], double_cplx_of(own[1], own[2]), &first, &second);
            vectors[(wide)p * n + k] = first;
            vectors[(wide)q * n + k] = second;
        }

        i += GROUP / n + (k + GROUP % n >= n);
        k += GROUP % n - (k + GROUP % n >= n ? n : 0);
    }

    BARRIER;
}

// A = U diag(values) U^H; the whole group calls, once A is written. The entries off the diagonal end with a norm of at most 2^-52 of A's. Returns 0 where A holds
// what is not finite. `scratch` has GROUP entries.
DEVICE int IN_PLACE(hermitian_eigen)(
    const int n, PLACE double_cplx* A, PLACE double_cplx* vectors, PLACE double* values, PLACE double* turns, IN_SHARED double* scratch)
{
    const int m = n + n % 2;
    double largest = 0, norm = 0;
    for (int at = THREAD; at < n * n; at += GROUP)
    {
        const double_cplx value = A[at];
        const double x = value.x < 0 ? -value.x : value.x, y = value.y < 0 ? -value.y : value.y;
        largest = x > largest ? x : largest;
        largest = y > largest ? y : largest;
        vectors[at] = double_cplx_of(at / n == at % n ? 1 : 0, 0);
    }

    largest = group_max(largest, scratch);
    const double unit = largest > 1e-290 ? largest : 1; // so that squares stay in range
    for (int at = THREAD; at < n * n; at += GROUP)
    {
        A[at] = double_cplx_scale(A[at], 1 / unit);
        norm += double_energy(A[at]);
    }

    norm = group_sum(norm, scratch);
    if (!is_finite(norm))
    {
        return 0;
    }

    const double sought = DOUBLE_EPSILON * SQRT(norm);
    for (int sweep = 0; sweep < MOST_SWEEPS; sweep++)
    {
        double off = 0;
        for (int at = THREAD; at < n * n; at += GROUP)
        {
            off += at / n == at % n ? 0 : double_energy(A[at]);
        }

        if (!(SQRT(group_sum(off, scratch)) > sought))
        {
            break;
        }

        for (int round = 0; round < m - 1; round++)
        {
            IN_PLACE(find_turns)(n, m, round, sought / n, A, turns);
            IN_PLACE(apply_turns)(n, m, round, turns, A, vectors);
        }
    }

    for (int i = THREAD; i < n; i += GROUP)
    {
        values[i] = A[(wide)i * n + i].x * unit;
    }

    BARRIER;
    return 1;
}

#undef PLACE
#undef IN_PLACE
