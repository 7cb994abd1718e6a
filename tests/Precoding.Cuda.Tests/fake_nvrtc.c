// An NVRTC for tests: the functions that the bindings declare, with the signatures of nvrtc.h. "PTX" is the program's OpenCL reading: the text between
// #line 1 "prelude.cuda.h" and the next #line is exchanged for the file that BEAMPRECODING_TEST_PRELUDE names.
#include "fake_driver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum { NVRTC_SUCCESS = 0, NVRTC_ERROR_OUT_OF_MEMORY = 1, NVRTC_ERROR_INVALID_INPUT = 3, NVRTC_ERROR_INVALID_PROGRAM = 4, NVRTC_ERROR_INVALID_OPTION = 5, NVRTC_ERROR_COMPILATION = 6 } nvrtcResult;
typedef struct fake_program { int tag; char *source, *name, *ptx, *log; }* nvrtcProgram;
enum { PROGRAM = 0x4E565254 };
long live_programs, compilations;

nvrtcResult nvrtcVersion(int* major, int* minor) { *major = 12; *minor = 4; return NVRTC_SUCCESS; }

nvrtcResult nvrtcGetNumSupportedArchs(int* count) { *count = 3; return NVRTC_SUCCESS; }

nvrtcResult nvrtcGetSupportedArchs(int* numbers)
{
    numbers[0] = 70, numbers[1] = 80, numbers[2] = 90;
    return NVRTC_SUCCESS;
}

nvrtcResult nvrtcCreateProgram(nvrtcProgram* program, const char* source, const char* name, int header_count, const char* const* headers, const char* const* names)
{
    if (source == NULL || header_count != 0 || headers != NULL || names != NULL)
    {
        return NVRTC_ERROR_INVALID_INPUT;
    }

    nvrtcProgram created = calloc(1, sizeof *created);
    created->tag = PROGRAM;
    created->source = strdup(source);
    created->name = strdup(name != NULL ? name : "default_program");
    created->log = strdup("");
    __atomic_fetch_add(&live_programs, 1, __ATOMIC_SEQ_CST);
    *program = created;
    return NVRTC_SUCCESS;
}

nvrtcResult nvrtcDestroyProgram(nvrtcProgram* program)
{
    if (program == NULL || *program == NULL || (*program)->tag != PROGRAM)
    {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }

    (*program)->tag = 0;
    free((*program)->source), free((*program)->name), free((*program)->ptx), free((*program)->log), free(*program);
    *program = NULL;
    __atomic_fetch_sub(&live_programs, 1, __ATOMIC_SEQ_CST);
    return NVRTC_SUCCESS;
}

static char* read_prelude(void)
{
    const char* path = getenv("BEAMPRECODING_TEST_PRELUDE");
    FILE* file = path != NULL ? fopen(path, "r") : NULL;
    char* text = calloc(1, 1 << 16);
    if (file == NULL || fread(text, 1, (1 << 16) - 1, file) == 0)
    {
        fprintf(stderr, "fake NVRTC: BEAMPRECODING_TEST_PRELUDE names no file\n");
    }

    if (file != NULL)
    {
        fclose(file);
    }

    return text;
}

nvrtcResult nvrtcCompileProgram(nvrtcProgram program, int count, const char* const* options)
{
    if (program == NULL || program->tag != PROGRAM)
    {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }

    __atomic_fetch_add(&compilations, 1, __ATOMIC_SEQ_CST);
    char build[4096] = "-cl-std=CL1.2 -cl-kernel-arg-info -Werror";
    int has_architecture = 0;
    for (int i = 0; i < count; i++)
    {
        if (strncmp(options[i], "-D", 2) == 0)
        {
            strncat(build, " ", sizeof build - strlen(build) - 1);
            strncat(build, options[i], sizeof build - strlen(build) - 1);
        }
        else if (strcmp(options[i], "--gpu-architecture=compute_80") == 0)
        {
            has_architecture = 1;
        }
        else if (strcmp(options[i], "--std=c++14") != 0)
        {
            free(program->log);
            program->log = strdup(options[i]);
            return NVRTC_ERROR_INVALID_OPTION;
        }
    }

    const char head[] = "#line 1 \"prelude.cuda.h\"\n";
    const char* rest = strncmp(program->source, head, sizeof head - 1) == 0 ? strstr(program->source + sizeof head, "\n#line ") : NULL;
    if (rest == NULL || !has_architecture)
    {
        return NVRTC_ERROR_INVALID_INPUT;
    }

    char* prelude = read_prelude();
    const size_t room = strlen(prelude) + strlen(rest) + strlen(build) + 256;
    free(program->ptx);
    program->ptx = calloc(1, room);
    snprintf(program->ptx, room, "%s//%s\n#line 1 \"prelude.opencl.h\"\n%s%s", FAKE_PTX, build, prelude, rest);
    free(prelude);
    cuInit(0);
    const char* source = strchr(program->ptx + sizeof FAKE_PTX - 1, '\n') + 1;
    int status;
    cl_program compiled = clCreateProgramWithSource(context, 1, &source, NULL, &status);
    status = clBuildProgram(compiled, 1, &device, build, NULL, NULL);
    if (status != 0)
    {
        size_t size = 0;
        clGetProgramBuildInfo(compiled, device, BUILD_LOG, 0, NULL, &size);
        free(program->log);
        program->log = calloc(1, size + 1);
        clGetProgramBuildInfo(compiled, device, BUILD_LOG, size, program->log, NULL);
    }

    clReleaseProgram(compiled);
    return status == 0 ? NVRTC_SUCCESS : NVRTC_ERROR_COMPILATION;
}

nvrtcResult nvrtcGetPTXSize(nvrtcProgram program, size_t* size)
{
    if (program == NULL || program->tag != PROGRAM || program->ptx == NULL)
    {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }

    *size = strlen(program->ptx) + 1; // the closing zero counts
    return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetPTX(nvrtcProgram program, char* ptx)
{
    if (program == NULL || program->tag != PROGRAM || program->ptx == NULL)
    {
        return NVRTC_ERROR_INVALID_PROGRAM;
    }

    memcpy(ptx, program->ptx, strlen(program->ptx) + 1);
    return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetProgramLogSize(nvrtcProgram program, size_t* size)
{
    *size = strlen(program->log) + 1;
    return NVRTC_SUCCESS;
}

nvrtcResult nvrtcGetProgramLog(nvrtcProgram program, char* log)
{
    memcpy(log, program->log, strlen(program->log) + 1);
    return NVRTC_SUCCESS;
}
