using NUnit.Framework;

namespace Precoding.Abstractions.Tests;

public sealed class OptionsTests
{
    [Test]
    public void DefaultsAreValid()
    {
        foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
        {
            Assert.That(entry.DefaultOptions.Validate, Throws.Nothing, entry.Name);
            Assert.That(entry.Create(entry.DefaultOptions).Name, Is.EqualTo(entry.Name));
        }
    }

    [Test]
    public void EveryProblemIsNamedAtOnceWithItsValueAndRule()
    {
        var options = new BeamStructuredHamiltonianOptions { Damping = -1, FineFactor = 0, MaxIterations = 0, Tolerance = double.NaN };
        ValidationException error = Assert.Throws<ValidationException>(() => new BeamStructuredHamiltonian(options))!;
        Assert.That(error.Problems, Has.Count.EqualTo(4));
        Assert.That(error.Message, Does.Contain("BeamStructuredHamiltonianOptions.Damping is -1; it must be positive"));
    }

    [Test]
    public void UniformStartsAreForBeamsOnly()
    {
        IReadOnlyList<InitialPrecoder> uniform = [new InitialPrecoder.Uniform()];
        Assert.Multiple(() =>
        {
            Assert.That(() => new BeamStructuredHamiltonian(new() { Starts = uniform }), Throws.Nothing);
            Assert.That(() => new Wmmse(new() { Starts = uniform }), Throws.TypeOf<ValidationException>());
            Assert.That(() => new ReducedConjugateGradient(new() { Starts = uniform }), Throws.TypeOf<ValidationException>());
        });
    }

    [Test]
    public void ReducedConjugateGradientsStartFromWeightedZeroForcing() =>
        Assert.That(new ReducedConjugateGradientOptions().Starts, Is.EqualTo(InitialPrecoder.ParseList("wrzf")));

    [Test]
    public void LocalEigenZeroForcingIsItsOwnStart()
    {
        var options = new LocalEigenZeroForcingOptions { Starts = [new InitialPrecoder.Matched()] };
        Assert.That(() => new LocalEigenZeroForcing(options), Throws.TypeOf<ValidationException>().With.Message.Contains("Starts is matched; this precoder starts from local-ezf"));
    }

    [Test]
    public void StartListsReadAsTheyPrint()
    {
        IReadOnlyList<InitialPrecoder> starts = InitialPrecoder.ParseList("mrt, rzf,wrzf,wmmse:3,random:2,uniform,warm");
        Assert.That(starts.Select(s => s.ToString()), Is.EqualTo(new[] { "mrt", "rzf", "wrzf", "wmmse:3", "random#0", "random#1", "uniform", "warm" }));
    }

    [TestCase("")]
    [TestCase("wmmse")]
    [TestCase("wmmse:0")]
    [TestCase("random:-1")]
    [TestCase("mrt:2")]
    [TestCase("mrt,,rzf")]
    public void OtherStartListsAreRefused(string text) => Assert.That(() => InitialPrecoder.ParseList(text), Throws.TypeOf<ValidationException>());

    [Test]
    public void UnknownPrecodersAreRefusedWithTheKnownOnes() =>
        Assert.That(() => PrecoderCatalog.Find("nonsense"), Throws.TypeOf<ValidationException>().With.Message.Contains("reduced-cg"));
}
