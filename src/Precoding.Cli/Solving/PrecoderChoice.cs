namespace Precoding.Cli.Solving;

/// <summary>What the command line says about the precoders; null where it says nothing and each precoder's own default holds.</summary>
internal sealed record PrecoderChoice
{
    public required IReadOnlyList<PrecoderEntry> Entries { get; init; }

    /// <summary>Nobody named one.</summary>
    public bool IsDefault { get; init; }

    public IReadOnlyList<InitialPrecoder>? Starts { get; init; }

    public int? Iterations { get; init; }

    public double? Tolerance { get; init; }

    public ulong Seed { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    /// <summary>key=value, or name.key=value for one of several.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>Blocks of a sequence, where realizations are time.</summary>
    public int? Blocks { get; init; }

    /// <summary>Blocks that average rates of proportional fairness look back; null for given weights.</summary>
    public int? FairnessWindow { get; init; }

    /// <summary>What messages put before a setting.</summary>
    public string SettingOption { get; init; } = "--set ";

    public bool HaveStreams => Entries.Any(e => e.HasStreams());

    public bool HaveSingleAntenna => Entries.Any(e => !e.HasStreams());

    /// <summary>The entries named in "wmmse,reduced-cg".</summary>
    public static IReadOnlyList<PrecoderEntry> ParseNames(string names)
    {
        var entries = new List<PrecoderEntry>();
        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries))
        {
            PrecoderEntry entry = PrecoderCatalog.Entries.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new UsageException($"--precoder: '{name}' is not in this version; it has {PrecoderCatalog.Entries.Names()}.");
            if (entries.Contains(entry))
            {
                throw new UsageException($"--precoder names '{entry.Name}' twice; name each precoder once.");
            }

            entries.Add(entry);
        }

        return entries;
    }

    /// <param name="streams">Of the channels, for precoders that have streams; null only checks what can be checked without channels.</param>
    public IReadOnlyList<IPrecoder> Create(StreamSetup? streams = null)
    {
        RefuseIterationOptionsForClosedForms();
        PrecoderSettings settings = PrecoderSettings.Parse(Settings, Entries, SettingOption);
        try
        {
            return [.. Entries.Select(e => InBlocks(e.Create(settings.Apply(e, OptionsOf(e, streams)))))];
        }
        catch (ValidationException error)
        {
            throw new UsageException(error.Message);
        }
    }

    /// <summary>Throws where realizations are no whole number of sequences.</summary>
    public void RequireSequences(ChannelShape shape)
    {
        if (Blocks is { } blocks && shape.RealizationCount % blocks != 0)
        {
            throw new UsageException($"--blocks is {blocks}; the channels have {shape.RealizationCount} realizations, which are no whole number of sequences. Give a number that divides them.");
        }
    }

    /// <summary>Starts of the first block of a sequence, which no other is before; null for the precoder's own.</summary>
    private IReadOnlyList<InitialPrecoder>? OwnStarts =>
        Blocks is null ? Starts : Starts?.Where(start => start is not InitialPrecoder.WarmStart).ToArray() is { Length: > 0 } own ? own : null;

    private IPrecoder InBlocks(IPrecoder precoder) =>
        Blocks is null ? precoder : new BlockFading(precoder, new BlockFadingOptions { BlocksPerSequence = Blocks, FairnessWindow = FairnessWindow, Starts = Starts });

    private PrecoderOptions OptionsOf(PrecoderEntry entry, StreamSetup? streams)
    {
        PrecoderOptions options = entry.DefaultOptions is StreamOptions given && streams is not null
            ? given with { Streams = streams.Streams, MaxStreams = streams.MaxStreams }
            : entry.DefaultOptions;
        return entry.IsClosedForm() ? options : options with
        {
            Starts = OwnStarts ?? options.Starts,
            MaxIterations = Iterations ?? options.MaxIterations,
            Tolerance = Tolerance ?? options.Tolerance,
            Seed = Seed,
            TimeLimit = TimeLimit,
        };
    }

    private void RefuseIterationOptionsForClosedForms()
    {
        string? option = Starts is [InitialPrecoder.WarmStart] ? "--warm-start" : Starts is not null ? "--starts" : Iterations is not null ? "--iterations" : Tolerance is not null ? "--tolerance" : TimeLimit is not null ? "--budget-ms" : null;
        if (option is not null && Entries.All(e => e.IsClosedForm()))
        {
            throw new UsageException(
                $"{option} has no effect on {Entries.Names()}: closed forms do not iterate; " +
                $"leave it out, or add a precoder that does, such as {(HaveStreams ? PrecoderCatalog.DefaultStreamName : PrecoderCatalog.DefaultName)}.");
        }
    }
}
