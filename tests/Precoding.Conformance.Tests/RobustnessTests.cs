using NUnit.Framework;
using Precoding.Cpu;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>Cases that a user meets sooner or later: overload, large batches, numbers out of range.</summary>
public sealed class RobustnessTests
{
    [Test]
    public void ReducedConjugateGradient_IsAsGoodInSingleAsInDouble_WhenUsersOutnumberAllAntennas()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(2, 2, 8, 40), seed: 81, powerWatts: 100);
        double[] single = Rates(Precision.Single), @double = Rates(Precision.Double);
        Assert.That(Relative.WorstEntry(single, @double), Is.LessThan(1e-4)); // P is rounded to single, the search is not

        double[] Rates(Precision precision)
        {
            using IDevice device = SimdDevice.Open(precision: precision, threadCount: 2);
            return new ReducedConjugateGradient(new() { MaxIterations = 40 }).Solve(channels, device).WeightedSumRate.ToArray();
        }
    }

    [Test]
    public void ABatchThatIsSplit_EqualsItsPartsSolvedAlone([Values("dft-codebook", "wmmse", "reduced-cg", "bsp-hamiltonian", "bsp-cg")] string name)
    {
        const int count = 4000, first = 3990, part = 7;
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(count, 2, 4, 3), seed: 82);
        using IDevice device = SimdDevice.Open(threadCount: 2);
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        IPrecoder precoder = entry.Create(entry.DefaultOptions with { MaxIterations = 5 });
        PrecodingResult whole = precoder.Solve(channels, device), alone = precoder.Solve(channels.Slice(first, part), device);
        for (int r = 0; r < part; r++)
        {
            Assert.That(whole.WeightedSumRate[first + r], Is.EqualTo(alone.WeightedSumRate[r]));
            Assert.That(whole.Iterations[first + r], Is.EqualTo(alone.Iterations[r]));
        }
    }

    [Test]
    public void AStartThatIsNotFinite_NeverBeatsOneThatIs([Values("mrt,rzf", "rzf,mrt")] string starts)
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 4, 3), seed: 83).Scaled((_, _, _) => 3e19); // squares leave the range of single precision
        using IDevice device = SimdDevice.Open(threadCount: 1);
        foreach (PrecoderEntry entry in PrecoderCatalog.Entries.Where(e => e.DefaultOptions is not (ClosedFormOptions or StreamOptions)))
        {
            PrecodingResult result = entry.Create(entry.DefaultOptions with { Starts = InitialPrecoder.ParseList(starts) }).Solve(channels, device);
            Assert.That(result.Precoders.AsSingle().ToArray(), Has.All.Matches<ComplexF>(p => float.IsFinite(p.Real) && float.IsFinite(p.Imaginary)), entry.Name);
        }
    }

    [Test]
    public void ATimeLimit_EndsALongStart()
    {
        ChannelBatch channels = RandomProblem.Create(new ProblemShape(1, 2, 32, 24), seed: 84);
        using IDevice device = SimdDevice.Open(threadCount: 2);
        var options = new ReducedConjugateGradientOptions { Starts = [new InitialPrecoder.Wmmse(10_000)], TimeLimit = TimeSpan.FromMilliseconds(50) };
        PrecodingResult result = new ReducedConjugateGradient(options).Solve(channels, device);
        Assert.Multiple(() =>
        {
            Assert.That(result.Status[0], Is.EqualTo(SolveStatus.TimeLimit));
            Assert.That(result.Iterations[0], Is.Zero);
            Assert.That(result.WeightedSumRate[0], Is.GreaterThan(0));
        });
    }
}
