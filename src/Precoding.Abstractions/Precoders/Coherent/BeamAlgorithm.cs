using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>What the methods in the beam domain share: table, support, u, ∇ψ and their starts. [coherent.md §2, §3.6]</summary>
internal abstract class BeamAlgorithm : CoherentAlgorithm
{
    private readonly BeamSettings settings;
    private readonly ReducedStart? reducedStart;
    private readonly Tensor? x, s, startPrecoders;

    protected BeamAlgorithm(BeamSettings settings, IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
        : base(engine, problem, control, starts)
    {
        this.settings = settings;
        Support = new BeamSupport(engine, problem, settings.FineFactor, BeamSelection.BeamsPerLink(settings, problem.M));
        Table = Create("beamTable", ElementKind.Complex, problem.L * Support.N, problem.K);
        U = CreateSlots("u");
        ConstraintGradient = CreateSlots("constraintGradient");
        Power = Create("power", ElementKind.Control, problem.L);
        if (starts.Any(start => start is InitialPrecoder.RegularizedZeroForcing or InitialPrecoder.WeightedZeroForcing or InitialPrecoder.Wmmse))
        {
            reducedStart = new ReducedStart(engine, problem, control, starts);
            x = Create("x", ElementKind.Complex, problem.L, problem.K, problem.K);
            s = Create("s", ElementKind.Complex, problem.L, problem.K, problem.K);
            startPrecoders = Create("startPrecoders", ElementKind.Complex, problem.L, problem.K, problem.M);
        }
    }

    /// <summary>Complex numbers of a realization here and in the problem: table, u, ∇ψ and the support, Gram matrices and a start from the reduced space.</summary>
    public static long ComplexNumbers(BeamSettings settings, ChannelShape shape)
    {
        long K = shape.UserCount, L = shape.AccessPointCount, M = shape.AntennaCount;
        return (((settings.FineFactor * M) + (3L * BeamSelection.BeamsPerLink(settings, shape.AntennaCount)) + M + 1) * L * K) + (((3 * L) + 1) * K * K);
    }

    protected BeamSupport Support { get; }

    /// <summary>Y = V̄ᴴH.</summary>
    protected Tensor Table { get; }

    /// <summary>u, [realization, slot].</summary>
    protected Tensor U { get; }

    /// <summary>∇ψ, [realization, slot].</summary>
    protected Tensor ConstraintGradient { get; }

    /// <summary>‖V u_l‖², [realization, accessPoint].</summary>
    protected Tensor Power { get; }

    /// <summary>The beam vector to return.</summary>
    protected virtual Tensor Result => U;

    public sealed override (BeamSupport Support, Tensor U)? Beams => (Support, Result);

    public override void Dispose()
    {
        reducedStart?.Dispose();
        Support.Dispose();
        base.Dispose();
    }

    /// <summary>u of the start on its budgets, ∇ψ and the power there.</summary>
    public override void Begin(StartContext context)
    {
        switch (context.Start)
        {
            case InitialPrecoder.MaximumRatio:
                Engine.MatchedBeams(Problem, Table, Support, U, Control);
                break;
            case InitialPrecoder.Uniform:
                Fill(static (_, _) => Complex.One);
                break;
            case InitialPrecoder.Random(int index):
                Fill((realization, slot) => new CounterRandom(
                    context.Seed, RandomPurpose.StartPrecoder, context.NumberOf(realization), index).ComplexNormal((uint)slot));
                break;
            case InitialPrecoder.Current:
                break;
            case InitialPrecoder.WarmStart:
                Engine.LeastSquaresBeams(Problem, WarmStart!, Support, U, Control);
                break;
            default:
                reducedStart!.Begin(context, WarmStart, x!, s!);
                Engine.SynthesizePrecoders(Problem, x!, startPrecoders!, Control);
                Engine.ProjectedBeams(Problem, startPrecoders!, Support, U, Control);
                break;
        }

        Engine.ScaleBeamsToBudget(Problem, Support, U, ConstraintGradient, Power, Control);
    }

    public override void PrepareAgain()
    {
        if (reducedStart is not null)
        {
            Engine.GramMatrices(Problem, Control);
        }

        Engine.BeamTable(Problem, Support, Table, Control);
    }

    public override void Prepare(ChannelBatch channels, int first)
    {
        PrepareAgain();
        switch (settings.Selector)
        {
            case SupportSelector.Pursuit:
                Engine.PursuitSupport(Problem, settings.PursuitResidual, Support, Control);
                break;
            case SupportSelector.PathBinning:
                BeamSelection.WritePathBins(channels, first, Problem, Support, Control);
                break;
            case SupportSelector.Full:
                BeamSelection.WriteAllBeams(Problem, Support, Control);
                break;
        }
    }

    public override void Synthesize(Tensor precoders) => Engine.PrecodersOfBeams(Problem, Support, Result, precoders, Control);

    /// <summary>[realization, slot].</summary>
    protected Tensor CreateSlots(string name) => Create(name, ElementKind.Complex, Support.SlotCapacity);

    private void Fill(Func<int, int, Complex> value)
    {
        var values = new Complex[Control.RealizationCount * Support.SlotCapacity];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = value(i / Support.SlotCapacity, i % Support.SlotCapacity);
        }

        U.Write(values);
    }
}

/// <summary>Which beams there are and which a user may use; the options of the methods in the beam domain have the same.</summary>
/// <param name="FineFactor">F.</param>
/// <param name="Selector">How the support is chosen.</param>
/// <param name="PursuitResidual">ε of the pursuit.</param>
internal readonly record struct BeamSettings(int FineFactor, SupportSelector Selector, double PursuitResidual);
