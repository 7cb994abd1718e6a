using NUnit.Framework;

namespace Precoding.Testing;

/// <summary>A directory for each test, deleted afterwards. Its name has a space, as names of users' directories may.</summary>
public abstract class DirectoryTest
{
    protected string DirectoryPath { get; private set; } = string.Empty;

    [SetUp]
    public void CreateDirectory() => DirectoryPath = Directory.CreateTempSubdirectory("beamprecoding tests ").FullName;

    [TearDown]
    public void DeleteDirectory() => Directory.Delete(DirectoryPath, recursive: true);

    protected string PathOf(string name) => Path.Combine(DirectoryPath, name);
}
