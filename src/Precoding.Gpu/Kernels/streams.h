// Streams and their branches. A vector of every branch is [batch][branches][...], branches = streams * B; accessPoint int [batch][branches], -1 where nobody sends.
//   first      int [K + 1], first stream of a user;  rankFirst  int [K + 1], first column of a user's factor F_k in F = blkdiag(F_k), n x q, n = K N
//   userOf     int [streams];  rankUser  int [q], the user of a column of F
//   factor     cplx [batch][q][N], columns of F_k;  coefficient  cplx [batch][streams][maxRank]

// The share of a thread in `count` things, `count` alike for the whole group: rounds that all threads go through, as docs/kernels.md asks where loops meet at waits.
#define EACH(i, count, threads) for (int i##_first = 0, i = THREAD; i##_first < (count); i##_first += (threads), i += (threads)) if (i < (count))

DEVICE double_cplx widened(const cplx a) { return double_cplx_of(a.x, a.y); }

DEVICE cplx rounded(const double_cplx a) { return cplx_of((real)a.x, (real)a.y); }

DEVICE double_cplx double_cplx_add(const double_cplx a, const double_cplx b) { return double_cplx_of(a.x + b.x, a.y + b.y); }

// sum - a * b
DEVICE double_cplx double_cplx_msub(const double_cplx sum, const double_cplx a, const double_cplx b) { return double_cplx_mad(sum, double_cplx_of(-a.x, -a.y), b); }

// sum + factor * a
DEVICE double_cplx double_cplx_axpy(const double_cplx sum, const double factor, const double_cplx a) { return double_cplx_add(sum, double_cplx_scale(a, factor)); }

// Re(conj(a) b)
DEVICE double double_inner(const double_cplx a, const double_cplx b) { return a.x * b.x + a.y * b.y; }

// Row `row` of what all users hear of a stream: the sum over its B branches of one realization's images.
DEVICE double_cplx stream_channel(const int B, const int n, GLOBAL const cplx* e, const int stream, const int row)
{
    double_cplx sum = widened(e[(wide)stream * B * n + row]);
    for (int b = 1; b < B; b++)
    {
        sum = double_cplx_add(sum, widened(e[((wide)stream * B + b) * n + row]));
    }

    return sum;
}

// *to := the sum of a group of STREAM_GROUP, by threads, then as a tree.
DEVICE void store_sum(const double value, IN_SHARED double* scratch, GLOBAL double* to)
{
    const double sum = sum_of_threads(STREAM_GROUP, value, scratch);
    if (THREAD == 0)
    {
        *to = sum;
    }

    BARRIER;
}

// Row i of a Hermitian matrix times x, in double; neighbouring threads read neighbouring numbers. hermitian_image: of what is stored.
DEVICE double_cplx hermitian_row(const int n, GLOBAL const cplx* G, const int i, GLOBAL const double_cplx* x)
{
    double_cplx sum = double_cplx_of(0, 0);
    for (int j = 0; j < n; j++)
    {
        sum = double_cplx_mad(sum, double_cplx_conjugate(widened(G[(wide)j * n + i])), x[j]);
    }

    return sum;
}

DEVICE cplx hermitian_image(const int n, GLOBAL const cplx* G, const int i, GLOBAL const cplx* x)
{
    double_cplx sum = double_cplx_of(0, 0);
    for (int j = 0; j < n; j++)
    {
        sum = double_cplx_mad(sum, double_cplx_conjugate(widened(G[(wide)j * n + i])), widened(x[j]));
    }

    return rounded(sum);
}

// Entry (i, j) of a Hermitian matrix of order n and its mirror; of the diagonal the real part.
DEVICE void store_hermitian(const int n, GLOBAL double_cplx* A, const int i, const int j, const double_cplx entry)
{
    A[(wide)i * n + j] = i == j ? double_cplx_of(entry.x, 0) : entry;
    A[(wide)j * n + i] = i == j ? double_cplx_of(entry.x, 0) : double_cplx_conjugate(entry);
}

// Entry m of U^H c, where c has nothing before `begin` and from `end` on; U holds n eigenvectors as rows.
DEVICE double_cplx eigen_coordinate(const int n, GLOBAL const double_cplx* U, const int m, const int begin, const int end, GLOBAL const double_cplx* c)
{
    double_cplx sum = double_cplx_of(0, 0);
    for (int j = begin; j < end; j++)
    {
        sum = double_cplx_mad(sum, double_cplx_conjugate(U[(wide)m * n + j]), c[j]);
    }

    return sum;
}

// Entry j of U diag(values) z.
DEVICE double_cplx eigen_combination(const int n, GLOBAL const double_cplx* U, GLOBAL const double* values, GLOBAL const double_cplx* z, const int j)
{
    double_cplx sum = double_cplx_of(0, 0);
    for (int m = 0; m < n; m++)
    {
        sum = double_cplx_mad(sum, double_cplx_scale(U[(wide)m * n + j], values[m]), z[m]);
    }

    return sum;
}

// How many earlier streams of the user the same access point sends; streams are looked at by their first branch.
DEVICE int place_of(const int B, GLOBAL const int* accessPoint, const int first, const int stream)
{
    int place = 0;
    for (int other = first; other < stream; other++)
    {
        place += accessPoint[other * B] == accessPoint[stream * B];
    }

    return place;
}

// The lower triangle of a positive definite matrix of order n becomes its Cholesky factor, by all `threads` of a group, column after column. Matrices here are the
// identity and something positive semidefinite: pivots below 1 are rounding and are taken for 1; what is no number stays none.
DEVICE void unit_cholesky(const int threads, const int n, GLOBAL double_cplx* A)
{
    BARRIER;
    for (int c = 0; c < n; c++)
    {
        const double pivot = A[c * n + c].x, root = SQRT(pivot < 1 ? 1 : pivot);
        BARRIER;
        EACH(below, n - c, threads)
        {
            const int i = c + below;
            A[i * n + c] = i == c ? double_cplx_of(root, 0) : double_cplx_scale(A[i * n + c], 1 / root);
        }

        BARRIER;
        EACH(at, n * n, threads)
        {
            const int i = at / n, j = at % n;
            if (j > c && j <= i)
            {
                A[at] = double_cplx_msub(A[at], A[i * n + c], double_cplx_conjugate(A[j * n + c]));
            }
        }

        BARRIER;
    }
}

// Inner products of an access point are sums over its branches; a thread sums a branch, row after row, and whoever needs an access point's sum adds its branches in order.
// parts[s] := Re<a_s, b_s> for all streams of a realization, by a group of GROUP.
DEVICE void branch_products(const int streams, const int n, GLOBAL const cplx* a, GLOBAL const cplx* b, GLOBAL double* parts)
{
    EACH(s, streams, GROUP)
    {
        double sum = 0;
        for (int i = 0; i < n; i++)
        {
            sum += inner(a[(wide)s * n + i], b[(wide)s * n + i]);
        }

        parts[s] = sum;
    }

    BARRIER;
}

// The sum of l's parts; of all that somebody sends where l is -1.
DEVICE double point_sum(const int streams, const int l, GLOBAL const int* accessPoint, GLOBAL const double* parts)
{
    double sum = 0;
    for (int s = 0; s < streams; s++)
    {
        sum += accessPoint[s] >= 0 && (l < 0 || accessPoint[s] == l) ? parts[s] : 0;
    }

    return sum;
}

// sums[l] := l's sum of parts.
DEVICE void point_sums(const int streams, const int L, GLOBAL const int* accessPoint, GLOBAL const double* parts, GLOBAL double* sums)
{
    EACH(l, L, GROUP)
    {
        sums[l] = point_sum(streams, l, accessPoint, parts);
    }

    BARRIER;
}
