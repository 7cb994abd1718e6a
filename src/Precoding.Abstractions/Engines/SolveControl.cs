namespace Precoding.Engines;

/// <summary>
/// The state of control of a running batch; it lives with the data, one entry per realization, so that a realization solved alone equals itself in
/// a batch. Status and counters are integers, the rest double.
/// </summary>
public sealed class SolveControl : IDisposable
{
    /// <summary>Columns of <see cref="Trace"/>: sum rate (bit/s/Hz), worst power excess (relative), step size.</summary>
    public const int TraceColumns = 3;

    public SolveControl(IEngine engine, int capacity, int maxIterations, double tolerance, int patience)
    {
        (Capacity, MaxIterations, Tolerance, Patience) = (capacity, maxIterations, tolerance, patience);
        Status = engine.Create("status", ElementKind.Integer, capacity);
        Iteration = engine.Create("iteration", ElementKind.Integer, capacity);
        CalmIterations = engine.Create("calmIterations", ElementKind.Integer, capacity);
        RootMissing = engine.Create("rootMissing", ElementKind.Integer, capacity);
        SearchState = engine.Create("searchState", ElementKind.Integer, capacity);
        Objective = engine.Create("objective", ElementKind.Control, capacity);
        PreviousObjective = engine.Create("previousObjective", ElementKind.Control, capacity);
        BestObjective = engine.Create("bestObjective", ElementKind.Control, capacity);
        StepSize = engine.Create("stepSize", ElementKind.Control, capacity);
        ForceChange = engine.Create("forceChange", ElementKind.Control, capacity);
        PowerExcess = engine.Create("powerExcess", ElementKind.Control, capacity);
        Trace = engine.Create("trace", ElementKind.Control, capacity, maxIterations + 1, TraceColumns);
    }

    public int Capacity { get; }

    /// <summary>How many of the <see cref="Capacity"/> realizations are in use.</summary>
    public int RealizationCount { get; set; }

    public int MaxIterations { get; }

    /// <summary>ε of the stopping rule |R⁽ᵈ⁾ − R⁽ᵈ⁻¹⁾| ≤ ε·max(1, R), R in bit/s/Hz.</summary>
    public double Tolerance { get; }

    /// <summary>On how many consecutive iterations the change must be small.</summary>
    public int Patience { get; }

    /// <summary><see cref="SolveStatus"/> as integer, [realization].</summary>
    public Tensor Status { get; }

    /// <summary>Iterations done, [realization].</summary>
    public Tensor Iteration { get; }

    /// <summary>Consecutive iterations with a small change, [realization].</summary>
    public Tensor CalmIterations { get; }

    /// <summary>1 when the position constraint had no real root in this iteration: the next step size is halved, [realization].</summary>
    public Tensor RootMissing { get; }

    /// <summary><see cref="LineSearchState"/> as integer, [realization].</summary>
    public Tensor SearchState { get; }

    /// <summary>Σ_k α_k ln(tot_k/int_k) of the current iterate, or the bound U of a dual uplink, nats, [realization].</summary>
    public Tensor Objective { get; }

    public Tensor PreviousObjective { get; }

    public Tensor BestObjective { get; }

    /// <summary>h of the integrators, α of the line searches, [realization].</summary>
    public Tensor StepSize { get; }

    /// <summary>δ = ‖(h/2)(∇f(u⁽ᵈ⁾) − ∇f(u⁽ᵈ⁺¹⁾))‖ of the step rule, [realization].</summary>
    public Tensor ForceChange { get; }

    /// <summary>max_l (power_l/P_l − 1) of the current iterate, [realization].</summary>
    public Tensor PowerExcess { get; }

    /// <summary>[realization, iteration 0…MaxIterations, <see cref="TraceColumns"/>].</summary>
    public Tensor Trace { get; }

    public void Dispose()
    {
        foreach (Tensor tensor in (Tensor[])[Status, Iteration, CalmIterations, RootMissing, SearchState, Objective, PreviousObjective, BestObjective, StepSize, ForceChange, PowerExcess, Trace])
        {
            tensor.Dispose();
        }
    }
}

/// <summary>Where the line search of one realization stands within an iteration.</summary>
public enum LineSearchState
{
    /// <summary>To be searched along the conjugate direction.</summary>
    Searching = 0,

    /// <summary>A better point was accepted.</summary>
    Accepted = 1,

    /// <summary>Nothing better was found: to be searched once more along the preconditioned gradient.</summary>
    Retry = 2,

    /// <summary>Nothing better was found there either: the realization is settled.</summary>
    Exhausted = 3,

    /// <summary>No step could gain what the arithmetic resolves: the realization is settled at a stationary point.</summary>
    Stationary = 4,
}
