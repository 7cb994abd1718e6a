using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop;

/// <summary>A driver's object, released once.</summary>
internal abstract class NativeHandle : SafeHandle
{
    protected NativeHandle(nint handle)
        : base(0, ownsHandle: true) => SetHandle(handle);

    public override bool IsInvalid => handle == 0;
}
