// The dialect as OpenCL C 1.2 reads it. docs/kernels.md lists the words.
#pragma OPENCL EXTENSION cl_khr_fp64 : enable

#define KERNEL __kernel
#define DEVICE static __attribute__((always_inline)) // PoCL 3.1 shares what a function that waits keeps between groups unless it is inlined
#define GLOBAL __global
#define SHARED __local
#define IN_SHARED __local
#define CONSTANT __constant
#define RESTRICT restrict
#define GROUP_SIZE(threads) __attribute__((reqd_work_group_size(threads, 1, 1)))
#define THREAD ((int)get_local_id(0))
#define GROUP_X ((int)get_group_id(0))
#define GROUP_Y ((int)get_group_id(1))
#define GROUP_Z ((int)get_group_id(2))
#define BARRIER barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE)
#define SHARED_AT_LAUNCH(pointer) // the argument points there already
#if UNROLLED
#define UNROLL _Pragma("unroll")
#else
#define UNROLL
#endif
#define FMA(a, b, c) fma(a, b, c)
#define DOUBLE_FMA(a, b, c) fma(a, b, c)
#define REAL_SQRT(a) sqrt(a)
#define SQRT(a) sqrt(a)
#define LOG(a) log(a)
#define EXP(a) exp(a)

typedef long wide;

#ifdef REAL_IS_DOUBLE
typedef double real;
#else
typedef float real;
#endif

// c += a b for 16 x 8 x 8 numbers spread over 32 threads as CUDA's prelude says, carried out by the threads themselves: OpenCL has no tensor cores, but what is
// written for them can be tested. Every thread of the group calls.
//   exchange  192 floats for every 32 threads
DEVICE void tensor_multiply(float* c, const float* a, const float* b, IN_SHARED float* exchange)
{
    IN_SHARED float* left = exchange + THREAD / 32 * 192;
    IN_SHARED float* right = left + 128;
    const int g = THREAD % 32 / 4, t = THREAD % 4;
    left[g * 8 + t] = a[0];
    left[(g + 8) * 8 + t] = a[1];
    left[g * 8 + t + 4] = a[2];
    left[(g + 8) * 8 + t + 4] = a[3];
    right[t * 8 + g] = b[0];
    right[(t + 4) * 8 + g] = b[1];
    BARRIER;
    for (int k = 0; k < 8; k++)
    {
        c[0] += left[g * 8 + k] * right[k * 8 + 2 * t];
        c[1] += left[g * 8 + k] * right[k * 8 + 2 * t + 1];
        c[2] += left[(g + 8) * 8 + k] * right[k * 8 + 2 * t];
        c[3] += left[(g + 8) * 8 + k] * right[k * 8 + 2 * t + 1];
    }

    BARRIER;
}
