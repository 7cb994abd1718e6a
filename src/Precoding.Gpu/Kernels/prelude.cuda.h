// The dialect as CUDA C++ reads it. docs/kernels.md lists the words.
#define KERNEL extern "C" __global__
#define DEVICE static __device__ __forceinline__
#define GLOBAL
#define SHARED __shared__
#define IN_SHARED
#define CONSTANT __device__ const
#define RESTRICT __restrict__
#define GROUP_SIZE(threads) __launch_bounds__(threads)
#define THREAD ((int)threadIdx.x)
#define GROUP_X ((int)blockIdx.x)
#define GROUP_Y ((int)blockIdx.y)
#define GROUP_Z ((int)blockIdx.z)
#define BARRIER __syncthreads()
#define UNROLL _Pragma("unroll")
#define DOUBLE_FMA(a, b, c) fma(a, b, c)
#define SQRT(a) sqrt(a)
#define LOG(a) log(a)
#define EXP(a) exp(a)

typedef long long wide;

#ifdef REAL_IS_DOUBLE
typedef double real;
#define FMA(a, b, c) fma(a, b, c)
#define REAL_SQRT(a) sqrt(a)
#else
typedef float real;
#define FMA(a, b, c) fmaf(a, b, c)
#define REAL_SQRT(a) sqrtf(a)
#endif
