// product_split: C = A B as product_nn of products.kernel.c, with the arithmetic of tensor cores in single precision. Every number is split into two of
// TensorFloat-32, x = high + low with 11 + 11 significant bits, and of the four products of two such numbers the three larger ones are kept: what is lost
// is less than 2^-20 |x||y|, where a product in single precision is rounded by 2^-24.
// One group per (tile of SPLIT_TILE x SPLIT_TILE, block, realization); four warps, each SPLIT_WARP x SPLIT_WARP of the tile in pieces of 16 x 8. The terms are
// added in the order of the inner index, eight at a time.
#define SPLIT_TILE 64
#define SPLIT_WARP 32
#define SPLIT_INNER 8
#define PITCH_A (SPLIT_INNER + 1)
#define PITCH_B (SPLIT_TILE + 1)
#define PIECES_DOWN (SPLIT_WARP / 16)
#define PIECES_ACROSS (SPLIT_WARP / 8)
#define HIGH 0
#define LOW 1

// The nearest number of TensorFloat-32: ten bits after the leading one, halves away from zero.
DEVICE float nearest_tensor_float(const float value)
{
    union { float number; unsigned bits; } x;
    x.number = value;
    x.bits = (x.bits + 0x1000u) & 0xffffe000u;
    return x.number;
}

DEVICE void split(const float value, float* high, float* low)
{
    *high = nearest_tensor_float(value);
    *low = nearest_tensor_float(value - *high);
}

// c += x y from the parts of both
DEVICE void multiply_split(float* c, const float* highX, const float* lowX, const float* highY, const float* lowY, IN_SHARED float* exchange)
{
    tensor_multiply(c, lowX, highY, exchange);
    tensor_multiply(c, highX, lowY, exchange);
    tensor_multiply(c, highX, highY, exchange);
}

KERNEL GROUP_SIZE(SPLIT_GROUP)
void product_split(
    const int rows, const int columns, const int inner, const int segments, const int offsetA, const int realizationA, const int strideA, const int offsetB,
    const int realizationB, const int strideB, const int offsetC, const int realizationC, const int strideC, GLOBAL const cplx* RESTRICT A,
    GLOBAL const cplx* RESTRICT B, GLOBAL cplx* RESTRICT C, const int everyStatus, GLOBAL const int* RESTRICT status)
{
    SHARED cplx a[SPLIT_TILE * PITCH_A];
    SHARED cplx b[SPLIT_INNER * PITCH_B];
    SHARED float exchange[SPLIT_GROUP / 32 * 192];
    if (!everyStatus && status[GROUP_Z] != RUNNING)
    {
        return;
    }

    const int tilesAcross = (columns + SPLIT_TILE - 1) / SPLIT_TILE, firstRow = GROUP_X / tilesAcross * SPLIT_TILE, firstColumn = GROUP_X % tilesAcross * SPLIT_TILE;
    const int warp = THREAD / 32, g = THREAD % 32 / 4, t = THREAD % 4, warpRow = warp / 2 * SPLIT_WARP, warpColumn = warp % 2 * SPLIT_WARP;
    const int stepsPerSegment = (inner + SPLIT_INNER - 1) / SPLIT_INNER;
    float re[PIECES_DOWN * PIECES_ACROSS * 4], im[PIECES_DOWN * PIECES_ACROSS * 4];
    UNROLL
    for (int i = 0; i < PIECES_DOWN * PIECES_ACROSS * 4; i++)
    {
        re[i] = 0;
        im[i] = 0;
    }

    for (int step = 0; step < segments * stepsPerSegment; step++)
    {
        const int firstInner = step % stepsPerSegment * SPLIT_INNER;
        GLOBAL const cplx* left = A + offsetA + (wide)GROUP_Z * realizationA + (wide)GROUP_Y * strideA + (wide)(step / stepsPerSegment) * strideA;
        GLOBAL const cplx* right = B + offsetB + (wide)GROUP_Z * realizationB + (wide)GROUP_Y * strideB + (wide)(step / stepsPerSegment) * strideB;
        for (int at = THREAD; at < SPLIT_TILE * SPLIT_INNER; at += SPLIT_GROUP)
        {
            const int row = firstRow + at / SPLIT_INNER, k = firstInner + at % SPLIT_INNER;
            a[at / SPLIT_INNER * PITCH_A + at % SPLIT_INNER] = row < rows && k < inner ? left[(wide)row * inner + k] : cplx_of(0, 0);
        }

        for (int at = THREAD; at < SPLIT_TILE * SPLIT_INNER; at += SPLIT_GROUP)
        {
            const int k = firstInner + at / SPLIT_TILE, column = firstColumn + at % SPLIT_TILE;
            b[at / SPLIT_TILE * PITCH_B + at % SPLIT_TILE] = k < inner && column < columns ? right[(wide)k * columns + column] : cplx_of(0, 0);
        }

        BARRIER;
        UNROLL
        for (int down = 0; down < PIECES_DOWN; down++)
        {
            float aRe[2][4], aIm[2][4], minusIm[2][4];
            UNROLL
            for (int i = 0; i < 4; i++)
            {
                const cplx value = a[(warpRow + down * 16 + g + i % 2 * 8) * PITCH_A + t + i / 2 * 4];
                split((float)value.x, &aRe[HIGH][i], &aRe[LOW][i]);
                split((float)value.y, &aIm[HIGH][i], &aIm[LOW][i]);
                minusIm[HIGH][i] = -aIm[HIGH][i];
                minusIm[LOW][i] = -aIm[LOW][i];
            }

            UNROLL
            for (int across = 0; across < PIECES_ACROSS; across++)
            {
                float bRe[2][2], bIm[2][2];
                UNROLL
                for (int i = 0; i < 2; i++)
                {
                    const cplx value = b[(t + i * 4) * PITCH_B + warpColumn + across * 8 + g];
                    split((float)value.x, &bRe[HIGH][i], &bRe[LOW][i]);
                    split((float)value.y, &bIm[HIGH][i], &bIm[LOW][i]);
                }

                float* sumRe = re + (down * PIECES_ACROSS + across) * 4;
                float* sumIm = im + (down * PIECES_ACROSS + across) * 4;
                multiply_split(sumRe, aRe[HIGH], aRe[LOW], bRe[HIGH], bRe[LOW], exchange);
                multiply_split(sumRe, minusIm[HIGH], minusIm[LOW], bIm[HIGH], bIm[LOW], exchange);
                multiply_split(sumIm, aRe[HIGH], aRe[LOW], bIm[HIGH], bIm[LOW], exchange);
                multiply_split(sumIm, aIm[HIGH], aIm[LOW], bRe[HIGH], bRe[LOW], exchange);
            }
        }

        BARRIER;
    }

    GLOBAL cplx* result = C + offsetC + (wide)GROUP_Z * realizationC + (wide)GROUP_Y * strideC;
    UNROLL
    for (int i = 0; i < PIECES_DOWN * PIECES_ACROSS * 4; i++)
    {
        const int piece = i / 4, row = firstRow + warpRow + piece / PIECES_ACROSS * 16 + g + i % 4 / 2 * 8;
        const int column = firstColumn + warpColumn + piece % PIECES_ACROSS * 8 + 2 * t + i % 2;
        if (row < rows && column < columns)
        {
            result[(wide)row * columns + column] = cplx_of(re[i], im[i]);
        }
    }

    BARRIER;
}
