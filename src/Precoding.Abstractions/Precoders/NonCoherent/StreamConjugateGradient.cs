using Precoding.Engines;

namespace Precoding;

/// <summary>Options of <see cref="StreamConjugateGradient"/>.</summary>
public sealed record StreamConjugateGradientOptions : ExchangeOptions
{
    public StreamConjugateGradientOptions() => MaxIterations = 30;

    /// <summary>RWMMSE iterations before the first search: they take half the time and gain nearly as much while there is much to gain. [noncoherent.md §13]</summary>
    public int UpdatesFirst { get; init; } = 6;

    /// <summary>Searching iterations, from the first on, that search the update's own direction beside the conjugate one: the update still changes too much for conjugacy.</summary>
    public int SearchBothUntil { get; init; } = 8;

    /// <summary>Images are recomputed every so many iterations, against the drift of incremental updates.</summary>
    public int RefreshInterval { get; init; } = 10;

    protected override void CollectProblems(List<string> problems)
    {
        base.CollectProblems(problems);
        Require(problems, UpdatesFirst >= 0, nameof(UpdatesFirst), UpdatesFirst, "it must not be negative");
        Require(problems, SearchBothUntil >= 0, nameof(SearchBothUntil), SearchBothUntil, "it must not be negative");
        Require(problems, RefreshInterval >= 1, nameof(RefreshInterval), RefreshInterval, "it must be at least 1");
    }
}

/// <summary>
/// Conjugate gradients for non-coherent joint transmission: the update of RWMMSE, less the point it started from, is a preconditioned gradient; a line search
/// along it, and along its conjugate, takes what RWMMSE creeps towards in hundreds of iterations. Ours. [noncoherent.md §13]
/// </summary>
public sealed class StreamConjugateGradient(StreamConjugateGradientOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "ncjt-cg";

    internal override Exchange Exchange => Exchange.Coordinates;

    private protected override bool SendsToWeightZero => false;

    private protected override int VectorsOfBranches => 11;

    /// <summary>Besides, receivers of streams, covariances of a user at five trial steps and their sums, in double.</summary>
    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        long L = shape.AccessPointCount, K = shape.UserCount, N = shape.UserAntennaCount;
        return base.ComplexNumbersPerRealization(shape) + (2 * ((StreamsAtMost(shape) * (N + 2)) + (K * ((10 * N * N) + 3)) + (8 * L)));
    }

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) =>
        new Algorithm(context, plan, (StreamConjugateGradientOptions)Options);

    private sealed class Algorithm : StreamAlgorithm
    {
        private readonly StreamConjugateGradientOptions options;
        private readonly StreamSweep sweep;
        private readonly Tensor best, w, update, updateImage, gradient, d, dImage, eta, kind;
        private int iteration;

        public Algorithm(StreamContext context, StreamPlan plan, StreamConjugateGradientOptions options)
            : base(context, plan.Streams)
        {
            this.options = options;
            sweep = new StreamSweep(context, Streams);
            best = CreateOfBranches("best", Streams, Problem.Rows);
            w = CreateOfBranches("w", Streams, Problem.Rows);
            update = CreateOfBranches("update", Streams, Problem.Rows);
            updateImage = CreateOfBranches("updateImage", Streams, Problem.Rows);
            gradient = CreateOfBranches("gradient", Streams, Problem.Rows);
            d = CreateOfBranches("d", Streams, Problem.Rows);
            dImage = CreateOfBranches("dImage", Streams, Problem.Rows);
            eta = Create("eta", ElementKind.Control);
            kind = Create("kind", ElementKind.Integer, Problem.L);
        }

        public override double InitialStepSize => 1;

        protected override Tensor Result => best;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            iteration = 0;
            eta.Write(new double[Control.Capacity]); // no direction before the first
            Engine.ClearComplex(best, Control); // a start that is not finite must not leave an earlier solve's precoder here
            Engine.ClearComplex(update, Control);
            Engine.ClearComplex(updateImage, Control);
            Engine.ClearComplex(d, Control);
            Engine.ClearComplex(dImage, Control);
            Engine.ClearComplex(gradient, Control);
            sweep.Begin(E);
            Engine.KeepBest(X, best, Control);
        }

        public override void Iterate()
        {
            if (iteration++ < options.UpdatesFirst)
            {
                sweep.Iterate(X, E);
            }
            else
            {
                Search(iteration - 1 - options.UpdatesFirst);
            }

            Engine.KeepBest(X, best, Control);
            Engine.AdvanceControl(Control);
        }

        /// <summary>One iteration of conjugate gradients, number <paramref name="count"/> of them.</summary>
        private void Search(int count)
        {
            if (count > 0 && count % options.RefreshInterval == 0)
            {
                Engine.RefreshStreams(Problem, Streams, X, E, Control);
            }

            Engine.StreamGradient(Problem, Streams, E, sweep.Factor, sweep.Coefficient, w, Control);                                                      // U, W; ∇
            Engine.UpdateStreams(Problem, Streams, -1, sweep.Factor, sweep.Coefficient, update, updateImage, sweep.Multiplier, Control);                     // [NCJT (29)]
            Engine.StreamDirection(Problem, Streams, X, E, w, sweep.Multiplier, update, updateImage, gradient, eta, d, dImage, kind, Control);            // D⁰, β, D
            Engine.StreamSearch(Problem, Streams, options.UpdatesFirst + options.SearchBothUntil, update, updateImage, kind, d, dImage, X, E, Control);   // α, retraction
        }

        public override void Dispose()
        {
            sweep.Dispose();
            base.Dispose();
        }
    }
}
