using Precoding.Engines;

namespace Precoding;

/// <summary>One WMMSE iteration: receivers and weights once, then the access points in turn (Gauss–Seidel, each exact, therefore monotone). [coherent.md §4]</summary>
internal sealed class WmmseSweep(IEngine engine, CoherentProblem problem, SolveControl control) : IDisposable
{
    private readonly Tensor receiver = engine.Create("receiver", ElementKind.Complex, problem.Capacity, problem.K);
    private readonly Tensor weight = engine.Create("weight", ElementKind.Control, problem.Capacity, problem.K);
    private readonly Tensor powerMultiplier = engine.Create("powerMultiplier", ElementKind.Control, problem.Capacity, problem.L);

    /// <summary>Forgets the multipliers of an earlier solve, so that results do not depend on it.</summary>
    public void Begin() => powerMultiplier.Write(new double[problem.Capacity * problem.L]);

    public void Iterate(Tensor x, Tensor s)
    {
        engine.Receivers(problem, s, receiver, weight, control);                                      // a_k, w_k
        for (int l = 0; l < problem.L; l++)
        {
            engine.UpdateBlock(problem, l, receiver, weight, x, s, powerMultiplier, control);         // X_l, λ_l
        }
    }

    public void Dispose()
    {
        receiver.Dispose();
        weight.Dispose();
        powerMultiplier.Dispose();
    }
}
