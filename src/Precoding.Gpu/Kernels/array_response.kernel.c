#include "streams.h"

// arrayResponses: h[b][link][m] = sum over p of c_p w_p^m; every realization in use.                                                       [BSP (1), (2)]
//   rays       double [batch][links][P][4]: Re c, Im c, Re w, Im w
//   responses  cplx [batch][links][M]
// m = 512 b + 16 v + i: products of c w^i and w^(512 b + 16 v) from tables, a table's entry by the ones of its number from the lowest on, summed in the order of the
// rays: operation for operation what the processor's engine does, so that both give the same bits.
// One group per (link, ARRAY_ROWS GROUP antennas, realization).
#define ARRAY_SPAN 16
#define ARRAY_BLOCK 32
#define ARRAY_RAYS 16
#define ARRAY_ROWS 4
#define ARRAY_TABLE (ARRAY_ROWS * GROUP / ARRAY_SPAN)
#define ARRAY_SQUARES 10

DEVICE double_cplx double_cplx_multiply(const double_cplx a, const double_cplx b) { return double_cplx_mad(double_cplx_of(0, 0), a, b); }

// w^number of squares[j] = w^(2^j), number < 32
DEVICE double_cplx power_of(const int number, IN_SHARED const double_cplx* squares)
{
    double_cplx power = double_cplx_of(1, 0);
    for (int j = 0; j < 5; j++)
    {
        if (number >> j & 1)
        {
            power = double_cplx_multiply(power, squares[j]);
        }
    }

    return power;
}

KERNEL GROUP_SIZE(GROUP)
void arrayResponses(const int links, const int P, const int M, GLOBAL const double* RESTRICT rays, GLOBAL cplx* RESTRICT responses)
{
    SHARED double_cplx squares[ARRAY_RAYS * ARRAY_SQUARES];
    SHARED cplx low[ARRAY_RAYS * ARRAY_SPAN];
    SHARED cplx high[ARRAY_RAYS * ARRAY_TABLE];
    const wide link = (wide)GROUP_Z * links + GROUP_X;
    const int first_row = GROUP_Y * ARRAY_TABLE;
    cplx sum[ARRAY_ROWS];
    UNROLL
    for (int j = 0; j < ARRAY_ROWS; j++)
    {
        sum[j] = cplx_of(0, 0);
    }

    for (int first = 0; first < P; first += ARRAY_RAYS)
    {
        const int count = P - first < ARRAY_RAYS ? P - first : ARRAY_RAYS;
        GLOBAL const double* ray = rays + (link * P + first) * 4;
        EACH(p, count, GROUP)
        {
            double_cplx power = double_cplx_of(ray[4 * p + 2], ray[4 * p + 3]);
            for (int j = 0; j < ARRAY_SQUARES; j++)
            {
                squares[p * ARRAY_SQUARES + j] = power;
                power = double_cplx_multiply(power, power);
            }
        }

        BARRIER;
        EACH(at, count * ARRAY_SPAN, GROUP)
        {
            const int p = at / ARRAY_SPAN;
            low[at] = rounded(double_cplx_multiply(power_of(at % ARRAY_SPAN, squares + p * ARRAY_SQUARES), double_cplx_of(ray[4 * p], ray[4 * p + 1])));
        }

        EACH(entry, count * ARRAY_TABLE, GROUP)
        {
            const int p = entry / ARRAY_TABLE, row = first_row + entry % ARRAY_TABLE;
            double_cplx blocks = double_cplx_of(1, 0);
            for (int b = 0; b < row / ARRAY_BLOCK; b++)
            {
                blocks = double_cplx_multiply(blocks, squares[p * ARRAY_SQUARES + 9]);
            }

            high[entry] = rounded(double_cplx_multiply(power_of(row % ARRAY_BLOCK, squares + p * ARRAY_SQUARES + 4), blocks));
        }

        BARRIER;
        for (int p = 0; p < count; p++)
        {
            const cplx a = low[p * ARRAY_SPAN + THREAD % ARRAY_SPAN];
            UNROLL
            for (int j = 0; j < ARRAY_ROWS; j++)
            {
                sum[j] = cplx_mad(sum[j], a, high[p * ARRAY_TABLE + (j * GROUP + THREAD) / ARRAY_SPAN]);
            }
        }

        BARRIER;
    }

    UNROLL
    for (int j = 0; j < ARRAY_ROWS; j++)
    {
        const int m = GROUP_Y * ARRAY_ROWS * GROUP + j * GROUP + THREAD;
        if (m < M)
        {
            responses[link * M + m] = sum[j];
        }
    }

    BARRIER;
}
