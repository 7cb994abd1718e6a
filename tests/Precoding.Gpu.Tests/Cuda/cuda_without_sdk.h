// What NVRTC supplies on its own and clang without a CUDA SDK does not, for the kernels' CUDA reading: attributes, thread indices, mathematics.
// Single precision square roots and fma become instructions; double log and exp come from libclc, whose OpenCL functions have these mangled names.
#pragma once
#include <__clang_cuda_builtin_vars.h>

#define __global__ __attribute__((global))
#define __device__ __attribute__((device))
#define __host__ __attribute__((host))
#define __shared__ __attribute__((shared))
#define __constant__ __attribute__((constant))
#define __launch_bounds__(...) __attribute__((launch_bounds(__VA_ARGS__)))
#define __forceinline__ inline __attribute__((always_inline))

extern "C" __device__ double clc_log(double) __asm__("_Z3logd");
extern "C" __device__ double clc_exp(double) __asm__("_Z3expd");

static inline __device__ float fmaf(float a, float b, float c) { return __builtin_fmaf(a, b, c); }
static inline __device__ double fma(double a, double b, double c) { return __builtin_fma(a, b, c); }
static inline __device__ float sqrtf(float a) { return __nvvm_sqrt_rn_f(a); }
static inline __device__ double sqrt(double a) { return __nvvm_sqrt_rn_d(a); }
static inline __device__ double log(double a) { return clc_log(a); }
static inline __device__ double exp(double a) { return clc_exp(a); }
