using NUnit.Framework;

namespace Precoding.Gpu.Tests;

/// <summary>PoCL keeps compiled kernels in the home directory unless told otherwise; where that is read-only it finds no device.</summary>
[SetUpFixture]
public sealed class SetUp
{
    [OneTimeSetUp]
    public void GivePoclAWritableCache()
    {
        if (Environment.GetEnvironmentVariable("POCL_CACHE_DIR") is null)
        {
            NativeEnvironment.Set("POCL_CACHE_DIR", Directory.CreateTempSubdirectory("pocl-cache-").FullName);
        }
    }

    /// <summary>Tests neither read nor leave programs in the user's cache.</summary>
    [OneTimeSetUp]
    public void KeepProgramsApart()
    {
        if (Environment.GetEnvironmentVariable(Precoding.Gpu.Kernels.ProgramCache.DirectoryVariable) is null)
        {
            Environment.SetEnvironmentVariable(Precoding.Gpu.Kernels.ProgramCache.DirectoryVariable, Directory.CreateTempSubdirectory("program-cache-").FullName);
        }
    }
}
