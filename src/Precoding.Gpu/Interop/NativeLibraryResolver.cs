using System.Reflection;
using System.Runtime.InteropServices;

namespace Precoding.Gpu.Interop;

/// <summary>Finds a driver library under the names it has on each system; LibraryImport declarations name it by one.</summary>
internal static class NativeLibraryResolver
{
    private static readonly Dictionary<string, nint> Handles = [];
    private static readonly Lock Gate = new();

    static NativeLibraryResolver() => NativeLibrary.SetDllImportResolver(typeof(NativeLibraryResolver).Assembly, Resolve);

    /// <summary>Loads <paramref name="library"/> under the first of <paramref name="fileNames"/> that the system has; false when it has none.</summary>
    public static bool TryLoad(string library, IReadOnlyList<string> fileNames)
    {
        lock (Gate)
        {
            if (Handles.ContainsKey(library))
            {
                return true;
            }

            foreach (string fileName in fileNames)
            {
                if (NativeLibrary.TryLoad(fileName, out nint handle))
                {
                    Handles[library] = handle;
                    return true;
                }
            }

            return false;
        }
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath)
    {
        lock (Gate)
        {
            return Handles.GetValueOrDefault(library); // 0: the runtime searches on its own
        }
    }
}
