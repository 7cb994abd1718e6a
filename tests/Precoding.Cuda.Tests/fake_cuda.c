// A CUDA driver for tests: the functions that the bindings declare, with the signatures of cuda.h, carried out by OpenCL on the processor; fake_nvrtc.c is its
// compiler. Device memory is shared virtual memory, so that pointers are numbers, as in CUDA.
// It is stricter than it need be where the real driver is: a current context on the calling thread, live pointers and handles, ranges, grids.
// Build: clang -shared -fPIC fake_cuda.c fake_nvrtc.c -l:libOpenCL.so.1
#include "fake_driver.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// ---- cuda.h
typedef int CUdevice;
typedef uintptr_t CUdeviceptr; // unsigned long long on 64 bits
typedef struct fake_context* CUcontext;
typedef struct fake_stream* CUstream;
typedef struct fake_module* CUmodule;
typedef struct fake_function* CUfunction;

enum { CONTEXT = 0x43545831, STREAM, MODULE, FUNCTION, MOST = 65536, MOST_ARGUMENTS = 64, SHARED_BYTES = 48 << 10 };
static const size_t total_memory = (size_t)1 << 30;

struct fake_context { int tag; };
struct fake_stream { int tag; cl_command_queue queue; };
struct fake_function { int tag; cl_kernel kernel; unsigned count, declared_shared, most_shared; int real_is_double; struct fake_function* next; char name[128]; };
struct fake_module { int tag; cl_program program; int real_is_double; struct fake_function* functions; };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static int initialized, retained;
cl_device_id device;
cl_context context;
static struct fake_context primary = { CONTEXT };
static __thread struct fake_context* current;
static struct { char* start; size_t size; } blocks[MOST];
static int block_count;
static size_t used;
static long live_streams, live_modules, launches, faults;
static char last_fault[256];
static int opt_in_shared = 163 << 10; // compute capability 8.0; 0 stands for a driver that does not know the attribute

// What the real driver would refuse, kept for the test to read.
static CUresult fault(CUresult result, const char* what)
{
    pthread_mutex_lock(&gate);
    faults++;
    snprintf(last_fault, sizeof last_fault, "%s: %d", what, result);
    pthread_mutex_unlock(&gate);
    return result;
}

#define REQUIRE(condition, result) do { if (!(condition)) return fault(result, __func__); } while (0)
#define REQUIRE_CONTEXT() REQUIRE(current == &primary && retained > 0, CUDA_ERROR_INVALID_CONTEXT)

// 1 where [pointer, pointer + size) lies in one live allocation; `whole` asks for its start.
static int is_live(uintptr_t pointer, size_t size, int whole)
{
    int found = 0;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < block_count && !found; i++)
    {
        const uintptr_t start = (uintptr_t)blocks[i].start;
        found = whole ? pointer == start : pointer >= start && pointer + size <= start + blocks[i].size;
    }

    pthread_mutex_unlock(&gate);
    return found;
}

CUresult cuInit(unsigned flags)
{
    REQUIRE(flags == 0, CUDA_ERROR_INVALID_VALUE);
    pthread_mutex_lock(&gate);
    if (!initialized)
    {
        cl_platform_id platform;
        int status = clGetPlatformIDs(1, &platform, NULL);
        status = status == 0 ? clGetDeviceIDs(platform, DEVICE_CPU, 1, &device, NULL) : status;
        context = status == 0 ? clCreateContext(NULL, 1, &device, NULL, NULL, &status) : NULL;
        initialized = status == 0;
    }

    pthread_mutex_unlock(&gate);
    return initialized ? CUDA_SUCCESS : CUDA_ERROR_NO_DEVICE;
}

CUresult cuDriverGetVersion(int* version) { *version = 12040; return CUDA_SUCCESS; }

CUresult cuDeviceGetCount(int* count)
{
    REQUIRE(initialized, CUDA_ERROR_NOT_INITIALIZED);
    *count = 1;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGet(CUdevice* result, int ordinal)
{
    REQUIRE(initialized, CUDA_ERROR_NOT_INITIALIZED);
    REQUIRE(ordinal == 0, CUDA_ERROR_INVALID_DEVICE);
    *result = 7; // handles are not ordinals
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetName(char* name, int length, CUdevice dev)
{
    REQUIRE(dev == 7, CUDA_ERROR_INVALID_DEVICE);
    snprintf(name, (size_t)length, "CUDA driver for tests");
    return CUDA_SUCCESS;
}

CUresult cuDeviceTotalMem_v2(size_t* bytes, CUdevice dev)
{
    REQUIRE(dev == 7, CUDA_ERROR_INVALID_DEVICE);
    *bytes = total_memory;
    return CUDA_SUCCESS;
}

CUresult cuDeviceGetAttribute(int* value, int attribute, CUdevice dev)
{
    REQUIRE(dev == 7, CUDA_ERROR_INVALID_DEVICE);
    switch (attribute)
    {
        case 1: *value = 1024; return CUDA_SUCCESS;  // MAX_THREADS_PER_BLOCK
        case 8: *value = SHARED_BYTES; return CUDA_SUCCESS; // MAX_SHARED_MEMORY_PER_BLOCK
        case 16: *value = 4; return CUDA_SUCCESS;    // MULTIPROCESSOR_COUNT
        case 75: *value = 8; return CUDA_SUCCESS;    // COMPUTE_CAPABILITY_MAJOR
        case 76: *value = 0; return CUDA_SUCCESS;    // COMPUTE_CAPABILITY_MINOR
        case 97: *value = opt_in_shared; return opt_in_shared > 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE; // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
        default: return fault(CUDA_ERROR_INVALID_VALUE, __func__);
    }
}

CUresult cuDevicePrimaryCtxRetain(CUcontext* result, CUdevice dev)
{
    REQUIRE(initialized, CUDA_ERROR_NOT_INITIALIZED);
    REQUIRE(dev == 7, CUDA_ERROR_INVALID_DEVICE);
    __atomic_fetch_add(&retained, 1, __ATOMIC_SEQ_CST);
    *result = &primary;
    return CUDA_SUCCESS;
}

CUresult cuDevicePrimaryCtxRelease_v2(CUdevice dev)
{
    REQUIRE(dev == 7, CUDA_ERROR_INVALID_DEVICE);
    REQUIRE(retained > 0, CUDA_ERROR_INVALID_CONTEXT);
    __atomic_fetch_sub(&retained, 1, __ATOMIC_SEQ_CST);
    return CUDA_SUCCESS;
}

CUresult cuCtxSetCurrent(CUcontext ctx)
{
    REQUIRE(ctx == NULL || (ctx == &primary && retained > 0), CUDA_ERROR_INVALID_CONTEXT);
    current = ctx;
    return CUDA_SUCCESS;
}

CUresult cuMemGetInfo_v2(size_t* free_bytes, size_t* total)
{
    REQUIRE_CONTEXT();
    *free_bytes = total_memory - used;
    *total = total_memory;
    return CUDA_SUCCESS;
}

CUresult cuMemAlloc_v2(CUdeviceptr* pointer, size_t size)
{
    REQUIRE_CONTEXT();
    REQUIRE(size > 0, CUDA_ERROR_INVALID_VALUE);
    pthread_mutex_lock(&gate);
    char* start = block_count < MOST && size <= total_memory - used ? clSVMAlloc(context, READ_WRITE, size, 0) : NULL;
    if (start != NULL)
    {
        memset(start, 0xA5, size); // what nobody wrote is not zero
        blocks[block_count].start = start;
        blocks[block_count++].size = size;
        used += size;
    }

    pthread_mutex_unlock(&gate);
    *pointer = (CUdeviceptr)start;
    return start != NULL ? CUDA_SUCCESS : CUDA_ERROR_OUT_OF_MEMORY;
}

CUresult cuMemFree_v2(CUdeviceptr pointer)
{
    REQUIRE_CONTEXT();
    REQUIRE(is_live(pointer, 0, 1), CUDA_ERROR_INVALID_VALUE);
    pthread_mutex_lock(&gate);
    for (int i = 0; i < block_count; i++)
    {
        if ((CUdeviceptr)blocks[i].start == pointer)
        {
            used -= blocks[i].size;
            clSVMFree(context, blocks[i].start);
            blocks[i] = blocks[--block_count];
            break;
        }
    }

    pthread_mutex_unlock(&gate);
    return CUDA_SUCCESS;
}

CUresult cuStreamCreate(CUstream* stream, unsigned flags)
{
    REQUIRE_CONTEXT();
    REQUIRE(flags <= 1, CUDA_ERROR_INVALID_VALUE);
    int status;
    CUstream created = calloc(1, sizeof *created);
    created->tag = STREAM;
    created->queue = clCreateCommandQueue(context, device, 0, &status);
    __atomic_fetch_add(&live_streams, 1, __ATOMIC_SEQ_CST);
    *stream = created;
    return status == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuStreamDestroy_v2(CUstream stream)
{
    REQUIRE_CONTEXT();
    REQUIRE(stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    clFinish(stream->queue);
    clReleaseCommandQueue(stream->queue);
    stream->tag = 0;
    free(stream);
    __atomic_fetch_sub(&live_streams, 1, __ATOMIC_SEQ_CST);
    return CUDA_SUCCESS;
}

CUresult cuStreamSynchronize(CUstream stream)
{
    REQUIRE_CONTEXT();
    REQUIRE(stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    return clFinish(stream->queue) == 0 ? CUDA_SUCCESS : CUDA_ERROR_LAUNCH_FAILED;
}

CUresult cuMemsetD8Async(CUdeviceptr pointer, unsigned char value, size_t size, CUstream stream)
{
    REQUIRE_CONTEXT();
    REQUIRE(stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(is_live(pointer, size, 0), CUDA_ERROR_INVALID_VALUE);
    return size == 0 || clEnqueueSVMMemFill(stream->queue, (void*)pointer, &value, 1, size, 0, NULL, NULL) == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t size, CUstream stream)
{
    REQUIRE_CONTEXT();
    REQUIRE(stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(is_live(to, size, 0), CUDA_ERROR_INVALID_VALUE);
    return size == 0 || clEnqueueSVMMemcpy(stream->queue, 1, (void*)to, from, size, 0, NULL, NULL) == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

CUresult cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t size, CUstream stream)
{
    REQUIRE_CONTEXT();
    REQUIRE(stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(is_live(from, size, 0), CUDA_ERROR_INVALID_VALUE);
    return size == 0 || clEnqueueSVMMemcpy(stream->queue, 1, to, (void*)from, size, 0, NULL, NULL) == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_VALUE;
}

// ---- modules: options follow FAKE_PTX, one line, then the OpenCL text
CUresult cuModuleLoadData(CUmodule* module, const void* image)
{
    REQUIRE_CONTEXT();
    const char* text = image;
    if (strncmp(text, FAKE_PTX, sizeof FAKE_PTX - 1) != 0)
    {
        return CUDA_ERROR_INVALID_PTX; // what a damaged cache gives is no fault of the caller's
    }

    const char* options = text + sizeof FAKE_PTX - 1 + 2;
    const char* source = strchr(options, '\n') + 1;
    char* build = strndup(options, (size_t)(source - 1 - options));
    int status;
    CUmodule created = calloc(1, sizeof *created);
    created->tag = MODULE;
    created->program = clCreateProgramWithSource(context, 1, &source, NULL, &status);
    status = status == 0 ? clBuildProgram(created->program, 1, &device, build, NULL, NULL) : status;
    created->real_is_double = strstr(build, "-DREAL_IS_DOUBLE=1") != NULL;
    free(build);
    __atomic_fetch_add(&live_modules, 1, __ATOMIC_SEQ_CST);
    *module = created;
    return status == 0 ? CUDA_SUCCESS : CUDA_ERROR_INVALID_PTX;
}

CUresult cuModuleUnload(CUmodule module)
{
    REQUIRE_CONTEXT();
    REQUIRE(module != NULL && module->tag == MODULE, CUDA_ERROR_INVALID_HANDLE);
    while (module->functions != NULL)
    {
        struct fake_function* function = module->functions;
        module->functions = function->next;
        clReleaseKernel(function->kernel);
        function->tag = 0;
        free(function);
    }

    clReleaseProgram(module->program);
    module->tag = 0;
    free(module);
    __atomic_fetch_sub(&live_modules, 1, __ATOMIC_SEQ_CST);
    return CUDA_SUCCESS;
}

CUresult cuModuleGetFunction(CUfunction* function, CUmodule module, const char* name)
{
    REQUIRE_CONTEXT();
    REQUIRE(module != NULL && module->tag == MODULE, CUDA_ERROR_INVALID_HANDLE);
    pthread_mutex_lock(&gate);
    CUfunction known = module->functions;
    while (known != NULL && strcmp(known->name, name) != 0)
    {
        known = known->next;
    }

    pthread_mutex_unlock(&gate);
    if (known != NULL)
    {
        *function = known; // one function a name, and one set of its attributes
        return CUDA_SUCCESS;
    }

    int status;
    cl_kernel kernel = clCreateKernel(module->program, name, &status);
    if (status != 0)
    {
        return CUDA_ERROR_NOT_FOUND;
    }

    CUfunction created = calloc(1, sizeof *created);
    created->tag = FUNCTION;
    created->kernel = kernel;
    created->real_is_double = module->real_is_double;
    snprintf(created->name, sizeof created->name, "%s", name);
    clGetKernelInfo(kernel, KERNEL_NUM_ARGS, sizeof created->count, &created->count, NULL);
    unsigned long declared = 0;
    clGetKernelWorkGroupInfo(kernel, device, KERNEL_LOCAL_MEM_SIZE, sizeof declared, &declared, NULL);
    created->declared_shared = (unsigned)declared;
    created->most_shared = declared < SHARED_BYTES ? SHARED_BYTES - (unsigned)declared : 0;
    pthread_mutex_lock(&gate);
    created->next = module->functions;
    module->functions = created;
    pthread_mutex_unlock(&gate);
    *function = created;
    return CUDA_SUCCESS;
}

CUresult cuFuncSetAttribute(CUfunction f, int attribute, int value)
{
    REQUIRE_CONTEXT();
    REQUIRE(f != NULL && f->tag == FUNCTION, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(attribute == 8, CUDA_ERROR_INVALID_VALUE); // MAX_DYNAMIC_SHARED_SIZE_BYTES
    const unsigned most = opt_in_shared > 0 ? (unsigned)opt_in_shared : SHARED_BYTES;
    REQUIRE(value >= 0 && (unsigned)value + f->declared_shared <= most, CUDA_ERROR_INVALID_VALUE);
    pthread_mutex_lock(&gate);
    f->most_shared = (unsigned)value; // it may also become less
    pthread_mutex_unlock(&gate);
    return CUDA_SUCCESS;
}

// Shared memory whose size the launch gives is one last parameter in OpenCL; in CUDA that is a null pointer, and the size goes beside the parameters.
CUresult cuLaunchKernel(
    CUfunction f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, CUstream stream, void** parameters, void** extra)
{
    REQUIRE_CONTEXT();
    REQUIRE(f != NULL && f->tag == FUNCTION && stream != NULL && stream->tag == STREAM, CUDA_ERROR_INVALID_HANDLE);
    REQUIRE(gx > 0 && gy > 0 && gz > 0 && gx <= 0x7FFFFFFF && gy <= 65535 && gz <= 65535, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(bx > 0 && by > 0 && bz > 0 && bx * by * bz <= 1024 && bz <= 64, CUDA_ERROR_INVALID_VALUE);
    REQUIRE(parameters != NULL && extra == NULL && shared <= f->most_shared, CUDA_ERROR_INVALID_VALUE);
    static pthread_mutex_t launching = PTHREAD_MUTEX_INITIALIZER; // a kernel's arguments are its own state in OpenCL
    pthread_mutex_lock(&launching);
    CUresult result = CUDA_SUCCESS;
    int takes_shared = 0;
    for (unsigned i = 0; i < f->count && result == CUDA_SUCCESS; i++)
    {
        unsigned address = 0;
        char type[64] = "";
        int status = clGetKernelArgInfo(f->kernel, i, ARG_ADDRESS, sizeof address, &address, NULL);
        status = status == 0 ? clGetKernelArgInfo(f->kernel, i, ARG_TYPE, sizeof type, type, NULL) : status;
        if (status == 0 && address == ADDRESS_GLOBAL)
        {
            const uintptr_t pointer = *(uintptr_t*)parameters[i];
            result = is_live(pointer, 1, 0) ? CUDA_SUCCESS : fault(CUDA_ERROR_ILLEGAL_ADDRESS, f->name);
            status = result == CUDA_SUCCESS ? clSetKernelArgSVMPointer(f->kernel, i, (void*)pointer) : 0;
        }
        else if (status == 0 && address == ADDRESS_LOCAL)
        {
            takes_shared = 1;
            status = shared > 0 && *(uintptr_t*)parameters[i] == 0 ? clSetKernelArg(f->kernel, i, shared, NULL) : CUDA_ERROR_INVALID_VALUE;
        }
        else if (status == 0)
        {
            const int is_wide = strcmp(type, "double") == 0 || (strcmp(type, "real") == 0 && f->real_is_double);
            status = clSetKernelArg(f->kernel, i, is_wide ? 8 : 4, parameters[i]); // the driver takes the size from the kernel
        }

        result = status == 0 ? result : fault(CUDA_ERROR_INVALID_VALUE, f->name);
    }

    if (result == CUDA_SUCCESS && shared > 0 && !takes_shared)
    {
        result = fault(CUDA_ERROR_INVALID_VALUE, f->name);
    }

    const size_t global[] = { (size_t)gx * bx, (size_t)gy * by, (size_t)gz * bz }, local[] = { bx, by, bz };
    if (result == CUDA_SUCCESS && clEnqueueNDRangeKernel(stream->queue, f->kernel, 3, NULL, global, local, 0, NULL, NULL) != 0)
    {
        result = fault(CUDA_ERROR_INVALID_VALUE, f->name); // a group size other than the kernel's __launch_bounds__ ends here too
    }

    pthread_mutex_unlock(&launching);
    __atomic_fetch_add(&launches, 1, __ATOMIC_SEQ_CST);
    return result;
}

// ---- for tests: the shared memory that a block may opt in to, 0 for a driver that does not know of it
void fakeOptInShared(int bytes) { opt_in_shared = bytes; }

// ---- for tests: allocations, streams, modules, programs, contexts retained, compilations, launches, faults
void fakeCounts(long counts[8], char* fault_text)
{
    pthread_mutex_lock(&gate);
    const long now[8] = { block_count, live_streams, live_modules, live_programs, retained, compilations, launches, faults };
    memcpy(counts, now, sizeof now);
    memcpy(fault_text, last_fault, sizeof last_fault);
    pthread_mutex_unlock(&gate);
}
