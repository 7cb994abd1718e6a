namespace Precoding.Engines;

/// <summary>How a sub-problem of <see cref="IScaOps"/> ended.</summary>
public enum ScaOutcome
{
    /// <summary>It has not.</summary>
    Improving = 0,

    /// <summary>Its gap is small enough.</summary>
    Solved = 1,

    /// <summary>A step from the best point itself gained nothing that the arithmetic resolves.</summary>
    Stalled = 2,

    PassLimit = 3,
}

/// <summary>The sub-problems of successive convex approximation, one per realization, in the letters of <see cref="IScaOps"/>.</summary>
public sealed class ScaState : IDisposable
{
    private readonly List<Tensor> tensors = [];
    private readonly IEngine engine;
    private readonly int capacity;

    /// <param name="streams">One branch per stream.</param>
    public ScaState(IEngine engine, StreamProblem problem, StreamTable streams, SolveControl control, int passLimit, double gapTolerance, double gapShare)
    {
        if (problem.N != 1 || streams.B != 1)
        {
            throw new ArgumentException(
                $"ScaState: streams of {streams.B} branches to users with {problem.N} antennas, expected 1 and 1. The steps behind ncjt-rwmmse know more.", nameof(streams));
        }

        (this.engine, capacity) = (engine, control.Capacity);
        (PassLimit, GapTolerance, GapShare) = (passLimit, gapTolerance, gapShare);
        int S = Math.Max(1, streams.S), n = problem.Rows;
        Y = Create("y", ElementKind.Complex, S, n);
        EY = Create("ey", ElementKind.Complex, S, n);
        W = Create("gradient", ElementKind.Complex, S, n);
        GW = Create("gradientImages", ElementKind.Complex, S, n);
        Slope = Create("slope", ElementKind.Complex, S);
        Curvature = Create("curvature", ElementKind.Control, problem.K);
        InverseCurvature = Create("inverseCurvature", ElementKind.Control, problem.L);
        Value = Create("value", ElementKind.Control);
        ValueAtY = Create("valueAtY", ElementKind.Control);
        StartValue = Create("startValue", ElementKind.Control);
        Bound = Create("bound", ElementKind.Control);
        Gap = Create("gap", ElementKind.Control);
        Stationarity = Create("stationarity", ElementKind.Control);
        Momentum = Create("momentum", ElementKind.Control);
        Outcome = Create("outcome", ElementKind.Integer);
        PassCount = Create("passCount", ElementKind.Integer);
        IsBest = Create("isBest", ElementKind.Integer);
        Passes = Create("passes", ElementKind.Integer);
        PassesAt = Create("passesAt", ElementKind.Integer, control.MaxIterations + 1);
    }

    /// <summary>Trial steps of one sub-problem.</summary>
    public int PassLimit { get; }

    /// <summary>δ of the gap, relative to the minorant.</summary>
    public double GapTolerance { get; }

    /// <summary>κ: the gap may also be this share of what the sub-problem has gained.</summary>
    public double GapShare { get; }

    /// <summary>Y, the point that gradients are taken at, [realization, stream, row].</summary>
    public Tensor Y { get; }

    /// <summary>E_Y, the images of Y.</summary>
    public Tensor EY { get; }

    /// <summary>W, [realization, stream, row].</summary>
    public Tensor W { get; }

    /// <summary>G_i(s) w_s.</summary>
    public Tensor GW { get; }

    /// <summary>a, [realization, stream].</summary>
    public Tensor Slope { get; }

    /// <summary>b, [realization, user].</summary>
    public Tensor Curvature { get; }

    /// <summary>τ, [realization, accessPoint].</summary>
    public Tensor InverseCurvature { get; }

    /// <summary>f at X, [realization]; the scalars below likewise.</summary>
    public Tensor Value { get; }

    /// <summary>f_Y.</summary>
    public Tensor ValueAtY { get; }

    /// <summary>f_0, f and sum rate where the sub-problem began.</summary>
    public Tensor StartValue { get; }

    /// <summary>U: no point within the budgets has a larger f.</summary>
    public Tensor Bound { get; }

    /// <summary>U − f at the last pass; it survives the end of the sub-problem.</summary>
    public Tensor Gap { get; }

    /// <summary>Gap of the first pass: the largest slope of the sum rate itself from X⁰ towards any point within the budgets.</summary>
    public Tensor Stationarity { get; }

    /// <summary>θ.</summary>
    public Tensor Momentum { get; }

    /// <summary><see cref="ScaOutcome"/> as integer.</summary>
    public Tensor Outcome { get; }

    /// <summary>Trial steps of the sub-problem so far.</summary>
    public Tensor PassCount { get; }

    /// <summary>1 where Y = X.</summary>
    public Tensor IsBest { get; }

    /// <summary>Passes of the solve so far, the last of each sub-problem, which only finds that it has ended, included.</summary>
    public Tensor Passes { get; }

    /// <summary>Passes when an iteration ended, [realization, iteration 0…MaxIterations].</summary>
    public Tensor PassesAt { get; }

    /// <summary>No sub-problem yet: <see cref="IScaOps.MinorantTangent"/> begins one in every realization. Forgets an earlier solve.</summary>
    public void BeginFirst()
    {
        var unknown = new double[capacity];
        Array.Fill(unknown, double.PositiveInfinity);
        Gap.Write(unknown);
        Stationarity.Write(unknown);
        Passes.Write(new int[capacity]);
        PassesAt.Write(new int[PassesAt.Length]);
        SetOutcome(ScaOutcome.Solved);
    }

    /// <summary>Writes one outcome for all.</summary>
    public void SetOutcome(ScaOutcome outcome)
    {
        var outcomes = new int[capacity];
        Array.Fill(outcomes, (int)outcome);
        Outcome.Write(outcomes);
    }

    public void Dispose() => tensors.ForEach(tensor => tensor.Dispose());

    private Tensor Create(string name, ElementKind kind, params ReadOnlySpan<int> extents)
    {
        Tensor tensor = engine.Create(name, kind, [capacity, .. extents]);
        tensors.Add(tensor);
        return tensor;
    }
}
