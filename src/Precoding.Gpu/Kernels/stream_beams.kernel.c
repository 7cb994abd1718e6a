// The update of WMMSE in the antennas, one branch a stream: p_b = (H_l^H F F^H H_l + lambda_l I)^-1 H_l^H F c_b. The yardstick, of order M.                   [NCJT (15)-(17)]
//   images   double [batch][q][M][2], columns of H_l^H F of one access point l
//   systems  double [batch][M][M][2], their Gram matrix and, after its decomposition, eigenvectors as rows;  z  double [batch][branches][M][2]
//   marked   int [batch], 0 where l sends nothing or the realization does not run
#include "streams.h"

// beamImages: one group per (column of F, realization).
//   h  cplx [batch][L][n][M]
KERNEL GROUP_SIZE(STREAM_GROUP)
void beamImages(
    const int L, const int l, const int n, const int N, const int M, const int q, GLOBAL const int* RESTRICT rankUser, GLOBAL const cplx* RESTRICT h, GLOBAL const cplx* RESTRICT factor,
    GLOBAL double* RESTRICT images, GLOBAL const int* RESTRICT marked)
{
    const wide r = GROUP_Z, column = r * q + GROUP_X;
    if (!marked[r])
    {
        return;
    }

    GLOBAL const cplx* H = h + ((r * L + l) * n + rankUser[GROUP_X] * N) * M;
    EACH(m, M, STREAM_GROUP)
    {
        double_cplx sum = double_cplx_of(0, 0);
        for (int a = 0; a < N; a++)
        {
            sum = double_cplx_mad(sum, double_cplx_conjugate(widened(H[(wide)a * M + m])), widened(factor[column * N + a]));
        }

        ((GLOBAL double_cplx*)images)[column * M + m] = sum;
    }
}

// beamSystems: sum over the columns g of g g^H, both triangles. One group per (STREAM_GROUP entries, realization), a thread an entry.
KERNEL GROUP_SIZE(STREAM_GROUP)
void beamSystems(const int M, const int q, GLOBAL const double* RESTRICT images, GLOBAL double* RESTRICT systems, GLOBAL const int* RESTRICT marked)
{
    const wide r = GROUP_Z;
    const int at = GROUP_X * STREAM_GROUP + THREAD, i = at / M, j = at % M;
    if (!marked[r] || at >= M * M || j > i)
    {
        return;
    }

    GLOBAL const double_cplx* g = (GLOBAL const double_cplx*)images + r * q * M;
    double_cplx sum = double_cplx_of(0, 0);
    for (int column = 0; column < q; column++)
    {
        sum = double_cplx_mad(sum, g[(wide)column * M + i], double_cplx_conjugate(g[(wide)column * M + j]));
    }

    store_hermitian(M, (GLOBAL double_cplx*)systems + r * M * M, i, j, sum);
}

// beamTargets: z_b = U^H H_l^H F c_b. One group per (branch, realization).
//   c  double [batch][branches][M][2], H_l^H F c_b
KERNEL GROUP_SIZE(STREAM_GROUP)
void beamTargets(
    const int l, const int M, const int streams, const int q, const int maxRank, GLOBAL const int* RESTRICT rankFirst, GLOBAL const int* RESTRICT userOf,
    GLOBAL const int* RESTRICT accessPoint, GLOBAL const cplx* RESTRICT coefficient, GLOBAL const double* RESTRICT images, GLOBAL const double* RESTRICT systems,
    GLOBAL double* RESTRICT c, GLOBAL double* RESTRICT z, GLOBAL const int* RESTRICT marked)
{
    const int k = userOf[GROUP_X];
    const wide r = GROUP_Z, stream = r * streams + GROUP_X;
    if (accessPoint[stream] != l || !marked[r])
    {
        return;
    }

    GLOBAL const double_cplx* g = (GLOBAL const double_cplx*)images + r * q * M;
    GLOBAL const double_cplx* U = (GLOBAL const double_cplx*)systems + r * M * M;
    GLOBAL double_cplx* C = (GLOBAL double_cplx*)c + stream * M;
    EACH(m, M, STREAM_GROUP)
    {
        double_cplx sum = double_cplx_of(0, 0);
        for (int j = rankFirst[k]; j < rankFirst[k + 1]; j++)
        {
            sum = double_cplx_mad(sum, g[(wide)j * M + m], widened(coefficient[stream * maxRank + j - rankFirst[k]]));
        }

        C[m] = sum;
    }

    BARRIER;
    EACH(m, M, STREAM_GROUP)
    {
        ((GLOBAL double_cplx*)z)[stream * M + m] = eigen_coordinate(M, U, m, 0, M, C);
    }

    BARRIER;
}

// beamsOfTargets: ps_b = U diag(values) z_b and parts_b = |ps_b|^2. One group per (branch, realization), sums by threads, then as a tree.
//   values  double [batch][M];  ps  double [batch][branches][M][2]
KERNEL GROUP_SIZE(STREAM_GROUP)
void beamsOfTargets(
    const int l, const int M, const int streams, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT systems, GLOBAL const double* RESTRICT values,
    GLOBAL const double* RESTRICT z, GLOBAL double* RESTRICT ps, GLOBAL double* RESTRICT parts, GLOBAL const int* RESTRICT marked)
{
    SHARED double scratch[STREAM_GROUP];
    const wide r = GROUP_Z, stream = r * streams + GROUP_X;
    if (accessPoint[stream] != l || !marked[r])
    {
        return;
    }

    GLOBAL const double_cplx* U = (GLOBAL const double_cplx*)systems + r * M * M;
    GLOBAL const double_cplx* Z = (GLOBAL const double_cplx*)z + stream * M;
    double power = 0;
    EACH(i, M, STREAM_GROUP)
    {
        const double_cplx sum = eigen_combination(M, U, values + r * M, Z, i);
        ((GLOBAL double_cplx*)ps)[stream * M + i] = sum;
        power += double_energy(sum);
    }

    store_sum(power, scratch, &parts[stream]);
    BARRIER;
}

// storeBeams: p_b := c_l ps_b for the branches of access point l; 0 for those of nobody. One group per (branch, realization).
//   precoders  cplx [batch][branches][M];  scale  double [batch][L]
KERNEL GROUP_SIZE(STREAM_GROUP)
void storeBeams(
    const int L, const int l, const int M, const int streams, GLOBAL const int* RESTRICT accessPoint, GLOBAL const double* RESTRICT scale, GLOBAL const double* RESTRICT ps,
    GLOBAL cplx* RESTRICT precoders, GLOBAL const int* RESTRICT status)
{
    const wide r = GROUP_Z, stream = r * streams + GROUP_X;
    const int sender = accessPoint[stream];
    if (status[r] != RUNNING || (sender >= 0 && sender != l))
    {
        return;
    }

    EACH(m, M, STREAM_GROUP)
    {
        precoders[stream * M + m] = sender < 0 ? cplx_of(0, 0) : rounded(double_cplx_scale(((GLOBAL const double_cplx*)ps)[stream * M + m], scale[r * L + l]));
    }
}
