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
#define SHARED_AT_LAUNCH(pointer) extern __shared__ __attribute__((aligned(16))) double shared_at_launch[]; pointer = shared_at_launch // room for double_cplx
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

// c += a b on tensor cores for 16 x 8 x 8 numbers of TensorFloat-32 spread over the 32 threads of a warp as PTX defines for mma.m16n8k8: thread 4g + t holds
//   a: rows g, g+8, g, g+8 of columns t, t, t+4, t+4;  b: rows t, t+4 of column g;  c: rows g, g, g+8, g+8 of columns 2t, 2t+1, 2t, 2t+1
// (compute capability 8.0). The last parameter is for OpenCL.
DEVICE void tensor_multiply(float* c, const float* a, const float* b, IN_SHARED float*)
{
    union { float number; unsigned bits; } x[6];
    x[0].number = a[0];
    x[1].number = a[1];
    x[2].number = a[2];
    x[3].number = a[3];
    x[4].number = b[0];
    x[5].number = b[1];
    asm("mma.sync.aligned.m16n8k8.row.col.f32.tf32.tf32.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(x[0].bits), "r"(x[1].bits), "r"(x[2].bits), "r"(x[3].bits), "r"(x[4].bits), "r"(x[5].bits));
}
