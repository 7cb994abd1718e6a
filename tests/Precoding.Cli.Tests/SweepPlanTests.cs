using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Cli.Solving;
using Precoding.Cli.Sweeps;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>Plans of sweeps: what they mean, and what is said of those that mean nothing.</summary>
public sealed class SweepPlanTests : CliTest
{
    private const string Small = """
        name: small
        seed: 3
        scenario: { name: iid, users: 4, antennas: 6, accessPoints: 2 }
        realizations: 5
        normalize: mean
        snrDb: [0, 10]
        precoders: [mrt, { name: reduced-cg, iterations: 7, starts: [mrt, "random:2"], patience: 2 }]
        """;

    [Test]
    public void DefaultsAreWrittenOut()
    {
        SweepPlan plan = Parse(Small);
        using (Assert.EnterMultipleScope())
        {
            Assert.That((plan.Name, plan.Seed, plan.RealizationCount, plan.Normalization), Is.EqualTo(("small", 3UL, 5, Normalization.Mean)));
            Assert.That(plan.SnrDb, Is.EqualTo(new double[] { 0, 10 }));
            Assert.That(plan.Drops.Shape, Is.EqualTo(new ChannelShape(1, 4, 2, 6)));
            Assert.That(plan.Devices, Is.EqualTo(new[] { "auto" }));
            Assert.That(plan.Metrics.Select(m => m.Name), Is.EqualTo(new[] { "sumRate", "iterations" }));
            PrecoderOptions options = plan.Precoders[1].Choice.Create()[0].Options;
            Assert.That((options.MaxIterations, options.Patience, options.Starts.Count, options.Seed), Is.EqualTo((7, 2, 3, 3UL)));
        }
    }

    /// <summary>What a manifest holds is a plan, and the same one, whichever precoder it is of.</summary>
    [Test]
    public void ThePlanOfAManifestIsThePlan()
    {
        foreach (PrecoderEntry entry in PrecoderCatalog.Entries)
        {
            string serving = entry.HasStreams() ? "serving: strongest:1\nmaxStreams: 1\n" : string.Empty;
            SweepPlan plan = Parse(Small.Replace("precoders: [mrt,", $"precoders: [{{ name: {entry.Name}, label: first }},", StringComparison.Ordinal) + $"\nsnrRule: linear-isotropic\n{serving}csiNmseDb: -10\nmetrics: [userRates, fairness]\nprecision: double");
            SweepManifest manifest = plan.ToManifest();
            SweepPlan again = SweepPlanReader.Of(manifest);
            Assert.That(again.ToManifest().Plan.ToJsonString(), Is.EqualTo(manifest.Plan.ToJsonString()), entry.Name);
            Assert.That(again.ToManifest().PlanHash, Is.EqualTo(manifest.PlanHash), entry.Name);
            PrecoderOptions before = plan.Precoders[0].Choice.Create()[0].Options, after = again.Precoders[0].Choice.Create()[0].Options;
            Assert.That(after with { Starts = before.Starts }, Is.EqualTo(before), entry.Name);
            Assert.That(after.Starts, Is.EqualTo(before.Starts), entry.Name);
        }
    }

    /// <summary>Shards of two plans would be merged as if they were of one.</summary>
    [Test]
    public void AManifestWhosePlanWasEditedIsRefused()
    {
        SweepManifest manifest = Parse(Small).ToManifest();
        Assert.That(() => SweepPlanReader.Of(manifest with { Plan = Parse(Small, "precoders.1.iterations=8").ToManifest().Plan }), Throws.TypeOf<ValidationException>().With.Message.Contains("it was edited"));
        Assert.That(() => SweepPlanReader.Of(manifest with { UnitCount = 3 }), Throws.TypeOf<ValidationException>());
    }

    /// <summary>What has learned depends on the numbers in its file, wherever that is.</summary>
    [Test]
    public void WeightsBelongToTheHash()
    {
        string first = PathOf("first.json"), second = PathOf("second.json"), other = PathOf("other.json");
        UnfoldedWeights shipped = UnfoldedWeights.Shipped;
        File.WriteAllText(first, shipped.ToJson(new JsonObject()));
        File.WriteAllText(second, shipped.ToJson(new JsonObject()));
        File.WriteAllText(other, new UnfoldedWeights("other", [.. shipped.Layers.Take(1)]).ToJson(new JsonObject()));
        string hash = Of("first.json").PlanHash;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(Of("first.json").Plan.ToJsonString(), Does.Contain(first.Replace("\\", "\\\\", StringComparison.Ordinal)), "beside the plan, from wherever it is read");
            Assert.That(Of("second.json").PlanHash, Is.EqualTo(hash));
            Assert.That(Of("other.json").PlanHash, Is.Not.EqualTo(hash));
            Assert.That(Parse(Small, "precoders=[bln-pgp]").ToManifest().PlanHash, Is.EqualTo(hash));
        }

        SweepManifest begun = Of("first.json");
        File.Copy(other, first, overwrite: true);
        Assert.That(() => SweepPlanReader.Of(begun), Throws.TypeOf<ValidationException>().With.Message.Contains("are not those of SHA-256"));

        SweepManifest Of(string name) => SweepPlanReader.Parse(Small, "plan.yaml", Path.GetDirectoryName(first)!, [$"precoders=[{{name: bln-pgp, weights: {name}}}]"]).ToManifest();
    }

    [Test]
    public void JsonIsAPlanToo()
    {
        const string Json = "{\n\t\"name\": \"other \\u00e9 \\/ name\",\n\t\"seed\": 3,\n\t\"scenario\": {\"name\": \"iid\", \"users\": 4, \"antennas\": 6, \"accessPoints\": 2},\n\t\"realizations\": 5,\n" +
            "\t\"normalize\": \"mean\", \"snrDb\": [0, 1e1],\n\t\"precoders\": [\"mrt\", {\"name\": \"reduced-cg\", \"iterations\": 7, \"starts\": \"mrt,random:2\", \"patience\": 2}]\n}";
        SweepPlan plan = Parse(Json);
        Assert.That(plan.Name, Is.EqualTo("other é / name"));
        Assert.That(plan.ToManifest().PlanHash, Is.EqualTo(Parse(Small).ToManifest().PlanHash));
    }

    [TestCase("name=other", true)]
    [TestCase("device=[cpu, opencl]", true)]
    [TestCase("device=reference", false)]
    [TestCase("precision=single", true)]
    [TestCase("threads=1", true)]
    [TestCase("shardRealizations=2", true)]
    [TestCase("savePrecoders=true", true)]
    [TestCase("seed=4", false)]
    [TestCase("realizations=6", false)]
    [TestCase("snrDb=[0,11]", false)]
    [TestCase("scenario.users=5", false)]
    [TestCase("scenario.gainSpreadDb=3", false)]
    [TestCase("precoders.reduced-cg.patience=3", false)]
    [TestCase("precoders.1.iterations=8", false)]
    [TestCase("precision=double", false)]
    [TestCase("certificate=true", false)]
    public void TheHashIsOfWhatTheNumbersDependOn(string setting, bool isSame) =>
        Assert.That(Parse(Small, setting).ToManifest().PlanHash == Parse(Small).ToManifest().PlanHash, Is.EqualTo(isSame));

    [Test]
    public void SettingsTakeThePlaceOfValues()
    {
        SweepPlan plan = Parse(Small, "snrDb=[-5, 5, 15]", "precoders.mrt.label=maximum ratio", "precoders.reduced-cg.iterations=9", "scenario.users=8", "csiNmseDb=-10");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(plan.SnrDb, Is.EqualTo(new double[] { -5, 5, 15 }));
            Assert.That(plan.Precoders.Select(p => p.Label), Is.EqualTo(new[] { "maximum ratio", "reduced-cg" }));
            Assert.That(plan.Precoders[1].Choice.Iterations, Is.EqualTo(9));
            Assert.That((plan.Drops.Shape.UserCount, plan.CsiNmseDb), Is.EqualTo((8, -10.0)));
        }
    }

    [TestCase("sead: 3", "plan.yaml, line 8: 'sead' is no key of a plan; it has name,")]
    [TestCase("csiNmseDb: ten", "plan.yaml, line 8: csiNmseDb is 'ten'; expected a finite number")]
    [TestCase("threads: 0", "plan.yaml, line 8: threads is '0'; expected a whole number from 1")]
    [TestCase("device: [cpu, tpu]", "plan.yaml, line 8: --device is 'tpu'")]
    [TestCase("metrics: [sumRate, speed]", "plan.yaml, line 8: metric 'speed' is not in this version; it has sumRate,")]
    [TestCase("metrics: []", "plan.yaml, line 8: metrics is empty")]
    [TestCase("certificate: maybe", "plan.yaml, line 8: certificate is 'maybe'; expected true or false")]
    [TestCase("serving: best", "plan.yaml, line 8: --serving is 'best'")]
    [TestCase("power: [1, -1]", "plan.yaml, line 8: power has '-1'; expected positive numbers, watts")]
    [TestCase("channels: nowhere.npz", "both 'scenario' and 'channels'")]
    [TestCase("precision: half", "plan.yaml, line 8: precision is 'half'; expected one of single, double")]
    [TestCase("noise: {a: 1}", "plan.yaml, line 8: noise is a mapping; expected a positive number, watts")]
    [TestCase("name: twice", "plan.yaml, line 8")]
    [TestCase("x: &a [1]", "plan.yaml, line 8: an anchor, which plans do not have")]
    [TestCase("shardRealizations: 1\ncertificate: true\nx: [[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]", "plan.yaml, line 10: more than 16 levels")]
    public void WhatIsWrongIsSaidWithItsLine(string line, string expected) =>
        Assert.That(() => Parse($"{Small}\n{line}\n"), Throws.TypeOf<ValidationException>().With.Message.Contains(expected));

    [TestCase("scenario={name: uma}", "--set scenario={name: uma}: scenario.name is 'uma'; expected uma-nlos, rayleigh-cell-free and iid")]
    [TestCase("scenario.gainSpreadDb=-1", "--set scenario.gainSpreadDb=-1: scenario.gainSpreadDb is '-1'")]
    [TestCase("precoders=[zf]", "--set precoders=[zf]: precoder 'zf' is not in this version; it has mrt,")]
    [TestCase("precoders=[wmmse, wmmse]", "2 are called 'wmmse'; give each a label")]
    [TestCase("precoders={name: wmmse, damping: 1}", "wmmse: damping=1: no chosen precoder has that setting")]
    [TestCase("precoders={name: mrt, iterations: 3}", "--iterations has no effect on mrt")]
    [TestCase("precoders={name: reduced-cg, starts: [rzf, wmmse:3, nowhere]}", "Start 'nowhere' is not known")]
    [TestCase("precoders=[mrt, local-ezf]", "Say which with snrRule, or give power")]
    [TestCase("snrDb=[10, 10.0]", "snrDb has a value twice")]
    [TestCase("scenario.userAntennas=2", "mrt, reduced-cg can precode for single-antenna users only")]
    [TestCase("device=[cpu, reference]", "Say precision: double")]
    [TestCase("realizations=", "--set realizations=: realizations is empty")]
    public void WhatIsWrongInASettingIsSaidWithIt(string setting, string expected) =>
        Assert.That(() => Parse(Small, setting), Throws.TypeOf<ValidationException>().With.Message.Contains(expected));

    [TestCase("2147483647 realizations in shards of 2 are more than 1000000 shards", "realizations=2147483647", "shardRealizations=2")]
    [TestCase("'upper-bound' is what results call the certificate's bounds", "certificate=true", "precoders.mrt.label=upper-bound")]
    public void WhatIsWrongTogetherIsSaid(string expected, params string[] settings) =>
        Assert.That(() => Parse(Small, settings), Throws.TypeOf<ValidationException>().With.Message.Contains(expected));

    /// <summary>A tree of them would end the process: it is read by recursion.</summary>
    [Test]
    public void DepthIsRefusedBeforeATreeIsBuilt() =>
        Assert.That(() => Parse(new string('[', 500_000)), Throws.TypeOf<ValidationException>().With.Message.Contains("more than 16 levels"));

    /// <summary>Lines of results have a longest length; what is longer could be written and not be read.</summary>
    [Test]
    public void LabelsAreOfBoundedLength()
    {
        Assert.That(Parse(Small, $"precoders.mrt.label={new string('a', 200)}").Precoders[0].Label, Has.Length.EqualTo(200));
        Assert.That(() => Parse(Small, $"precoders.mrt.label={new string('a', 201)}"), Throws.TypeOf<ValidationException>().With.Message.Contains("longer than 200 characters"));
    }

    [Test]
    public void RealizationsMayBeAsManyAsNumbersGo() => Assert.That(Parse(Small, "realizations=2147483647").ToManifest().ShardCount, Is.EqualTo(3073));

    [TestCase("snrDb", "expected key=value")]
    [TestCase("precoders.wmmse.iterations=3", "the list has no entry 'wmmse'; it has mrt, reduced-cg")]
    [TestCase("seed.x=3", "nothing below")]
    public void SettingsOfNothingAreUsageErrors(string setting, string expected) =>
        Assert.That(() => Parse(Small, setting), Throws.TypeOf<UsageException>().With.Message.Contains(expected));

    [TestCase("")]
    [TestCase("just words")]
    [TestCase("[1, 2]")]
    [TestCase("name: x\n---\nname: y")]
    [TestCase("name: [x")]
    [TestCase("\u0000")]
    public void WhatIsNoPlanIsRefused(string text) => Assert.That(() => Parse(text), Throws.TypeOf<ValidationException>().With.Message.Contains("plan.yaml"));

    [Test]
    public void AllProblemsAreSaidAtOnce()
    {
        ValidationException error = Assert.Throws<ValidationException>(() => Parse("sead: 1\nsnrDb: ten\nprecoders: [a, b, c, d, e]"))!;
        Assert.That(error.Message.Split('\n'), Has.Length.EqualTo(8), error.Message);
    }

    /// <summary>64 shards for large realizations, 16 where they are small and better solved together; never more than 256 MiB.</summary>
    [TestCase(10, 4, 6, 1)]
    [TestCase(1000, 4, 6, 63)]
    [TestCase(1_000_000, 4, 6, 15625)]
    [TestCase(10_000, 24, 64, 157)]
    [TestCase(10_000, 256, 512, 85)]
    public void ShardsAreNeitherManyNorLarge(int realizations, int users, int antennas, int expected) =>
        Assert.That(Parse(Small, $"realizations={realizations}", $"scenario.users={users}", $"scenario.antennas={antennas}", $"scenario.accessPoints={(users == 4 ? 2 : 3)}").ShardRealizationCount, Is.EqualTo(expected));

    private static SweepPlan Parse(string text, params string[] settings) => SweepPlanReader.Parse(text, "plan.yaml", "/", settings);
}
