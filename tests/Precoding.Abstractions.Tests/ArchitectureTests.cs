using System.Reflection;
using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

/// <summary>Gpu → Abstractions ← Cpu ← Simulation; no arrow between engines.</summary>
public sealed class ArchitectureTests
{
    [Test]
    public void AbstractionsReferenceNoProject() => Assert.That(ProjectsReferencedBy(typeof(IPrecoder)), Is.Empty);

    [TestCase(typeof(Cpu.ReferenceDevice))]
    [TestCase(typeof(Gpu.OpenClDevice))]
    public void EnginesReferenceAbstractionsOnly(Type member) =>
        Assert.That(ProjectsReferencedBy(member), Is.EqualTo(new[] { "Precoding.Abstractions" }));

    [Test]
    public void SimulationReferencesTheProcessorsEngineBeside() =>
        Assert.That(ProjectsReferencedBy(typeof(Simulation.ChannelFile)), Is.EquivalentTo(new[] { "Precoding.Abstractions", "Precoding.Cpu" }));

    [Test]
    public void AbstractionsNeedNoUnsafeCode() =>
        Assert.That(typeof(IPrecoder).Module.GetCustomAttributes().Select(a => a.GetType().Name), Does.Not.Contain("UnverifiableCodeAttribute"));

    private static IEnumerable<string> ProjectsReferencedBy(Type member) =>
        member.Assembly.GetReferencedAssemblies().Select(a => a.Name!).Where(n => n.StartsWith("Precoding", StringComparison.Ordinal));
}
