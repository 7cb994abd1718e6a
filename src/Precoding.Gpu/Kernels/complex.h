// Complex numbers in the engine's precision. Sums that decide something (powers, objectives, inner products) are kept in double.
typedef struct __attribute__((aligned(2 * sizeof(real)))) { real x, y; } cplx;

DEVICE cplx cplx_of(const real x, const real y)
{
    cplx z;
    z.x = x;
    z.y = y;
    return z;
}

DEVICE cplx cplx_add(const cplx a, const cplx b) { return cplx_of(a.x + b.x, a.y + b.y); }

DEVICE cplx cplx_subtract(const cplx a, const cplx b) { return cplx_of(a.x - b.x, a.y - b.y); }

DEVICE cplx cplx_conjugate(const cplx a) { return cplx_of(a.x, -a.y); }

DEVICE cplx cplx_scale(const cplx a, const real factor) { return cplx_of(a.x * factor, a.y * factor); }

// sum + factor * a
DEVICE cplx cplx_axpy(const cplx sum, const real factor, const cplx a) { return cplx_of(FMA(factor, a.x, sum.x), FMA(factor, a.y, sum.y)); }

// sum + a * b
DEVICE cplx cplx_mad(const cplx sum, const cplx a, const cplx b)
{
    return cplx_of(FMA(-a.y, b.y, FMA(a.x, b.x, sum.x)), FMA(a.y, b.x, FMA(a.x, b.y, sum.y)));
}

// sum - a * b
DEVICE cplx cplx_msub(const cplx sum, const cplx a, const cplx b)
{
    return cplx_of(FMA(a.y, b.y, FMA(-a.x, b.x, sum.x)), FMA(-a.y, b.x, FMA(-a.x, b.y, sum.y)));
}

DEVICE cplx cplx_multiply(const cplx a, const cplx b) { return cplx_mad(cplx_of(0, 0), a, b); }

// |a|^2
DEVICE double energy(const cplx a) { return (double)a.x * a.x + (double)a.y * a.y; }

// Re(conj(a) b)
DEVICE double inner(const cplx a, const cplx b) { return (double)a.x * b.x + (double)a.y * b.y; }

// sum over l of s[b][l][at] for blocks of `size` elements
DEVICE cplx sum_blocks(const int L, const int size, GLOBAL const cplx* s, const int b, const int at)
{
    cplx sum = s[(wide)b * L * size + at];
    for (int l = 1; l < L; l++)
    {
        sum = cplx_add(sum, s[((wide)b * L + l) * size + at]);
    }

    return sum;
}

// Complex numbers in double whatever the engine's precision, where a decomposition has to resolve what single precision does not.
typedef struct __attribute__((aligned(2 * sizeof(double)))) { double x, y; } double_cplx;

DEVICE double_cplx double_cplx_of(const double x, const double y)
{
    double_cplx z;
    z.x = x;
    z.y = y;
    return z;
}

DEVICE double_cplx double_cplx_conjugate(const double_cplx a) { return double_cplx_of(a.x, -a.y); }

DEVICE double_cplx double_cplx_scale(const double_cplx a, const double factor) { return double_cplx_of(a.x * factor, a.y * factor); }

// sum + a * b
DEVICE double_cplx double_cplx_mad(const double_cplx sum, const double_cplx a, const double_cplx b)
{
    return double_cplx_of(DOUBLE_FMA(-a.y, b.y, DOUBLE_FMA(a.x, b.x, sum.x)), DOUBLE_FMA(a.y, b.x, DOUBLE_FMA(a.x, b.y, sum.y)));
}

DEVICE double double_energy(const double_cplx a) { return a.x * a.x + a.y * a.y; }

// False for infinities and what is no number.
DEVICE int is_finite(const double a) { return a - a == 0; }

#define INFINITE (1e308 * 1e308)
#define NOT_A_NUMBER (INFINITE - INFINITE)
#define DOUBLE_EPSILON 2.220446049250313e-16
#define LN_2 0.69314718055994530942

// SolveStatus, LineSearchState and ScaOutcome by number.
#define RUNNING 0
#define STATUS_CONVERGED 1
#define STATUS_ITERATION_LIMIT 2
#define STATUS_STALLED 3
#define STATUS_DIVERGED 4
#define SEARCHING 0
#define ACCEPTED 1
#define RETRY 2
#define EXHAUSTED 3
#define STATIONARY 4
#define IMPROVING 0
#define OUTCOME_SOLVED 1
#define OUTCOME_STALLED 2
#define OUTCOME_PASS_LIMIT 3
