// What fake_cuda.c and fake_nvrtc.c share: OpenCL 2.0, as far as it is used, the device, and what a program is called that the one takes from the other.
#pragma once
#include <stddef.h>
#include <stdint.h>

#define FAKE_PTX "//fake ptx\n" // begins "PTX"

typedef struct platform* cl_platform_id;
typedef struct device* cl_device_id;
typedef struct context* cl_context;
typedef struct queue* cl_command_queue;
typedef struct program* cl_program;
typedef struct kernel* cl_kernel;
extern int clGetPlatformIDs(unsigned, cl_platform_id*, unsigned*);
extern int clGetDeviceIDs(cl_platform_id, unsigned long, unsigned, cl_device_id*, unsigned*);
extern cl_context clCreateContext(const intptr_t*, unsigned, const cl_device_id*, void*, void*, int*);
extern cl_command_queue clCreateCommandQueue(cl_context, cl_device_id, unsigned long, int*);
extern int clReleaseCommandQueue(cl_command_queue);
extern cl_program clCreateProgramWithSource(cl_context, unsigned, const char**, const size_t*, int*);
extern int clBuildProgram(cl_program, unsigned, const cl_device_id*, const char*, void*, void*);
extern int clGetProgramBuildInfo(cl_program, cl_device_id, unsigned, size_t, void*, size_t*);
extern int clReleaseProgram(cl_program);
extern cl_kernel clCreateKernel(cl_program, const char*, int*);
extern int clReleaseKernel(cl_kernel);
extern int clGetKernelInfo(cl_kernel, unsigned, size_t, void*, size_t*);
extern int clGetKernelWorkGroupInfo(cl_kernel, cl_device_id, unsigned, size_t, void*, size_t*);
extern int clGetKernelArgInfo(cl_kernel, unsigned, unsigned, size_t, void*, size_t*);
extern int clSetKernelArg(cl_kernel, unsigned, size_t, const void*);
extern int clSetKernelArgSVMPointer(cl_kernel, unsigned, const void*);
extern int clEnqueueNDRangeKernel(cl_command_queue, cl_kernel, unsigned, const size_t*, const size_t*, const size_t*, unsigned, void*, void*);
extern int clFinish(cl_command_queue);
extern void* clSVMAlloc(cl_context, unsigned long, size_t, unsigned);
extern void clSVMFree(cl_context, void*);
extern int clEnqueueSVMMemcpy(cl_command_queue, unsigned, void*, const void*, size_t, unsigned, void*, void*);
extern int clEnqueueSVMMemFill(cl_command_queue, void*, const void*, size_t, size_t, unsigned, void*, void*);
enum
{
    DEVICE_CPU = 2, KERNEL_NUM_ARGS = 0x1191, ARG_ADDRESS = 0x1196, ARG_TYPE = 0x1198, ADDRESS_GLOBAL = 0x119B, ADDRESS_LOCAL = 0x119C, KERNEL_LOCAL_MEM_SIZE = 0x11B2, BUILD_LOG = 0x1183,
    READ_WRITE = 1
};

typedef enum
{
    CUDA_SUCCESS = 0, CUDA_ERROR_INVALID_VALUE = 1, CUDA_ERROR_OUT_OF_MEMORY = 2, CUDA_ERROR_NOT_INITIALIZED = 3, CUDA_ERROR_NO_DEVICE = 100, CUDA_ERROR_INVALID_DEVICE = 101,
    CUDA_ERROR_INVALID_CONTEXT = 201, CUDA_ERROR_INVALID_PTX = 218, CUDA_ERROR_INVALID_HANDLE = 400, CUDA_ERROR_NOT_FOUND = 500, CUDA_ERROR_ILLEGAL_ADDRESS = 700,
    CUDA_ERROR_LAUNCH_FAILED = 719
} CUresult;

// fake_cuda.c
#pragma GCC visibility push(hidden)
extern cl_device_id device; // once cuInit has succeeded
extern cl_context context;

// fake_nvrtc.c
extern long live_programs, compilations;
#pragma GCC visibility pop
extern CUresult cuInit(unsigned);
