using System.CommandLine;
using Precoding.Cli.Output;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>The options of solve, and the request they make.</summary>
internal sealed class SolveOptions
{
    private readonly Option<string> channels = new("--channels")
    {
        Description = "Channel file, .npz, .npy, .mat (MATLAB level 5) or .csv; y = hᴴp for [realization, user, accessPoint, antenna].", HelpName = "file", Required = true,
    };

    private readonly Option<string> channelsName = new("--channels-name") { Description = "Array of an .npz or .mat file that holds the channels.", HelpName = "name", DefaultValueFactory = _ => "H" };
    private readonly Option<string?> axes = OptionValues.Text("--axes", "names", "Axes of the array, outermost first, such as user,accessPoint,antenna; by default by rank, or as the other arrays of the file tell.");
    private readonly Option<bool> downlinkGain = new("--downlink-gain") { Description = "The entries are those of y = h p, as a gain from the access point to the user, not of y = hᴴp: they are conjugated. Rows of H (with an axis userAntenna) are of y = H p either way." };
    private readonly Option<string?> precoder = new("--precoder")
    {
        Description = $"Precoders, separated by commas; for single-antenna users {PrecoderFamily.SingleAntenna.Names()}; for streams to users of any number of antennas {StreamPrecoders.Names()}. By default {PrecoderCatalog.DefaultName}, for users with several antennas {PrecoderCatalog.DefaultStreamName}.", HelpName = "names",
    };

    private readonly Option<string?> snrDb = OptionValues.Text("--snr-db", "x", "Each access point may send 10^(x/10) times the noise power; overrides the file's power. For precoders of streams: the average SNR of --snr-rule.");
    private readonly Option<string?> snrRule = OptionValues.Text(
        "--snr-rule", "rule", "What --snr-db is the average of, over the users of a realization, without beamforming: geometric-isotropic (default for precoders of streams), linear-isotropic or geometric-frobenius. Scales the channels; budgets stay those of --power or the file, else 1 W.");
    private readonly Option<string?> power = OptionValues.Text("--power", "watts", "Power budgets P1,P2,… in watts, or one for all; overrides the file's power.");
    private readonly Option<string?> antennaLimit = OptionValues.Text("--antenna-limit-db", "x", "No antenna sends more than 10^(x/10) times its share of the access point's budget over its antennas: 0 for amplifiers that just add up to the budget. Precoders that iterate are designed for it, closed forms are projected; not for streams. An iteration is then a round of several, which --iterations counts, rounded up to whole rounds.");
    private readonly Option<string?> noise = OptionValues.Text("--noise", "watts", "Noise power of every user; overrides the file's; 1 where neither says.");
    private readonly Option<string?> weights = OptionValues.Text("--weights", "list", "Weights w1,w2,… of the users' rates in the sum rate; overrides the file's; 1 where neither says.");
    private readonly Option<string> normalize = new("--normalize")
    {
        Description = "none, mean, median, user or link: scale gains so that their mean or median over users, each user's or each link's is 1 per antenna.",
        HelpName = "how",
        DefaultValueFactory = _ => "none",
    };

    private readonly Option<string[]> set = new("--set")
    {
        Description = "A setting of the precoders, repeatable: damping=0.5, or bsp-hamiltonian.damping=0.5 for one of several; an unknown key lists those there are. It wins over --iterations and --tolerance.", HelpName = "key=value",
    };

    private readonly Option<string?> starts = OptionValues.Text("--starts", "list", "Where iterations begin, such as mrt,rzf,wmmse:3,random:8; the best is kept. By default wrzf (rzf weighted by the rates of mrt) for reduced-cg, rzf for bln-pgp, mrt for the others. uniform is for bsp-hamiltonian and bsp-cg only, warm goes with --warm-start or --blocks. Precoders of streams: local-ezf (default), matched, random:N; cjt-wmmse also svd (default), ncjt:N.");
    private readonly Option<string?> iterations = OptionValues.Text("--iterations", "n", $"Iteration limit; by default {DefaultIterations()}. bln-pgp ends with its layers.");
    private readonly Option<string?> tolerance = OptionValues.Text(
        "--tolerance", "ε", "Settled when the sum rate changes by at most ε·max(1, rate) three times in a row; by default 1e-5. 0: only when it no longer changes at all.");
    private readonly Option<string?> serving = OptionValues.Text(
        "--serving", "rule", "Precoders of streams: which access points serve a user, file, all, nearest:L (positions in the file) or strongest:L; by default file where it has serving, else all. ncjt-lus takes streams from any access point.");
    private readonly Option<string?> streams = OptionValues.Text(
        "--streams", "rule", "Precoders of streams: N from each serving access point, average (the limit shared by them) or file; by default file where it has streams, else 1. ncjt-lsa and ncjt-lus choose by themselves.");
    private readonly Option<string?> maxStreams = OptionValues.Text(
        "--max-streams", "n", "Precoders of streams: the most a user receives; overrides the file's; as many as it has antennas where neither says.");
    private readonly Option<string?> csiNmse = OptionValues.Text(
        "--csi-nmse-db", "x", "Design on estimates whose errors have 10^(x/10) times the energy of each link's channel, such as -10, and report rates on the true channels.");
    private readonly Option<string?> csiError = OptionValues.Text(
        "--csi-error", "where", "With --csi-nmse-db: errors independent over the antennas (default), or over the beams, in proportion to each beam's strength.");
    private readonly Option<string> device = OptionValues.Device();
    private readonly Option<string?> precision = OptionValues.Text("--precision", "kind", "single or double; by default single, on the reference double.");
    private readonly Option<string?> threads = OptionValues.Threads();
    private readonly Option<string> seed = OptionValues.Seed();
    private readonly Option<string?> budget = OptionValues.Text("--budget-ms", "t", "Return from each precoder t milliseconds after it began, preparing and final rates included, with the best so far: iterations end when the next one would not fit. Not cut short: preparing (beam pursuit takes long), an iteration, compiling at first use; 0 iterations with status time-limit mean that there was time for the start only.");
    private readonly Option<string?> warmStart = OptionValues.Text("--warm-start", "file", "Precoders to start from: the --out file of an earlier solve with one precoder.");
    private readonly Option<string?> blocks = OptionValues.Text("--blocks", "b", "Realizations are time: b blocks a sequence, realization s·b + t being block t of sequence s. Every block but the first begins with the precoders of the last one; where users outnumber all antennas it begins with its own start too, and keeps the better. --starts warm,mrt does so everywhere, --starts mrt begins every block anew. --normalize then scales a sequence as a whole, and --budget-ms is for each block.");
    private readonly Option<string?> fairness = OptionValues.Text("--proportional-fair", "n", "With --blocks: weights that follow the users' average rates, inversely, from block to block; averages look back n blocks.");
    private readonly Option<string?> output = OptionValues.Text("--out", "file", "Write precoders and rates as .npz or .mat.");
    private readonly Option<string?> trace = OptionValues.Text("--trace", "file", "Write every iterate's rate, power excess and step size as .csv.");
    private readonly Option<bool> certificate = new("--certificate") { Description = "Also bound the sum rate of every transmit scheme within the budgets, linear or not, and report each precoder's share of the bound; for users with one antenna. In double precision." };
    private readonly Option<bool> json = new("--json") { Description = "Print one JSON object instead of the table." };
    private readonly Option<bool> quiet = OptionValues.Quiet();

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])
            [
                channels, channelsName, axes, downlinkGain, precoder, snrDb, snrRule, power, antennaLimit, noise, weights, normalize, serving, streams, maxStreams, set, starts, iterations, tolerance,
                csiNmse, csiError, device, precision, threads, seed, budget, warmStart, blocks, fairness, output, trace, certificate, json, quiet,
            ])
        {
            command.Options.Add(option);
        }
    }

    public SolveRequest Read(ParseResult parsed)
    {
        PrecoderChoice choice = ReadPrecoders(parsed);
        SnrRule? rule = ReadSnrRule(parsed, choice);
        if (parsed.GetValue(snrDb) is not null && parsed.GetValue(power) is not null && rule is null)
        {
            throw new UsageException("--snr-db and --power both set the transmit power; give one of them.");
        }

        if (parsed.GetValue(json) && parsed.GetValue(quiet))
        {
            throw new UsageException("--json and --quiet exclude each other; give one of them.");
        }

        if (parsed.GetValue(csiError) is not null && parsed.GetValue(csiNmse) is null)
        {
            throw new UsageException("--csi-error says where the errors of --csi-nmse-db are independent; give --csi-nmse-db X too, or leave it out.");
        }

        if (parsed.GetValue(fairness) is not null && (parsed.GetValue(blocks) is null || parsed.GetValue(certificate)))
        {
            throw new UsageException(parsed.GetValue(blocks) is null
                ? "--proportional-fair has weights follow the rates from block to block; say with --blocks B how many blocks a sequence has, or leave it out."
                : "--certificate bounds a sum rate of given weights, which --proportional-fair has not got; give one of them.");
        }

        OutputFile.Require("--out", parsed.GetValue(output), ".npz", ".mat");
        OutputFile.Require("--trace", parsed.GetValue(trace), ".csv");
        OutputFile.RefuseOverwriting("--out", parsed.GetValue(output), ("--channels", parsed.GetValue(channels)), ("--warm-start", parsed.GetValue(warmStart)));
        return new SolveRequest
        {
            Channels = parsed.GetValue(channels)!,
            ChannelsName = parsed.GetValue(channelsName)!,
            Axes = parsed.GetValue(axes),
            DownlinkGain = parsed.GetValue(downlinkGain),
            Precoders = choice,
            Streams = ReadStreams(parsed, choice),
            SnrRule = rule,
            SnrDb = OptionValues.Number("--snr-db", parsed.GetValue(snrDb)),
            PowerWatts = OptionValues.PositiveNumbers("--power", parsed.GetValue(power)),
            AntennaLimitDb = OptionValues.Number("--antenna-limit-db", parsed.GetValue(antennaLimit)),
            Weights = OptionValues.Weights("--weights", parsed.GetValue(weights)),
            NoiseWatts = OptionValues.Number("--noise", parsed.GetValue(noise), n => n > 0, "a positive number"),
            Normalization = OptionValues.Choice<Normalization>("--normalize", parsed.GetValue(normalize)!),
            CsiNmseDb = OptionValues.Number("--csi-nmse-db", parsed.GetValue(csiNmse)),
            CsiError = parsed.GetValue(csiError) is { } where ? OptionValues.Choice<EstimateError>("--csi-error", where) : EstimateError.Antennas,
            Device = parsed.GetValue(device)!,
            Precision = parsed.GetValue(precision) is { } text ? OptionValues.Choice<Precision>("--precision", text) : null,
            ThreadCount = OptionValues.Count("--threads", parsed.GetValue(threads)),
            WarmStart = parsed.GetValue(warmStart),
            Out = parsed.GetValue(output),
            Trace = parsed.GetValue(trace),
            Certificate = parsed.GetValue(certificate),
            Json = parsed.GetValue(json),
            Quiet = parsed.GetValue(quiet),
        };
    }

    private static IEnumerable<PrecoderEntry> StreamPrecoders => PrecoderCatalog.Entries.Where(e => e.HasStreams());

    private static string DefaultIterations() => string.Join("; ", PrecoderCatalog.Entries.Where(e => !e.IsClosedForm())
        .GroupBy(e => e.DefaultOptions.MaxIterations).Select(group => $"{group.Key} for {group.Names()}"));

    /// <summary>What --snr-db means: one thing for all precoders of the list, or nothing is computed.</summary>
    private SnrRule? ReadSnrRule(ParseResult parsed, PrecoderChoice choice)
    {
        bool hasSnr = parsed.GetValue(snrDb) is not null;
        if (parsed.GetValue(snrRule) is { } text)
        {
            return hasSnr ? OptionValues.Choice<SnrRule>("--snr-rule", text) : throw new UsageException("--snr-rule says what --snr-db is an average of; give --snr-db X too, or leave it out.");
        }

        if (hasSnr && choice.HaveStreams && choice.HaveSingleAntenna)
        {
            string single = choice.Entries.Where(e => !e.HasStreams()).Names(), streamed = choice.Entries.Where(e => e.HasStreams()).Names();
            throw new UsageException(
                $"--snr-db sets the power of each access point for {single}, and the average SNR for {streamed}. Say which with --snr-rule, which then holds for all, or give --power in its place.");
        }

        return hasSnr && choice.HaveStreams ? SnrRule.GeometricIsotropic : null;
    }

    private StreamChoice ReadStreams(ParseResult parsed, PrecoderChoice choice)
    {
        if (!choice.HaveStreams && new[] { serving, streams, maxStreams }.FirstOrDefault(o => parsed.GetValue(o) is not null) is { } idle)
        {
            throw new UsageException(
                $"{idle.Name} has no effect on {choice.Entries.Names()}: every access point serves every user with one stream; leave it out, or choose a precoder of streams, such as {PrecoderCatalog.DefaultStreamName}.");
        }

        if (parsed.GetValue(streams) is not null && choice.Entries.All(e => !e.HasStreams() || e.DefaultOptions is StreamSelectionOptions))
        {
            throw new UsageException($"--streams has no effect on {choice.Entries.Where(e => e.HasStreams()).Names()}, which choose streams by themselves; leave it out, or bound them with --max-streams.");
        }

        var result = new StreamChoice
        {
            Serving = parsed.GetValue(serving) is { } text ? ServingChoice.Parse(text, hasFile: true) : null,
            Streams = parsed.GetValue(streams)?.ToLowerInvariant(),
            MaxStreams = OptionValues.Count("--max-streams", parsed.GetValue(maxStreams)),
        };
        result.Validate();
        return result;
    }

    private bool AsksForStreams(ParseResult parsed) => new[] { serving, streams, maxStreams, snrRule }.Any(o => parsed.GetValue(o) is not null);

    private PrecoderChoice ReadPrecoders(ParseResult parsed) => new()
    {
        Entries = PrecoderChoice.ParseNames(parsed.GetValue(precoder) ?? (AsksForStreams(parsed) ? PrecoderCatalog.DefaultStreamName : PrecoderCatalog.DefaultName)),
        IsDefault = parsed.GetValue(precoder) is null,
        Starts = ReadStarts(parsed),
        Iterations = OptionValues.Count("--iterations", parsed.GetValue(iterations)),
        Tolerance = OptionValues.Number("--tolerance", parsed.GetValue(tolerance), n => n >= 0, "a number from 0"),
        Seed = OptionValues.ParseSeed(parsed.GetValue(seed)!),
        TimeLimit = OptionValues.Number("--budget-ms", parsed.GetValue(budget), n => n is > 0 and <= int.MaxValue, "a positive number of milliseconds") is { } milliseconds
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null,
        Settings = parsed.GetValue(set) ?? [],
        Blocks = OptionValues.Count("--blocks", parsed.GetValue(blocks)),
        FairnessWindow = OptionValues.Count("--proportional-fair", parsed.GetValue(fairness)),
    };

    private IReadOnlyList<InitialPrecoder>? ReadStarts(ParseResult parsed)
    {
        bool isWarm = parsed.GetValue(warmStart) is not null, hasBlocks = parsed.GetValue(blocks) is not null;
        if (isWarm && hasBlocks)
        {
            throw new UsageException("--warm-start gives every realization precoders to start from, --blocks takes those of the block before; give one of them.");
        }

        if (parsed.GetValue(starts) is not { } text)
        {
            return isWarm ? [new InitialPrecoder.WarmStart()] : null;
        }

        IReadOnlyList<InitialPrecoder> list;
        try
        {
            list = InitialPrecoder.ParseList(text);
        }
        catch (ValidationException error)
        {
            throw new UsageException($"--starts: {error.Message}");
        }

        bool names = list.Any(s => s is InitialPrecoder.WarmStart);
        return names == isWarm || hasBlocks ? list : throw new UsageException(names
            ? "--starts names 'warm', but there is no --warm-start FILE to start from and no --blocks; give one, or leave 'warm' out."
            : "--warm-start gives precoders, but --starts does not name 'warm'; add it, or leave --starts out.");
    }
}
