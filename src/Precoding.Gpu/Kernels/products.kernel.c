// Batched complex products C = op(A) op(B) of dense row-major matrices, [coherent.md sections 4 and 5]. For kernel product_XY, X says how A is read and Y how B is:
//   n as stored, t transposed, j conjugated, h conjugated and transposed
//   A  cplx, rows x inner once read;  B  cplx, inner x columns once read;  C  cplx [rows][columns]
// Matrices are found at offset + b*realization + block*stride, in elements. With segments > 1, C = sum over segments of op(A_s) op(B_s), where `stride` steps from
// segment to segment instead (and there is one block).
// One group per (tile of C, block, realization). TILE_INNER columns of op(A) and rows of op(B) are staged in shared memory at a time, the next ones fetched
// meanwhile; a thread owns LANE_ROWS x LANE_COLUMNS entries and sums in the order of the inner index: tiles do not change a result.
#define LANES_X (TILE_COLUMNS / LANE_COLUMNS)
#define LANES_Y (TILE_ROWS / LANE_ROWS)
#define FETCHED_A (TILE_INNER * TILE_ROWS / TILE_GROUP)
#define FETCHED_B (TILE_INNER * TILE_COLUMNS / TILE_GROUP)
#define PITCH_A (TILE_ROWS + 1)
#define PITCH_B (TILE_COLUMNS + 1)

// Element (row, k) of op(A), 0 outside.
DEVICE cplx read_left(const int transpose, const int conjugate, const int rows, const int inner, GLOBAL const cplx* A, const int row, const int k)
{
    if (row >= rows || k >= inner)
    {
        return cplx_of(0, 0);
    }

    const cplx value = transpose ? A[(wide)k * rows + row] : A[(wide)row * inner + k];
    return conjugate ? cplx_conjugate(value) : value;
}

// Fetches the tiles of a step into registers; threads run along what is contiguous in memory.
DEVICE void fetch_tiles(
    const int transposeA, const int conjugateA, const int transposeB, const int conjugateB, const int rows, const int columns, const int inner,
    GLOBAL const cplx* A, GLOBAL const cplx* B, const int firstRow, const int firstColumn, const int firstInner, cplx* nextA, cplx* nextB)
{
    UNROLL
    for (int i = 0; i < FETCHED_A; i++)
    {
        const int at = i * TILE_GROUP + THREAD, row = transposeA ? at % TILE_ROWS : at / TILE_INNER, k = transposeA ? at / TILE_ROWS : at % TILE_INNER;
        nextA[i] = read_left(transposeA, conjugateA, rows, inner, A, firstRow + row, firstInner + k);
    }

    UNROLL
    for (int i = 0; i < FETCHED_B; i++)
    {
        const int at = i * TILE_GROUP + THREAD, column = transposeB ? at / TILE_INNER : at % TILE_COLUMNS, k = transposeB ? at % TILE_INNER : at / TILE_COLUMNS;
        nextB[i] = read_left(!transposeB, conjugateB, columns, inner, B, firstColumn + column, firstInner + k); // B is its own transpose's left factor
    }
}

DEVICE void product_tile(
    const int transposeA, const int conjugateA, const int transposeB, const int conjugateB, const int hermitian, const int rows, const int columns, const int inner,
    const int segments, GLOBAL const cplx* A, const wide segmentA, GLOBAL const cplx* B, const wide segmentB, GLOBAL cplx* C, IN_SHARED cplx* a, IN_SHARED cplx* b)
{
    const int tilesAcross = (columns + TILE_COLUMNS - 1) / TILE_COLUMNS;
    const int firstRow = GROUP_X / tilesAcross * TILE_ROWS, firstColumn = GROUP_X % tilesAcross * TILE_COLUMNS;
    if (hermitian && firstColumn > firstRow)
    {
        return; // written with its mirror image
    }

    const int x = THREAD % LANES_X, y = THREAD / LANES_X, stepsPerSegment = (inner + TILE_INNER - 1) / TILE_INNER, steps = segments * stepsPerSegment;
    cplx sum[LANE_ROWS * LANE_COLUMNS], nextA[FETCHED_A], nextB[FETCHED_B];
    UNROLL
    for (int i = 0; i < LANE_ROWS * LANE_COLUMNS; i++)
    {
        sum[i] = cplx_of(0, 0);
    }

    fetch_tiles(transposeA, conjugateA, transposeB, conjugateB, rows, columns, inner, A, B, firstRow, firstColumn, 0, nextA, nextB);
    for (int step = 0; step < steps; step++)
    {
        UNROLL
        for (int i = 0; i < FETCHED_A; i++)
        {
            const int at = i * TILE_GROUP + THREAD, row = transposeA ? at % TILE_ROWS : at / TILE_INNER, k = transposeA ? at / TILE_ROWS : at % TILE_INNER;
            a[k * PITCH_A + row] = nextA[i];
        }

        UNROLL
        for (int i = 0; i < FETCHED_B; i++)
        {
            const int at = i * TILE_GROUP + THREAD, column = transposeB ? at / TILE_INNER : at % TILE_COLUMNS, k = transposeB ? at % TILE_INNER : at / TILE_COLUMNS;
            b[k * PITCH_B + column] = nextB[i];
        }

        BARRIER;
        if (step + 1 < steps)
        {
            const int segment = (step + 1) / stepsPerSegment, firstInner = (step + 1) % stepsPerSegment * TILE_INNER;
            fetch_tiles(
                transposeA, conjugateA, transposeB, conjugateB, rows, columns, inner, A + segment * segmentA, B + segment * segmentB, firstRow, firstColumn, firstInner, nextA, nextB);
        }

        UNROLL
        for (int k = 0; k < TILE_INNER; k++)
        {
            cplx left[LANE_ROWS], right[LANE_COLUMNS];
            UNROLL
            for (int i = 0; i < LANE_ROWS; i++)
            {
                left[i] = a[k * PITCH_A + y + i * LANES_Y];
            }

            UNROLL
            for (int j = 0; j < LANE_COLUMNS; j++)
            {
                right[j] = b[k * PITCH_B + x + j * LANES_X];
            }

            UNROLL
            for (int i = 0; i < LANE_ROWS; i++)
            {
                UNROLL
                for (int j = 0; j < LANE_COLUMNS; j++)
                {
                    sum[i * LANE_COLUMNS + j] = cplx_mad(sum[i * LANE_COLUMNS + j], left[i], right[j]);
                }
            }
        }

        BARRIER;
    }

    UNROLL
    for (int i = 0; i < LANE_ROWS; i++)
    {
        UNROLL
        for (int j = 0; j < LANE_COLUMNS; j++)
        {
            const int row = firstRow + y + i * LANES_Y, column = firstColumn + x + j * LANES_X;
            if (row < rows && column < columns)
            {
                const cplx value = sum[i * LANE_COLUMNS + j];
                if (!hermitian)
                {
                    C[(wide)row * columns + column] = value;
                }
                else if (row == column)
                {
                    C[(wide)row * columns + column] = cplx_of(value.x, 0);
                }
                else if (row > column)
                {
                    C[(wide)row * columns + column] = value;
                    C[(wide)column * columns + row] = cplx_conjugate(value);
                }
            }
        }
    }
}

#define PRODUCT(transposeA, conjugateA, transposeB, conjugateB, hermitian)                                                                                       \
    SHARED cplx a[TILE_INNER * PITCH_A];                                                                                                                         \
    SHARED cplx b[TILE_INNER * PITCH_B];                                                                                                                         \
    if (!everyStatus && status[GROUP_Z] != RUNNING)                                                                                                              \
    {                                                                                                                                                            \
        return;                                                                                                                                                  \
    }                                                                                                                                                            \
    product_tile(                                                                                                                                                \
        transposeA, conjugateA, transposeB, conjugateB, hermitian, rows, columns, inner, segments,                                                               \
        A + offsetA + (wide)GROUP_Z * realizationA + (wide)GROUP_Y * strideA, strideA, B + offsetB + (wide)GROUP_Z * realizationB + (wide)GROUP_Y * strideB,      \
        strideB, C + offsetC + (wide)GROUP_Z * realizationC + (wide)GROUP_Y * strideC, a, b)

KERNEL GROUP_SIZE(TILE_GROUP)
void product_nn(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(0, 0, 0, 0, 0);
    BARRIER;
}

KERNEL GROUP_SIZE(TILE_GROUP)
void product_tn(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(1, 0, 0, 0, 0);
    BARRIER;
}

KERNEL GROUP_SIZE(TILE_GROUP)
void product_jt(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(0, 1, 1, 0, 0);
    BARRIER;
}

KERNEL GROUP_SIZE(TILE_GROUP)
void product_nh(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(0, 0, 1, 1, 0);
    BARRIER;
}

// product_gram_XY: as product_XY of A with itself: only tiles on and below the diagonal are computed, the rest are their mirror images, the diagonal is real.
KERNEL GROUP_SIZE(TILE_GROUP)
void product_gram_jt(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(0, 1, 1, 0, 1);
    BARRIER;
}

KERNEL GROUP_SIZE(TILE_GROUP)
void product_gram_nh(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    PRODUCT(0, 0, 1, 1, 1);
    BARRIER;
}
