namespace Precoding.Gpu.Interop.OpenCl;

/// <summary>cl_int results, cl.h and cl_ext.h.</summary>
internal enum ClStatus
{
    CL_SUCCESS = 0,
    CL_DEVICE_NOT_FOUND = -1,
    CL_DEVICE_NOT_AVAILABLE = -2,
    CL_OUT_OF_RESOURCES = -5,
    CL_OUT_OF_HOST_MEMORY = -6,
    CL_INVALID_VALUE = -30,
    CL_INVALID_DEVICE_TYPE = -31,
    CL_INVALID_PLATFORM = -32,
    CL_INVALID_DEVICE = -33,
    CL_PLATFORM_NOT_FOUND_KHR = -1001,
}

/// <summary>cl_platform_info.</summary>
internal enum ClPlatformInfo : uint
{
    CL_PLATFORM_NAME = 0x0902,
}

/// <summary>cl_device_type, a bit field.</summary>
[Flags]
internal enum ClDeviceType : ulong
{
    CL_DEVICE_TYPE_CPU = 1 << 1,
    CL_DEVICE_TYPE_GPU = 1 << 2,
    CL_DEVICE_TYPE_ALL = 0xFFFFFFFF,
}

/// <summary>cl_device_info.</summary>
internal enum ClDeviceInfo : uint
{
    CL_DEVICE_TYPE = 0x1000,
    CL_DEVICE_MAX_COMPUTE_UNITS = 0x1002,
    CL_DEVICE_GLOBAL_MEM_SIZE = 0x101F,
    CL_DEVICE_NAME = 0x102B,
    CL_DRIVER_VERSION = 0x102D,
    CL_DEVICE_VERSION = 0x102F,
    CL_DEVICE_DOUBLE_FP_CONFIG = 0x1032,
}
