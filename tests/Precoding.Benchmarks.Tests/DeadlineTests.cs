using NUnit.Framework;
using Precoding.Benchmarks.Deadlines;

namespace Precoding.Benchmarks.Tests;

public class DeadlineTests
{
    /// <summary>Late and early are told apart, and cells that settle or cannot be reached are not counted.</summary>
    [Test]
    public void CellsBeyondFivePercentAreCounted()
    {
        double[] quiet = [.. Enumerable.Repeat(-0.2, 10)];
        var cell = new DeadlineCell("one", "wmmse", IsNewSolver: false, Milliseconds: 20, LeastMilliseconds: 1, [-0.2, 0, 0.01, 0.02, 0.03], [], Settled: 0, Iterations: 9);
        string text = DeadlineCommand.ToMarkdown(
            [cell, cell with { Errors = [0.01, 0.06, 0.07], Undisturbed = quiet }, cell with { Settled = 5, Errors = [9], Milliseconds = 30 }, cell with { LeastMilliseconds = 21, Errors = [] }]);
        Assert.That(text, Does.Contain("| one | wmmse | kept | 1.00 | 20 | +1.0 % | +3.0 % | -20.0 % | 0 of 5 | – | – | 9 |"));
        Assert.That(text, Does.Contain("| 20 | not reachable |").And.Contain("| 30 | settles before |"));
        Assert.That(text, Does.Contain("Of 2 cells 1 have a median beyond 5 %, 1 are beyond it at the 95th percentile and 2 at worst."));
        Assert.That(text, Does.Contain("Of 1 cells with 10 undisturbed solves or more 1 have a median of these beyond 5 %, 1 are beyond it at the 95th percentile."));
    }

    [Test]
    public void SolvesAreMeasured()
    {
        using IDevice device = BenchmarkDevice.Open(BenchmarkDevice.Cpu);
        DeadlineCell[] cells = [.. DeadlineCell.Measure("tiny", Drops.Of(Drop.Tiny), "wmmse", 100_000, device, [1e-3, 20], isNewSolver: false)];
        Assert.That(cells[0].IsReachable, Is.False);
        Assert.That(cells[1].Errors.Length + cells[1].Settled, Is.EqualTo(100));
        Assert.That(cells[1].Iterations, Is.GreaterThan(0));
    }
}
