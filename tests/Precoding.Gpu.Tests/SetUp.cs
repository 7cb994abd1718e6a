using NUnit.Framework;
using Precoding.Gpu.Kernels;

namespace Precoding.Gpu.Tests;

/// <summary>Places for what drivers and the library compile, unless the environment names others, for as long as the tests run.</summary>
[SetUpFixture]
public sealed class SetUp
{
    private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("precoding-gpu-tests-");

    /// <summary>PoCL keeps compiled kernels in the home directory unless told otherwise; where that is read-only it finds no device.</summary>
    [OneTimeSetUp]
    public void GivePoclAWritableCache()
    {
        if (Environment.GetEnvironmentVariable("POCL_CACHE_DIR") is null)
        {
            NativeEnvironment.Set("POCL_CACHE_DIR", directory.CreateSubdirectory("pocl").FullName);
        }
    }

    /// <summary>Tests neither read nor leave programs in the user's cache.</summary>
    [OneTimeSetUp]
    public void KeepProgramsApart()
    {
        if (Environment.GetEnvironmentVariable(ProgramCache.DirectoryVariable) is null)
        {
            Environment.SetEnvironmentVariable(ProgramCache.DirectoryVariable, Path.Combine(directory.FullName, "programs"));
        }
    }

    [OneTimeTearDown]
    public void DeleteDirectory() => directory.Delete(recursive: true);
}
