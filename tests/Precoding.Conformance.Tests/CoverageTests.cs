using System.Reflection;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Keeps the conformance suite complete.</summary>
public class CoverageTests
{
    /// <summary>Every step of every interface the engines share has a test named Step_MatchesReference or Step_MatchReference.</summary>
    [Test]
    public void EveryStepHasAConformanceTest()
    {
        HashSet<string> tests = [.. typeof(CoverageTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(method => method.IsDefined(typeof(TestCaseSourceAttribute)) || method.IsDefined(typeof(TestAttribute)))
            .Select(method => method.Name)];
        string[] missing = [.. typeof(IEngine).GetInterfaces().Where(type => type != typeof(IDisposable)).SelectMany(type => type.GetMethods()).Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct()
            .Where(step => !tests.Contains(step + "_MatchesReference") && !tests.Contains(step + "_MatchReference"))];
        Assert.That(missing, Is.Empty);
    }

    /// <summary>A precoder of the catalog that no list of these tests has would be held to nothing: ncjt-cg and ncjt-sca, whose iterates differ in kind, have tests of their own.</summary>
    [Test]
    public void EveryPrecoderIsHeldToInvariants()
    {
        IEnumerable<string> held = PrecoderInvariantTests.Precoders.Select(p => p.Create(1).Name)
            .Concat(StreamInvariantTests.Precoders.Select(p => p.Create(new StreamRule.PerLink(1), 1).Name))
            .Concat(["ncjt-cg", "ncjt-sca"]); // StreamSearchInvariantTests, ScaInvariantTests
        Assert.That(PrecoderCatalog.Entries.Select(entry => entry.Name).Except(held), Is.Empty);
    }
}
