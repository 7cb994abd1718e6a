using System.Globalization;
using Precoding.Cli.Devices;
using Precoding.Cli.Solving;
using Precoding.Simulation;
using YamlDotNet.RepresentationModel;

namespace Precoding.Cli.Sweeps;

/// <summary>Reads a plan; everything wrong is said at once, each with its line.</summary>
internal sealed class SweepPlanReader
{
    /// <summary>Shards where realizations are large: workers end at about the same time, and a crash costs little.</summary>
    private const int ManyShards = 64;

    /// <summary>Shards where realizations are small, and solved faster together.</summary>
    private const int FewShards = 16;

    /// <summary>Channels of a shard: at least so many that batches are worth their while, at most what a device has room for.</summary>
    private const long LeastBytes = 4L << 20, MostBytes = 256L << 20;

    /// <summary>Characters of a label: it stands in every line of results.</summary>
    private const int LongestLabel = 200;

    private const string Reference = "reference"; // device of double precision alone

    private readonly PlanText text;
    private readonly PlanMapping plan;
    private readonly string directory;

    private SweepPlanReader(PlanText text, string directory) => (this.text, plan, this.directory) = (text, text.Root, directory);

    /// <param name="path">Of a .yaml, .yml or .json file; files that it names are beside it.</param>
    /// <param name="settings">path=value of --set.</param>
    public static SweepPlan Read(string path, IEnumerable<string> settings)
    {
        if (Path.GetExtension(path).ToLowerInvariant() is not (".yaml" or ".yml" or ".json"))
        {
            throw new UsageException($"sweep: '{path}' is no plan: its name ends in .yaml, .yml or .json. For a run directory say what to do with it: sweep status, resume, cancel, merge or report DIR.");
        }

        if (!File.Exists(path))
        {
            throw new ValidationException($"{path} does not exist; expected a plan. Check the name; beamprecoding sweep --help shows one.");
        }

        return Parse(File.ReadAllText(path), path, Path.GetDirectoryName(Path.GetFullPath(path))!, settings);
    }

    /// <summary>The plan that a manifest holds.</summary>
    /// <exception cref="ValidationException">It is not the one whose hash shards carry: whoever mixes two has numbers of neither.</exception>
    public static SweepPlan Of(SweepManifest manifest)
    {
        SweepPlan plan = Parse(manifest.Plan.ToJsonString(), SweepManifest.FileName, Directory.GetCurrentDirectory(), []);
        SweepManifest own = plan.ToManifest();
        return (own.PlanHash, own.RealizationCount, own.ShardRealizationCount, own.UnitCount) == (manifest.PlanHash, manifest.RealizationCount, manifest.ShardRealizationCount, manifest.UnitCount)
            ? plan
            : throw new ValidationException(
                $"{SweepManifest.FileName}: its plan is not the one that its shards are of; it was edited, or made by a version that reads plans otherwise ({manifest.Tool}). Put the old one back, use that version, or sweep into another directory.");
    }

    internal static SweepPlan Parse(string content, string source, string directory, IEnumerable<string> settings)
    {
        var text = new PlanText(content, source, settings);
        SweepPlan? read = new SweepPlanReader(text, directory).Read();
        text.ThrowIfProblems();
        return read!;
    }

    /// <summary>Null where there are problems.</summary>
    private SweepPlan? Read()
    {
        string? name = plan.Text("name");
        ulong seed = plan.Seed("seed") ?? 0;
        int? threads = plan.Count("threads");
        SweepDrops? drops = ReadDrops(seed, threads);
        int? realizations = ReadRealizationCount(drops);
        Normalization normalization = plan.Choice<Normalization>("normalize") ?? Normalization.None;
        IReadOnlyList<double>? snrDb = plan.Numbers("snrDb");
        SnrRule? snrRule = plan.Choice<SnrRule>("snrRule");
        IReadOnlyList<double>? power = plan.Numbers("power", p => p > 0, "positive numbers, watts");
        double? antennaLimit = plan.Number("antennaLimitDb");
        double? noise = plan.Number("noise", n => n > 0, "a positive number, watts");
        double? csiNmse = plan.Number("csiNmseDb");
        EstimateError csiError = plan.Choice<EstimateError>("csiError") ?? EstimateError.Antennas;
        StreamChoice streams = ReadStreams();
        IReadOnlyList<SweepPrecoder> precoders = ReadPrecoders(seed);
        IReadOnlyList<SweepMetric> metrics = ReadMetrics();
        bool certificate = plan.Truth("certificate") ?? false, saves = plan.Truth("savePrecoders") ?? false;
        Precision? precision = plan.Choice<Precision>("precision");
        IReadOnlyList<string> devices = ReadDevices();
        int? shardRealizations = plan.Count("shardRealizations");
        plan.RefuseOthers();
        if (drops is null || realizations is null)
        {
            return null;
        }

        if (precision is null && devices.Contains(Reference) && devices.Any(d => d != Reference))
        {
            text.Refuse(plan.Find("device")!, "device has reference, which computes in double precision, beside others, which compute in single where nothing is said. Say precision: double.");
        }

        RequirePower(drops, snrDb, power);
        Require(precoders, drops.Shape, certificate);
        int shardSize = shardRealizations ?? ShardSize(realizations.Value, drops.Shape);
        if (SweepManifest.ShardCountOf(realizations.Value, shardSize) > SweepManifest.MostShards)
        {
            text.Refuse($"{realizations} realizations in shards of {shardSize} are more than {SweepManifest.MostShards} shards, a file each; give a larger shardRealizations, or fewer realizations.");
        }

        return new SweepPlan
        {
            Name = name ?? "sweep",
            Seed = seed,
            Drops = drops,
            RealizationCount = realizations.Value,
            Normalization = normalization,
            SnrDb = snrDb ?? [double.NaN],
            SnrRule = snrDb is null ? null : snrRule ?? DefaultRule(precoders),
            PowerWatts = power,
            AntennaLimitDb = antennaLimit,
            NoiseWatts = noise,
            CsiNmseDb = csiNmse,
            CsiError = csiError,
            Precoders = precoders,
            Streams = streams,
            Metrics = metrics,
            Certificate = certificate,
            SavesPrecoders = saves,
            Precision = precision ?? (devices.All(d => d == Reference) ? Precision.Double : Precision.Single),
            Devices = devices,
            ThreadCount = threads,
            ShardRealizationCount = shardSize,
        };
    }

    /// <summary>64 shards; fewer, but 16, until a shard has 4 MiB of channels; more from 256 MiB on.</summary>
    private static int ShardSize(int realizations, ChannelShape shape)
    {
        long bytes = shape.CoefficientsPerRealization * 8;
        long size = Math.Max(Parts(ManyShards), Math.Min(Parts(FewShards), LeastBytes / bytes));
        return (int)Math.Clamp(size, 1, Math.Max(1, MostBytes / bytes));

        long Parts(int count) => ((long)realizations + count - 1) / count;
    }

    private SweepDrops? ReadDrops(ulong seed, int? threads)
    {
        PlanMapping? scenario = plan.Mapping("scenario");
        YamlNode? channels = plan.Find("channels");
        ChannelFileOptions options = new() { Name = plan.Text("channelsName") ?? "H", Axes = plan.Text("axes"), DownlinkGain = plan.Truth("downlinkGain") ?? false };
        if (scenario is null == channels is null)
        {
            text.Refuse(scenario is null ? "neither 'scenario' nor 'channels'; a plan has one of them." : "both 'scenario' and 'channels'; a plan has one of them.");
            return null;
        }

        return scenario is not null ? ReadScenario(scenario, seed, threads) : ReadFiles(options);
    }

    private GeneratedDrops? ReadScenario(PlanMapping scenario, ulong seed, int? threads)
    {
        string? name = scenario.Text("name");
        ChannelShape? usual = name switch
        {
            GeneratedDrop.UrbanMacro => GeneratedDrop.PaperScale,
            GeneratedDrop.CellFree => GeneratedDrop.CellFreeScale,
            GeneratedDrop.Independent => GeneratedDrop.IndependentScale,
            _ => null,
        };
        if (usual is not { } sizes)
        {
            text.Refuse(scenario.Find("name") ?? scenario.Node, $"scenario.name is '{name}'; expected {GeneratedDrop.Scenarios}.");
            return null;
        }

        var shape = new ChannelShape(
            1, scenario.Count("users") ?? sizes.UserCount, scenario.Count("accessPoints") ?? sizes.AccessPointCount, scenario.Count("antennas") ?? sizes.AntennaCount,
            name == GeneratedDrop.UrbanMacro ? 1 : scenario.Count("userAntennas") ?? sizes.UserAntennaCount);
        double spread = name == GeneratedDrop.Independent ? scenario.Number("gainSpreadDb", g => g >= 0, "a number from 0") ?? 0 : 0;
        ServingChoice serving = new(ServingRule.Nearest, Math.Min(2, shape.AccessPointCount));
        if (name == GeneratedDrop.CellFree && scenario.Find("serving") is { } node)
        {
            serving = text.Read(node, () => ServingChoice.Parse(scenario.Scalar(node, "serving", "a rule") ?? "all", hasFile: false)) ?? serving;
        }

        scenario.RefuseOthers();
        return new GeneratedDrops(name!, shape, spread, serving, seed, threads);
    }

    private RecordedDrops? ReadFiles(ChannelFileOptions options)
    {
        RecordedFile?[] files = [.. plan.List("channels", (item, i) => text.Read(item, () => ReadFile(item, i, options)))!];
        if (files.Contains(null))
        {
            return null;
        }

        RecordedFile[] all = [.. files.OfType<RecordedFile>()];
        RecordedFile? other = all.FirstOrDefault(f => f.Shape with { RealizationCount = 1 } != all[0].Shape with { RealizationCount = 1 });
        if (other is not null)
        {
            text.Refuse(plan.Find("channels")!, $"{other.Path} has channels {other.Shape}, {all[0].Path} has {all[0].Shape}; expected the same sizes in all files. Sweep over them apart.");
        }

        foreach (IGrouping<string, RecordedFile> same in all.GroupBy(f => f.Hash).Where(g => g.Count() > 1))
        {
            text.Refuse(plan.Find("channels")!, $"{string.Join(" and ", same.Select(f => f.Path))} have the same contents; their drops would be counted as different ones. Name the file once.");
        }

        return new RecordedDrops(all, options);
    }

    /// <summary>A name, or what a manifest says of the file: it need not be read again then.</summary>
    private RecordedFile ReadFile(YamlNode item, int index, ChannelFileOptions options)
    {
        if (item is not YamlMappingNode mapping)
        {
            string name = plan.Scalar(item, "channels", "names of files") ?? string.Empty;
            string path = Path.GetFullPath(name, directory);
            return File.Exists(path) ? RecordedDrops.Look(path, options) : throw new ValidationException($"channels: {path} does not exist; expected a channel file. Names are relative to the plan.");
        }

        var file = new PlanMapping(text, mapping, string.Create(CultureInfo.InvariantCulture, $"channels[{index}]"));
        var shape = new ChannelShape(file.Count("realizations") ?? 1, file.Count("users") ?? 1, file.Count("accessPoints") ?? 1, file.Count("antennas") ?? 1, file.Count("userAntennas") ?? 1);
        var recorded = new RecordedFile(file.Text("file") ?? string.Empty, file.Text("sha256") ?? string.Empty, shape, file.Truth("hasPower") ?? false);
        file.RefuseOthers();
        return recorded;
    }

    private int? ReadRealizationCount(SweepDrops? drops)
    {
        int? asked = plan.Count("realizations");
        if (drops is null)
        {
            return null;
        }

        if (asked is null && drops.Available is null)
        {
            if (plan.Find("realizations") is null)
            {
                text.Refuse("no 'realizations'; say how many drops the scenario is to make.");
            }
        }
        else if (asked > drops.Available)
        {
            text.Refuse(plan.Find("realizations")!, $"realizations is {asked}; the channel files have {drops.Available}. Take fewer, or add files.");
        }

        return asked ?? drops.Available;
    }

    private StreamChoice ReadStreams()
    {
        StreamChoice streams = new() { MaxStreams = plan.Count("maxStreams") };
        if (plan.Find("serving") is { } serving)
        {
            streams = streams with { Serving = text.Read(serving, () => ServingChoice.Parse(plan.Scalar(serving, "serving", "a rule") ?? "all", hasFile: true)) };
        }

        if (plan.Find("streams") is { } rule)
        {
            streams = streams with { Streams = plan.Scalar(rule, "streams", "file, average or a number")?.ToLowerInvariant() };
            text.Read(rule, () =>
            {
                streams.Validate();
                return true;
            });
        }

        return streams;
    }

    private IReadOnlyList<SweepPrecoder> ReadPrecoders(ulong seed)
    {
        IReadOnlyList<SweepPrecoder?>? read = plan.List("precoders", (item, _) => ReadPrecoder(item, seed));
        if (read is null)
        {
            text.Refuse("no 'precoders'; name at least one, such as precoders: [wmmse, reduced-cg].");
        }

        SweepPrecoder[] precoders = [.. read?.OfType<SweepPrecoder>() ?? []];
        foreach (IGrouping<string, SweepPrecoder> same in precoders.GroupBy(p => p.Label).Where(g => g.Count() > 1))
        {
            text.Refuse(plan.Find("precoders")!, $"precoders: {same.Count()} are called '{same.Key}'; give each a label of its own, such as {{ name: {same.First().Entry.Name}, label: {same.Key} 10, iterations: 10 }}.");
        }

        return precoders;
    }

    private SweepPrecoder? ReadPrecoder(YamlNode item, ulong seed)
    {
        PlanMapping? keys = item is YamlMappingNode mapping ? new PlanMapping(text, mapping, "a precoder") : null;
        string? name = keys is null ? plan.Scalar(item, "precoders", "names, or mappings with name") : keys.Text("name");
        return text.Read(item, () =>
        {
            if (PrecoderCatalog.Entries.FirstOrDefault(e => e.Name == name) is not { } entry)
            {
                throw new ValidationException($"precoder '{name}' is not in this version; it has {PrecoderCatalog.Entries.Names()}.");
            }

            string label = keys?.Text("label") ?? entry.Name;
            if (!SweepCsv.CanHold(label) || label.Length > LongestLabel)
            {
                throw new ValidationException($"the label is longer than {LongestLabel} characters or holds some that a line of results cannot; choose another.");
            }

            string? starts = keys?.Find("starts") is null ? null : string.Join(',', keys.Texts("starts")!);
            int? iterations = keys?.Count("iterations");
            double? tolerance = keys?.Number("tolerance", t => t >= 0, "a number from 0");
            string? weights = keys?.Text(SweepPlan.WeightsHash);
            var others = keys?.Others().Select(o => (o.Key, Value: keys.Text(o.Key) ?? string.Empty)).Select(o => (o.Key, SweepPlan.IsWeights(o.Key) ? Path.GetFullPath(o.Value, directory) : o.Value)).ToArray() ?? [];
            var choice = new PrecoderChoice
            {
                Entries = [entry],
                Starts = starts is null ? null : InitialPrecoder.ParseList(starts),
                Iterations = iterations,
                Tolerance = tolerance,
                Seed = seed,
                Settings = [.. others.Select(o => $"{o.Key}={o.Item2}")],
                SettingOption = $"{label}: ",
            };
            if (choice.Create()[0].Options is UnfoldedProjectedGradientOptions { Weights: var found } ? weights is not null && weights != found.Hash : weights is not null)
            {
                throw new ValidationException($"{label}: the weights are not those of SHA-256 {weights} with which the sweep began. Put the old ones back, or sweep into another directory.");
            }

            return new SweepPrecoder(label, choice, starts, others);
        });
    }

    private IReadOnlyList<SweepMetric> ReadMetrics()
    {
        IReadOnlyList<SweepMetric?>? metrics = plan.List("metrics", (item, _) => text.Read(item, () =>
        {
            string name = plan.Scalar(item, "metrics", "names") ?? string.Empty;
            return SweepMetric.Find(name) ?? throw new ValidationException($"metric '{name}' is not in this version; it has {string.Join(", ", SweepMetric.All.Select(m => m.Name))}.");
        }));
        return metrics is null ? SweepMetric.Default : [.. metrics.OfType<SweepMetric>().Distinct()];
    }

    private IReadOnlyList<string> ReadDevices() => plan.List("device", (item, _) =>
    {
        string device = plan.Scalar(item, "device", "names of devices")?.ToLowerInvariant() ?? "auto";
        text.Read(item, () =>
        {
            DeviceChoice.Check(device, allowAll: true);
            return true;
        });
        return device;
    }) ?? ["auto"];

    private void RequirePower(SweepDrops drops, IReadOnlyList<double>? snrDb, IReadOnlyList<double>? power)
    {
        if (snrDb is null && power is null && !drops.HavePower)
        {
            text.Refuse("neither 'snrDb' nor 'power'; say what access points may send, such as snrDb: [0, 10, 20].");
        }

        if (snrDb is not null && snrDb.Distinct().Count() < snrDb.Count)
        {
            text.Refuse(plan.Find("snrDb")!, "snrDb has a value twice; give each once.");
        }
    }

    private void Require(IReadOnlyList<SweepPrecoder> precoders, ChannelShape shape, bool certificate)
    {
        if (precoders.Count > 0 && plan.Find("precoders") is { } node)
        {
            text.Read(node, () =>
            {
                PrecoderEntry[] entries = [.. precoders.Select(p => p.Entry)];
                entries.RequireAntennas(shape);
                return true;
            });
        }

        if (certificate && precoders.Any(p => p.Label == ShardComputation.BoundLabel))
        {
            text.Refuse(plan.Find("precoders")!, $"precoders: '{ShardComputation.BoundLabel}' is what results call the certificate's bounds; choose another label.");
        }

        if (certificate && shape.UserAntennaCount > 1)
        {
            text.Refuse(plan.Find("certificate")!, $"certificate bounds the sum rate of users with one antenna; these have {shape.UserAntennaCount}. Leave it out.");
        }

        if (plan.Find("snrRule") is null && plan.Find("snrDb") is { } snr && precoders.Any(p => p.Entry.HasStreams()) && precoders.Any(p => !p.Entry.HasStreams()))
        {
            text.Refuse(snr, $"snrDb sets the power of each access point for {precoders.Where(p => !p.Entry.HasStreams()).Select(p => p.Entry).Names()}, and the average SNR for precoders of streams. Say which with snrRule, or give power.");
        }
    }

    private static SnrRule? DefaultRule(IReadOnlyList<SweepPrecoder> precoders) => precoders.Any(p => p.Entry.HasStreams()) ? SnrRule.GeometricIsotropic : null;
}
