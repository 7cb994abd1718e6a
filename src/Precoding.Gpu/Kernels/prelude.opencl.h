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
