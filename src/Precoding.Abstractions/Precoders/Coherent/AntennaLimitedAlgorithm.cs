using Precoding.Engines;

namespace Precoding;

/// <summary>
/// A coherent method under power limits of single antennas. It designs precoders on channels whose antennas are weighted, under the budgets alone; what it finds
/// is projected onto limits and budgets, and says which weights come next. An iteration is such a round; the best projection is returned. [coherent.md §10]
/// </summary>
internal sealed class AntennaLimitedAlgorithm : CoherentAlgorithm
{
    /// <summary>Least squares on weights anew until a given P that came from weights has found them again: each brings some two thirds of what is missing.</summary>
    private const int WarmWeightings = 10;

    private readonly int iterationsPerRound;
    private readonly double[] evenGain;
    private readonly CoherentProblem weighted;
    private readonly SolveControl round;
    private readonly CoherentAlgorithm method;
    private readonly Tensor gain, factor, antennaPower, projected, rates, power;
    private StartContext begun;
    private bool isPrepared; // for the weights in force

    public AntennaLimitedAlgorithm(CoherentPrecoder precoder, Network network, ChannelShape shape, IEngine engine, CoherentProblem problem, SolveControl control)
        : base(engine, problem, control, precoder.Options.Starts)
    {
        iterationsPerRound = precoder.IterationsPerRound;
        evenGain = [.. Enumerable.Range(0, problem.Capacity).SelectMany(_ => EvenGain(problem))];
        weighted = new CoherentProblem(engine, network, shape, problem.Capacity);
        round = new SolveControl(engine, problem.Capacity, iterationsPerRound, tolerance: 0, precoder.Options.Patience);
        method = precoder.CreateAlgorithm(engine, weighted, round);
        gain = Create("gain", ElementKind.Control, problem.L, problem.M);
        factor = Create("factor", ElementKind.Control, problem.L, problem.M);
        antennaPower = Create("antennaPower", ElementKind.Control, problem.L, problem.M);
        projected = Create("projected", ElementKind.Complex, problem.L, problem.K, problem.M);
        rates = Create("roundRates", ElementKind.Control, problem.K);
        power = Create("roundPower", ElementKind.Control, problem.L);
    }

    public override bool Iterates => method.Iterates;

    public override void Prepare(ChannelBatch channels, int first)
    {
        round.RealizationCount = Control.RealizationCount;
        weighted.TakeWeights(channels.Network);
        gain.Write(evenGain);
        Weigh();
        method.Prepare(channels, first);
        isPrepared = true;
    }

    public override void PrepareAgain()
    {
        if (!isPrepared)
        {
            Weigh();
            method.PrepareAgain();
        }

        isPrepared = false; // what follows changes the weights
    }

    public override void Begin(StartContext context)
    {
        gain.Write(evenGain);
        Engine.ClearComplex(Precoders, Control); // a start that is not finite must not leave an earlier solve's precoder here
        bool isGiven = context.Start is InitialPrecoder.WarmStart;
        for (int i = 0; i < (isGiven ? WarmWeightings : 1) && (i == 0 || context.MayIterate()); i++)
        {
            if (isGiven)
            {
                WeighWarmStart();
            }

            PrepareAgain();
            method.Begin(begun = context);
            Project();
        }
    }

    public override void Iterate()
    {
        PrepareAgain();
        method.Begin(begun with { Start = new InitialPrecoder.Current() });
        for (int i = 0; i < iterationsPerRound; i++)
        {
            method.Iterate();
        }

        Project();
        Engine.AdvanceControl(Control);
    }

    /// <summary><see cref="CoherentAlgorithm.Precoders"/> holds the best already.</summary>
    public override void Synthesize(Tensor precoders)
    {
    }

    public override void Dispose()
    {
        method.Dispose(); // and the weighted problem
        round.Dispose();
        base.Dispose();
    }

    /// <summary>Σ_m w_m P_{l,m} = P_l with equal weights where limits bind before the budget does.</summary>
    private static IEnumerable<double> EvenGain(CoherentProblem problem) =>
        from l in Enumerable.Range(0, problem.L)
        let limits = problem.AntennaPowerLimit[(l * problem.M)..((l + 1) * problem.M)].Sum()
        from m in Enumerable.Range(0, problem.M)
        select Math.Sqrt(Math.Min(1, limits / problem.PowerBudget[l]));

    /// <summary>g∘H, and a round that begins.</summary>
    private void Weigh()
    {
        Engine.BeginControl(method.InitialStepSize, round);
        Engine.ScaleAntennas(Problem, gain, Problem.H, weighted.H, Control);
    }

    /// <summary>P/g.</summary>
    private void WeighWarmStart()
    {
        var values = new double[evenGain.Length];
        gain.Read(values);
        factor.Write([.. values.Select(g => 1 / g)]);
        Engine.ScaleAntennas(Problem, factor, WarmStart!, method.WarmStart!, Control);
    }

    private void Project()
    {
        method.Synthesize(method.Precoders);                                            // P̃
        Engine.AntennaPowers(Problem, method.Precoders, antennaPower, Control);         // a
        Engine.LimitAntennas(Problem, antennaPower, gain, factor, Control);             // t, w
        Engine.ScaleAntennas(Problem, factor, method.Precoders, projected, Control);    // P
        Engine.EvaluatePrecoders(Problem, projected, rates, power, Control);
        Engine.TakeRates(Problem, rates, power, round.Objective, Control);
        Engine.KeepBest(projected, Precoders, Control);
    }
}
