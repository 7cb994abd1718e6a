using NUnit.Framework;

namespace Precoding.Simulation.Tests;

/// <summary>Small files of every format, good and bad; Corpus/make.py says how they came about.</summary>
internal static class Corpus
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Files", "Corpus");

    /// <summary>Name, and the shape of a good file or a part of the reason why a bad one is refused.</summary>
    public static IReadOnlyList<(string Name, string Expected)> Files =>
        [.. File.ReadAllLines(Path.Combine(Folder, "expected.tsv")).Select(line => line.Split('\t')).Select(words => (words[0], words[1]))];

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static IEnumerable<string> UnlistedFiles =>
        Directory.GetFiles(Folder).Select(f => Path.GetFileName(f)).Except(Files.Select(f => f.Name)).Except(["expected.tsv", "make.py"]);
}
