using NUnit.Framework;

namespace Precoding.Testing;

/// <summary>The repository that the tests are run in.</summary>
public static class Repository
{
    public static string Root
    {
        get
        {
            DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory);
            while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "BeamPrecoding.sln")))
            {
                directory = directory.Parent;
            }

            return directory?.FullName ?? throw new InvalidOperationException("No BeamPrecoding.sln above the tests; run them inside the repository.");
        }
    }
}
