namespace Precoding;

/// <summary>How a sequence of blocks is solved.</summary>
public sealed record BlockFadingOptions
{
    /// <summary>B: realization s·B + t is block t of sequence s; null: all realizations are one sequence.</summary>
    public int? BlocksPerSequence { get; init; }

    /// <summary>
    /// Where every block but the first begins; <see cref="InitialPrecoder.WarmStart"/> stands for the precoders of the block before. With several, each block keeps the best. The first begins where the
    /// precoder's own options say. Null: warm, and where users outnumber the antennas of all access points also the precoder's own starts, because users that the last block turned off hardly come back from there.
    /// </summary>
    public IReadOnlyList<InitialPrecoder>? Starts { get; init; }

    /// <summary>N of proportional fairness, blocks that average rates look back: weights follow <see cref="ProportionalFairness"/>. Null: those of the network hold in every block.</summary>
    public int? FairnessWindow { get; init; }
}

/// <summary>
/// A precoder for channels that change from block to block: the realizations of a batch are consecutive blocks of time, and each is solved from where the last one ended, by one solver with its memory.
/// For methods that start from given precoders, the iterative ones of single-antenna users. Sequences do not depend on each other. [coherent.md §11]
/// </summary>
public sealed class BlockFading : IPrecoder
{
    private static readonly InitialPrecoder[] Warm = [new InitialPrecoder.WarmStart()];

    private readonly BlockFadingOptions options;
    private readonly CoherentPrecoder solved;

    public BlockFading(IPrecoder precoder, BlockFadingOptions? options = null)
    {
        this.options = options ?? new BlockFadingOptions();
        Options = precoder.Options;
        var problems = new List<string>();
        if (precoder is not CoherentPrecoder { Options: not ClosedFormOptions })
        {
            problems.Add($"{precoder.Name}: cannot begin a block with the precoders of the last one; take a precoder that iterates for users with one antenna, such as {PrecoderCatalog.DefaultName}, or solve every realization by itself.");
        }

        if (precoder.Options.StartsWarm)
        {
            problems.Add($"{precoder.Name}: its own start 'warm' has no precoders, it is that of the first block; name it in BlockFadingOptions.Starts, which are those of the others.");
        }

        Require(this.options.BlocksPerSequence is null or >= 1, nameof(BlockFadingOptions.BlocksPerSequence), this.options.BlocksPerSequence, "at least 1, or absent for one sequence");
        Require(this.options.FairnessWindow is null or >= 1, nameof(BlockFadingOptions.FairnessWindow), this.options.FairnessWindow, "at least 1 block, or absent for the network's weights");
        Require(this.options.Starts is null or { Count: > 0 }, nameof(BlockFadingOptions.Starts), "empty", "one start or more");
        ValidationException.ThrowIfAny(problems);
        solved = (CoherentPrecoder)PrecoderCatalog.Find(precoder.Name).Create(Options with { Starts = [.. Options.Starts.Union(this.options.Starts ?? Warm)] });

        void Require(bool holds, string name, object? value, string expected)
        {
            if (!holds)
            {
                problems.Add($"BlockFadingOptions.{name} is {value}; expected {expected}.");
            }
        }
    }

    public string Name => solved.Name;

    /// <summary>Of the precoder that solves the blocks; a time limit is for each block.</summary>
    public PrecoderOptions Options { get; }

    /// <summary>A solver whose channels are sequences: it takes no warm start.</summary>
    public ISolver CreateSolver(Network network, ChannelShape shape, IDevice device)
    {
        int blocks = options.BlocksPerSequence ?? shape.RealizationCount;
        RequireSequences(shape.RealizationCount, blocks);
        int together = options.FairnessWindow is null ? shape.RealizationCount / blocks : 1; // with weights of their own, sequences are solved in turn
        bool isOverloaded = shape.UserCount > shape.AccessPointCount * shape.AntennaCount;
        IReadOnlyList<InitialPrecoder> starts = options.Starts ?? (isOverloaded ? [.. Warm, .. Options.Starts] : Warm);
        return new Solver(this, blocks, starts, (BatchSolver)solved.CreateSolver(network, shape with { RealizationCount = together }, device));
    }

    public PrecodingResult Solve(ChannelBatch channels, IDevice device, CancellationToken cancellationToken = default)
    {
        using ISolver solver = CreateSolver(channels.Network, channels.Shape, device);
        return solver.Solve(channels, cancellationToken: cancellationToken);
    }

    private void RequireSequences(int realizations, int blocks)
    {
        if (realizations % blocks != 0)
        {
            throw new ValidationException($"{Name}: {realizations} realizations are no whole number of sequences of {blocks} blocks; give a number of blocks that divides them.");
        }
    }

    private sealed class Solver(BlockFading precoder, int blocks, IReadOnlyList<InitialPrecoder> starts, BatchSolver solver) : ISolver
    {
        private readonly BlockFadingOptions options = precoder.options;

        public PrecodingResult Solve(
            ChannelBatch channels, PrecoderBatch? warmStart = null, IProgress<SolveProgress>? progress = null, CancellationToken cancellationToken = default)
        {
            if (warmStart is not null)
            {
                throw new ValidationException($"{precoder.Name}: a sequence of blocks begins with the precoder's own start and goes on from its own blocks; pass no warm start.");
            }

            precoder.RequireSequences(channels.Shape.RealizationCount, blocks);
            int sequences = channels.Shape.RealizationCount / blocks, together = options.FairnessWindow is null ? sequences : 1;
            PrecodingResult result = solver.CreateResult(channels, plan: null);
            var told = new BlockProgress(progress, channels.Shape.RealizationCount);
            for (int first = 0; first < sequences; first += together)
            {
                ProportionalFairness? fairness = options.FairnessWindow is { } window ? new ProportionalFairness(channels.Network, window) : null;
                PrecoderBatch? previous = null;
                for (int block = 0; block < blocks && !(told.Done > 0 && cancellationToken.IsCancellationRequested); block++)
                {
                    ChannelBatch here = channels.Select((first * blocks) + block, blocks, together);
                    here = fairness is null ? here : here.WithNetwork(channels.Network.WithWeights(fairness.Weights));
                    PrecodingResult solution = solver.Solve(here, previous is null ? precoder.Options.Starts : starts, previous, told, cancellationToken);
                    for (int s = 0; s < together; s++)
                    {
                        result.Take(((first + s) * blocks) + block, solution, s);
                    }

                    result.Timings = (result.Timings with { Setup = 0 }).Plus(solution.Timings);
                    fairness?.Add(solution.Rates(0));
                    previous = solution.Precoders;
                    told.Done += together;
                }
            }

            return result;
        }

        public void Dispose() => solver.Dispose();
    }

    /// <summary>Progress within a block as progress of all.</summary>
    private sealed class BlockProgress(IProgress<SolveProgress>? progress, int realizationCount) : IProgress<SolveProgress>
    {
        public int Done { get; set; }

        public void Report(SolveProgress value) => progress?.Report(value with { RealizationsDone = Done + value.RealizationsDone, RealizationCount = realizationCount });
    }
}
