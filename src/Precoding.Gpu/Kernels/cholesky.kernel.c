// Batched Hermitian systems A Z = B, A = L L^H positive definite of order n, in blocks of BLOCK.                              [coherent.md sections 4 and 6]
//   a         cplx [batch][n][n], the lower triangle, replaced by L below its diagonal blocks
//   inverses  cplx [batch][n/BLOCK up][BLOCK][BLOCK], the inverses L_jj^-H of the adjoint diagonal blocks, which is all that the solves need of them
//   b         cplx [batch][n][columns], replaced by the solution
//   open      int [batch], systems that are 0 there are left out
// A system that is not positive definite gives numbers that are not finite. Blocks at the edge are completed with those of the identity.
#define BLOCK_SIZE (BLOCK * BLOCK)
#define PANEL_PER_THREAD (2 * BLOCK_SIZE / BLOCK_GROUP)
#define PER_THREAD (BLOCK_SIZE / BLOCK_GROUP)
#define PITCH (BLOCK + 1)

// Block (rows from `row`, columns from `column`) of a dense rows x columns matrix, element i of this thread; beyond the edge that of the identity.
DEVICE cplx read_block(const int rows, const int columns, GLOBAL const cplx* A, const int row, const int column, const int i)
{
    const int r = row + i / BLOCK, c = column + i % BLOCK;
    return r < rows && c < columns ? A[(wide)r * columns + c] : cplx_of(r == c ? 1 : 0, 0);
}

// choleskyColumn: block column j of L. Left-looking, one launch a column: every group forms and factors the diagonal block for itself, and below it its own
// block of rows; the group of the diagonal block solves for the inverse instead.
// One group per (row block from j on, realization). In shared memory two blocks, D = L_jj below and B under it, are worked on together, column by column:
// after column c, B holds column c of B L_jj^-H. They take the place of the two blocks of L that the sums are made of: 33 KiB where BLOCK is 32 in double.
KERNEL GROUP_SIZE(BLOCK_GROUP)
void choleskyColumn(const int n, const int j, GLOBAL cplx* RESTRICT a, GLOBAL cplx* RESTRICT inverses, GLOBAL const int* RESTRICT open)
{
    SHARED cplx panel[2 * BLOCK * PITCH];
    IN_SHARED cplx* left = panel;
    IN_SHARED cplx* below = panel + BLOCK * PITCH;
    const int blocks = (n + BLOCK - 1) / BLOCK, i = j + GROUP_X, isDiagonal = GROUP_X == 0;
    if (!open[GROUP_Z])
    {
        return;
    }

    GLOBAL cplx* A = a + (wide)GROUP_Z * n * n;
    cplx sum[PANEL_PER_THREAD];
    UNROLL
    for (int e = 0; e < PANEL_PER_THREAD; e++)
    {
        const int at = e * BLOCK_GROUP + THREAD, inBlock = at % BLOCK_SIZE;
        sum[e] = at < BLOCK_SIZE ? read_block(n, n, A, j * BLOCK, j * BLOCK, inBlock)
            : isDiagonal ? cplx_of(inBlock / BLOCK == inBlock % BLOCK ? 1 : 0, 0)
            : read_block(n, n, A, i * BLOCK, j * BLOCK, inBlock);
    }

    for (int p = 0; p < j; p++)
    {
        UNROLL
        for (int e = 0; e < PER_THREAD; e++)
        {
            const int at = e * BLOCK_GROUP + THREAD;
            left[at / BLOCK * PITCH + at % BLOCK] = read_block(n, n, A, j * BLOCK, p * BLOCK, at);
            below[at / BLOCK * PITCH + at % BLOCK] = read_block(n, n, A, i * BLOCK, p * BLOCK, at);
        }

        BARRIER;
        for (int k = 0; k < BLOCK; k++)
        {
            UNROLL
            for (int e = 0; e < PANEL_PER_THREAD; e++)
            {
                const int at = e * BLOCK_GROUP + THREAD, inBlock = at % BLOCK_SIZE, row = inBlock / BLOCK, column = inBlock % BLOCK;
                if (at < BLOCK_SIZE || !isDiagonal)
                {
                    const cplx factor = at < BLOCK_SIZE ? left[row * PITCH + k] : below[row * PITCH + k];
                    sum[e] = cplx_msub(sum[e], factor, cplx_conjugate(left[column * PITCH + k]));
                }
            }
        }

        BARRIER;
    }

    UNROLL
    for (int e = 0; e < PANEL_PER_THREAD; e++)
    {
        const int at = e * BLOCK_GROUP + THREAD;
        panel[at / BLOCK * PITCH + at % BLOCK] = sum[e];
    }

    BARRIER;
    for (int c = 0; c < BLOCK; c++)
    {
        const real inverse = 1 / REAL_SQRT(panel[c * PITCH + c].x); // not a number where the system is not positive definite
        BARRIER;
        for (int row = THREAD; row < 2 * BLOCK; row += BLOCK_GROUP)
        {
            if (row >= c)
            {
                panel[row * PITCH + c] = row == c ? cplx_of(panel[row * PITCH + c].x * inverse, 0) : cplx_scale(panel[row * PITCH + c], inverse);
            }
        }

        BARRIER;
        for (int at = THREAD; at < 2 * BLOCK_SIZE; at += BLOCK_GROUP)
        {
            const int row = at / BLOCK, column = at % BLOCK;
            if (column > c && row >= column)
            {
                panel[row * PITCH + column] = cplx_msub(panel[row * PITCH + column], panel[row * PITCH + c], cplx_conjugate(panel[column * PITCH + c]));
            }
        }

        BARRIER;
    }

    for (int at = THREAD; at < BLOCK_SIZE; at += BLOCK_GROUP)
    {
        const int row = at / BLOCK, column = at % BLOCK;
        const cplx value = panel[(BLOCK + row) * PITCH + column];
        if (isDiagonal)
        {
            inverses[((wide)GROUP_Z * blocks + j) * BLOCK_SIZE + at] = value;
        }
        else if (i * BLOCK + row < n)
        {
            A[(wide)(i * BLOCK + row) * n + j * BLOCK + column] = value;
        }
    }

    BARRIER;
}

// sum -= op(left) right for BLOCK x BLOCK blocks in shared memory; op takes the adjoint where `adjoint` is set. With `add` it adds.
DEVICE void block_product(cplx* sum, const int adjoint, const int add, IN_SHARED const cplx* left, IN_SHARED const cplx* right)
{
    for (int k = 0; k < BLOCK; k++)
    {
        UNROLL
        for (int e = 0; e < PER_THREAD; e++)
        {
            const int at = e * BLOCK_GROUP + THREAD, row = at / BLOCK, column = at % BLOCK;
            const cplx factor = adjoint ? cplx_conjugate(left[k * PITCH + row]) : left[row * PITCH + k];
            sum[e] = add ? cplx_mad(sum[e], factor, right[k * PITCH + column]) : cplx_msub(sum[e], factor, right[k * PITCH + column]);
        }
    }
}

// Rows of block i of this group's columns: B_i := op(inverse_i) (Y_i - sum over p of op(L) B_p), the inner step of both solves; Y may be B. Returns |B_i|^2, this
// thread's share.
DEVICE double solve_block(
    const int n, const int columns, const int i, const int backward, GLOBAL const cplx* A, GLOBAL const cplx* inverse, GLOBAL const cplx* Y, GLOBAL cplx* B,
    IN_SHARED cplx* left, IN_SHARED cplx* right)
{
    const int blocks = (n + BLOCK - 1) / BLOCK, firstColumn = GROUP_X * BLOCK;
    cplx sum[PER_THREAD];
    UNROLL
    for (int e = 0; e < PER_THREAD; e++)
    {
        const int at = e * BLOCK_GROUP + THREAD, row = i * BLOCK + at / BLOCK, column = firstColumn + at % BLOCK;
        sum[e] = row < n && column < columns ? Y[(wide)row * columns + column] : cplx_of(0, 0);
    }

    for (int p = backward ? i + 1 : 0; p < (backward ? blocks : i); p++)
    {
        UNROLL
        for (int e = 0; e < PER_THREAD; e++)
        {
            const int at = e * BLOCK_GROUP + THREAD, row = at / BLOCK, column = firstColumn + at % BLOCK;
            const int blockRow = (backward ? p : i) * BLOCK + row, blockColumn = (backward ? i : p) * BLOCK + at % BLOCK;
            left[row * PITCH + at % BLOCK] = blockRow < n && blockColumn < n ? A[(wide)blockRow * n + blockColumn] : cplx_of(0, 0);
            right[row * PITCH + at % BLOCK] = p * BLOCK + row < n && column < columns ? B[(wide)(p * BLOCK + row) * columns + column] : cplx_of(0, 0);
        }

        BARRIER;
        block_product(sum, backward, 0, left, right);
        BARRIER;
    }

    UNROLL
    for (int e = 0; e < PER_THREAD; e++)
    {
        const int at = e * BLOCK_GROUP + THREAD;
        left[at / BLOCK * PITCH + at % BLOCK] = inverse[(wide)i * BLOCK_SIZE + at];
        right[at / BLOCK * PITCH + at % BLOCK] = sum[e];
        sum[e] = cplx_of(0, 0);
    }

    BARRIER;
    block_product(sum, !backward, 1, left, right); // the stored inverse is L_ii^-H
    double squares = 0;
    UNROLL
    for (int e = 0; e < PER_THREAD; e++)
    {
        const int at = e * BLOCK_GROUP + THREAD, row = i * BLOCK + at / BLOCK, column = firstColumn + at % BLOCK;
        if (row < n && column < columns)
        {
            B[(wide)row * columns + column] = sum[e];
            squares += energy(sum[e]);
        }
    }

    BARRIER;
    return squares;
}

// choleskySolve: B := (L L^H)^-1 B. One group per (BLOCK columns of B, realization): it needs no other group.
//   b  cplx: matrix of realization r at r*realization + offset
KERNEL GROUP_SIZE(BLOCK_GROUP)
void choleskySolve(
    const int n, const int columns, const int realization, const int offset, GLOBAL const cplx* RESTRICT a,
    GLOBAL const cplx* RESTRICT inverses, GLOBAL cplx* RESTRICT b, GLOBAL const int* RESTRICT open)
{
    SHARED cplx left[BLOCK * PITCH];
    SHARED cplx right[BLOCK * PITCH];
    const int blocks = (n + BLOCK - 1) / BLOCK;
    if (!open[GROUP_Z])
    {
        return;
    }

    GLOBAL const cplx* A = a + (wide)GROUP_Z * n * n;
    GLOBAL const cplx* inverse = inverses + (wide)GROUP_Z * blocks * BLOCK_SIZE;
    GLOBAL cplx* B = b + (wide)GROUP_Z * realization + offset;
    for (int i = 0; i < blocks; i++)
    {
        solve_block(n, columns, i, 0, A, inverse, B, B, left, right);
    }

    for (int i = blocks - 1; i >= 0; i--)
    {
        solve_block(n, columns, i, 1, A, inverse, B, B, left, right);
    }

    BARRIER;
}

// choleskyWeighted: B := L^-H diag(weights) L^-1 B, and the diagonal of L^-1 B on the way: 1/L_kk where B = I.                            [coherent.md section 9]
//   weights  double [n];  diagonal  double [batch][n], written
// One group per (BLOCK columns of B, realization).
KERNEL GROUP_SIZE(BLOCK_GROUP)
void choleskyWeighted(
    const int n, const int columns, GLOBAL const cplx* RESTRICT a, GLOBAL const cplx* RESTRICT inverses, GLOBAL const double* RESTRICT weights, GLOBAL cplx* RESTRICT b,
    GLOBAL double* RESTRICT diagonal, GLOBAL const int* RESTRICT open)
{
    SHARED cplx left[BLOCK * PITCH];
    SHARED cplx right[BLOCK * PITCH];
    const int blocks = (n + BLOCK - 1) / BLOCK;
    if (!open[GROUP_Z])
    {
        return;
    }

    GLOBAL const cplx* A = a + (wide)GROUP_Z * n * n;
    GLOBAL const cplx* inverse = inverses + (wide)GROUP_Z * blocks * BLOCK_SIZE;
    GLOBAL cplx* B = b + (wide)GROUP_Z * n * columns;
    for (int i = 0; i < blocks; i++)
    {
        solve_block(n, columns, i, 0, A, inverse, B, B, left, right);
    }

    for (int at = THREAD; at < n * BLOCK; at += BLOCK_GROUP)
    {
        const int row = at / BLOCK, column = GROUP_X * BLOCK + at % BLOCK;
        if (column < columns)
        {
            const cplx value = B[(wide)row * columns + column];
            if (row == column)
            {
                diagonal[(wide)GROUP_Z * n + row] = value.x;
            }

            B[(wide)row * columns + column] = cplx_scale(value, (real)weights[row]);
        }
    }

    BARRIER;
    for (int i = blocks - 1; i >= 0; i--)
    {
        solve_block(n, columns, i, 1, A, inverse, B, B, left, right);
    }

    BARRIER;
}

// choleskySolveSquares: Z = A^-1 Y = (L L^H)^-1 Y, and sums[b][panel] = |L^-1 Y|^2, |Z|^2, |L^-1 Z|^2 of a panel of BLOCK columns.          [coherent.md section 4]
//   y  cplx [batch][n][columns];  z, again  cplx alike, written: the solution, and L^-1 of it;  sums  double [batch][panels][3]
// One group per (panel, realization). Summed by threads block after block, then the threads as a tree.
KERNEL GROUP_SIZE(BLOCK_GROUP)
void choleskySolveSquares(
    const int n, const int columns, GLOBAL const cplx* RESTRICT a, GLOBAL const cplx* RESTRICT inverses, GLOBAL const cplx* RESTRICT y, GLOBAL cplx* RESTRICT z,
    GLOBAL cplx* RESTRICT again, GLOBAL double* RESTRICT sums, GLOBAL const int* RESTRICT open)
{
    SHARED cplx left[BLOCK * PITCH];
    SHARED cplx right[BLOCK * PITCH];
    SHARED double scratch[BLOCK_GROUP];
    const int blocks = (n + BLOCK - 1) / BLOCK, panels = (columns + BLOCK - 1) / BLOCK;
    if (!open[GROUP_Z])
    {
        return;
    }

    GLOBAL const cplx* A = a + (wide)GROUP_Z * n * n;
    GLOBAL const cplx* inverse = inverses + (wide)GROUP_Z * blocks * BLOCK_SIZE;
    const wide own = (wide)GROUP_Z * n * columns;
    double forward = 0, solution = 0, twice = 0;
    for (int i = 0; i < blocks; i++)
    {
        forward += solve_block(n, columns, i, 0, A, inverse, y + own, z + own, left, right);
    }

    for (int i = blocks - 1; i >= 0; i--)
    {
        solution += solve_block(n, columns, i, 1, A, inverse, z + own, z + own, left, right);
    }

    for (int i = 0; i < blocks; i++)
    {
        twice += solve_block(n, columns, i, 0, A, inverse, z + own, again + own, left, right);
    }

    forward = sum_of_threads(BLOCK_GROUP, forward, scratch);
    solution = sum_of_threads(BLOCK_GROUP, solution, scratch);
    twice = sum_of_threads(BLOCK_GROUP, twice, scratch);
    if (THREAD == 0)
    {
        GLOBAL double* sum = sums + ((wide)GROUP_Z * panels + GROUP_X) * 3;
        sum[0] = forward;
        sum[1] = solution;
        sum[2] = twice;
    }

    BARRIER;
}

// openRunning: open := status is Running. One thread per realization, groups of BLOCK_GROUP.
KERNEL GROUP_SIZE(BLOCK_GROUP)
void openRunning(const int count, GLOBAL int* RESTRICT open, GLOBAL const int* RESTRICT status)
{
    const int b = GROUP_X * BLOCK_GROUP + THREAD;
    if (b < count)
    {
        open[b] = status[b] == RUNNING;
    }
}

// shiftedSystem: A := G + lambda I, the lower triangle. One group per (row, realization), likewise below.
//   g  cplx [batch][n][n]
KERNEL GROUP_SIZE(BLOCK_GROUP)
void shiftedSystem(
    const int n, const double lambda, GLOBAL const cplx* RESTRICT g, GLOBAL cplx* RESTRICT a, GLOBAL const int* RESTRICT open)
{
    const int b = GROUP_Z, row = GROUP_X;
    if (!open[b])
    {
        return;
    }

    for (int column = THREAD; column <= row; column += BLOCK_GROUP)
    {
        const cplx value = g[((wide)b * n + row) * n + column];
        a[((wide)b * n + row) * n + column] = row == column ? cplx_of((real)(value.x + lambda), 0) : value;
    }
}

// ridgeSystem: A := G + (ridge tr G/n) I, the lower triangle; opens the systems of the realizations that run and whose trace is not 0.
//   g  cplx: matrix of realization b at b*realization + offset, likewise below
KERNEL GROUP_SIZE(BLOCK_GROUP)
void ridgeSystem(
    const int n, const int realization, const int offset, const double ridge, GLOBAL const cplx* RESTRICT g, GLOBAL cplx* RESTRICT a, GLOBAL int* RESTRICT open,
    GLOBAL const int* RESTRICT status)
{
    SHARED double scratch[BLOCK_GROUP];
    const int b = GROUP_Z, row = GROUP_X, runs = status[b] == RUNNING;
    GLOBAL const cplx* G = g + (wide)b * realization + offset;
    double trace = 0;
    for (int i = THREAD; runs && i < n; i += BLOCK_GROUP)
    {
        trace += G[(wide)i * n + i].x;
    }

    trace = sum_of_threads(BLOCK_GROUP, trace, scratch);
    if (row == 0 && THREAD == 0)
    {
        open[b] = trace > 0;
    }

    for (int column = THREAD; runs && column <= row; column += BLOCK_GROUP)
    {
        const cplx value = G[(wide)row * n + column];
        a[((wide)b * n + row) * n + column] = row == column ? cplx_of((real)(value.x + ridge * trace / n), 0) : value;
    }

    BARRIER;
}

// weightedSystem: A := Omega^1/2 G Omega^1/2 + lambda_b I from the roots of Omega.                                         [coherent.md sections 4 and 6]
//   roots  real [batch][n];  lambda  double [batch]
KERNEL GROUP_SIZE(BLOCK_GROUP)
void weightedSystem(
    const int n, const int realization, const int offset, GLOBAL const double* RESTRICT lambda, GLOBAL const real* RESTRICT roots, GLOBAL const cplx* RESTRICT g,
    GLOBAL cplx* RESTRICT a, GLOBAL const int* RESTRICT open)
{
    const int b = GROUP_Z, row = GROUP_X;
    if (!open[b])
    {
        return;
    }

    for (int column = THREAD; column <= row; column += BLOCK_GROUP)
    {
        const cplx value = cplx_scale(cplx_scale(g[(wide)b * realization + offset + (wide)row * n + column], roots[(wide)b * n + row]), roots[(wide)b * n + column]);
        a[((wide)b * n + row) * n + column] = row == column ? cplx_of((real)(value.x + lambda[b]), 0) : value;
    }
}

// uplinkSystem: G := sum of G_l / lambda_l, whole, and A := I + D^1/2 G D^1/2, the lower triangle, D = diag(q).                             [coherent.md section 9]
//   gram  cplx [batch][L][n][n];  lambda  double [batch][L];  q  double [batch][n];  g  cplx [batch][n][n], written
KERNEL GROUP_SIZE(BLOCK_GROUP)
void uplinkSystem(
    const int L, const int n, GLOBAL const cplx* RESTRICT gram, GLOBAL const double* RESTRICT lambda, GLOBAL const double* RESTRICT q, GLOBAL cplx* RESTRICT g,
    GLOBAL cplx* RESTRICT a, GLOBAL const int* RESTRICT open)
{
    const int b = GROUP_Z, row = GROUP_X;
    if (!open[b])
    {
        return;
    }

    for (int column = THREAD; column < n; column += BLOCK_GROUP)
    {
        cplx sum = cplx_of(0, 0);
        for (int l = 0; l < L; l++)
        {
            sum = cplx_axpy(sum, (real)(1 / lambda[(wide)b * L + l]), gram[(((wide)b * L + l) * n + row) * n + column]);
        }

        const wide at = ((wide)b * n + row) * n + column;
        g[at] = sum;
        if (column <= row)
        {
            const double scale = SQRT(q[(wide)b * n + row]) * SQRT(q[(wide)b * n + column]);
            a[at] = row == column ? cplx_of((real)(1 + q[(wide)b * n + row] * sum.x), 0) : cplx_scale(sum, (real)scale);
        }
    }
}
