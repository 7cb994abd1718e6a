using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Sweep.Tests;

public sealed class SlurmOptionsTests
{
    [TestCase("3", 0, 0, 3, 0)]
    [TestCase("3:20", 0, 0, 3, 20)]
    [TestCase("2:03:20", 0, 2, 3, 20)]
    [TestCase("1-2", 1, 2, 0, 0)]
    [TestCase("1-2:3", 1, 2, 3, 0)]
    [TestCase("1-02:03:04", 1, 2, 3, 4)]
    public void TimeIsReadAsSlurmReadsIt(string text, int days, int hours, int minutes, int seconds) =>
        Assert.That(SlurmOptions.ParseTime(text), Is.EqualTo(new TimeSpan(days, hours, minutes, seconds)));

    [TestCase("UNLIMITED")]
    [TestCase("1-2-3")]
    [TestCase("1:2:3:4")]
    [TestCase("-5")]
    [TestCase("")]
    public void WhatIsNoTime_IsNone(string text) => Assert.That(SlurmOptions.ParseTime(text), Is.Null);

    [TestCase("2:30", false)]
    [TestCase("2:31", true)]
    public void TimeMustExceedTheSignalsAndSlurmsMinute(string time, bool isValid) =>
        Assert.That(() => new SlurmOptions { Time = time }.Validate(), isValid ? Throws.Nothing : Throws.TypeOf<ValidationException>().With.Message.Contains("more than 150 s"));

    [Test]
    public void AllProblemsAreToldAtOnce() => Assert.That(
        () => new SlurmOptions { CpusPerTask = 0, ArrayTasksAtOnce = -1, SignalSeconds = 0, Time = "soon", ExtraArguments = ["--constraint", "a100"] }.Validate(),
        Throws.TypeOf<ValidationException>().With.Property(nameof(ValidationException.Problems)).Count.EqualTo(5));
}
