namespace Precoding.Cli.Solving;

/// <summary>What the command line says about the precoders; null where it says nothing and each precoder's own default holds.</summary>
internal sealed record PrecoderChoice
{
    public required IReadOnlyList<PrecoderEntry> Entries { get; init; }

    public IReadOnlyList<InitialPrecoder>? Starts { get; init; }

    public int? Iterations { get; init; }

    public double? Tolerance { get; init; }

    public ulong Seed { get; init; }

    public TimeSpan? TimeLimit { get; init; }

    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>The entries named in "wmmse,reduced-cg".</summary>
    public static IReadOnlyList<PrecoderEntry> ParseNames(string names)
    {
        var entries = new List<PrecoderEntry>();
        foreach (string name in names.Split(',', StringSplitOptions.TrimEntries))
        {
            PrecoderEntry entry = PrecoderCatalog.Entries.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new UsageException($"--precoder: '{name}' is not in this version; it has {string.Join(", ", PrecoderCatalog.Entries.Select(e => e.Name))}.");
            if (entries.Contains(entry))
            {
                throw new UsageException($"--precoder names '{entry.Name}' twice; name each precoder once.");
            }

            entries.Add(entry);
        }

        return entries;
    }

    public IReadOnlyList<IPrecoder> Create()
    {
        RefuseIterationOptionsForClosedForms();
        PrecoderSettings settings = PrecoderSettings.Parse(Settings, Entries);
        try
        {
            return [.. Entries.Select(e => e.Create(settings.Apply(e, OptionsOf(e))))];
        }
        catch (ValidationException error)
        {
            throw new UsageException(error.Message);
        }
    }

    private PrecoderOptions OptionsOf(PrecoderEntry entry)
    {
        PrecoderOptions options = entry.DefaultOptions;
        return options with
        {
            Starts = Starts ?? options.Starts,
            MaxIterations = Iterations ?? options.MaxIterations,
            Tolerance = Tolerance ?? options.Tolerance,
            Seed = Seed,
            TimeLimit = TimeLimit,
        };
    }

    private void RefuseIterationOptionsForClosedForms()
    {
        string? option = Starts is [InitialPrecoder.WarmStart] ? "--warm-start" : Starts is not null ? "--starts" : Iterations is not null ? "--iterations" : Tolerance is not null ? "--tolerance" : TimeLimit is not null ? "--budget-ms" : null;
        if (option is not null && Entries.All(e => e.DefaultOptions is ClosedFormOptions))
        {
            throw new UsageException(
                $"{option} has no effect on {string.Join(", ", Entries.Select(e => e.Name))}: closed forms do not iterate; " +
                $"leave it out, or add a precoder that does, such as {PrecoderCatalog.DefaultName}.");
        }
    }
}
