using System.Reflection;
using NUnit.Framework;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Keeps the conformance suite complete.</summary>
public class CoverageTests
{
    private static readonly Type[] Interfaces =
        [typeof(ICommonOps), typeof(IReducedOps), typeof(IWmmseOps), typeof(IBeamOps), typeof(IStreamOps), typeof(IStreamSearchOps), typeof(IScaOps), typeof(IUplinkOps)];

    /// <summary>Every step of every interface the engines share has a test named Step_MatchesReference or Step_MatchReference.</summary>
    [Test]
    public void EveryStepHasAConformanceTest()
    {
        HashSet<string> tests = [.. typeof(CoverageTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance))
            .Where(method => method.IsDefined(typeof(TestCaseSourceAttribute)) || method.IsDefined(typeof(TestAttribute)))
            .Select(method => method.Name)];
        string[] missing = [.. Interfaces.SelectMany(type => type.GetMethods()).Where(method => !method.IsSpecialName).Select(method => method.Name).Distinct()
            .Where(step => !tests.Contains(step + "_MatchesReference") && !tests.Contains(step + "_MatchReference"))];
        Assert.That(missing, Is.Empty);
    }

    /// <summary>The lists above are the whole of what engines implement.</summary>
    [Test]
    public void EveryInterfaceOfStepsIsCovered() =>
        Assert.That(typeof(IEngine).GetInterfaces().Where(type => type != typeof(IDisposable)), Is.EquivalentTo(Interfaces));
}
