using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>
/// One step on one engine: memory for the realizations of the shape and a spare, inputs written, outputs filled with a mark that only the step may
/// replace, control filled likewise. Realization 1, where there is one, is settled.
/// </summary>
internal abstract class StepRun : IDisposable
{
    /// <summary>What memory holds that the step must write or leave alone.</summary>
    public const double Mark = 7.25;

    private readonly StepInputs inputs;
    private readonly IDevice device;
    private readonly List<Tensor> compared = [];

    protected StepRun(EngineUnderTest engine, StepInputs inputs)
    {
        this.inputs = inputs;
        device = engine.Open();
        Ops = device.CreateEngine();
        Control = new SolveControl(Ops, inputs.RealizationCount + 1, maxIterations: 3, tolerance: 1e-3, patience: 2) { RealizationCount = inputs.RealizationCount };
        Ops.BeginControl(StepInputs.StepSize, Control);
        foreach (Tensor tensor in (Tensor[])[Control.Objective, Control.PreviousObjective, Control.ForceChange, Control.PowerExcess, Control.Trace])
        {
            Fill(tensor);
        }

        Control.Status.Write(Statuses());
        compared.AddRange([
            Control.Status, Control.Iteration, Control.CalmIterations, Control.RootMissing, Control.SearchState, Control.Objective,
            Control.PreviousObjective, Control.BestObjective, Control.StepSize, Control.ForceChange, Control.PowerExcess, Control.Trace]);
    }

    public IEngine Ops { get; }

    public SolveControl Control { get; }

    /// <summary>Tensors that must agree between engines, control included.</summary>
    public IReadOnlyList<Tensor> Compared => compared;

    /// <summary>A tensor to be read.</summary>
    public Tensor In(string name, double scale = 1) => Written(name, scale);

    /// <summary>A tensor to be updated.</summary>
    public Tensor InOut(string name, double scale = 1)
    {
        Tensor tensor = Written(name, scale);
        compared.Add(tensor);
        return tensor;
    }

    /// <summary>A complex tensor to be written.</summary>
    public Tensor Out(string name, params ReadOnlySpan<int> extents) => Marked(name, ElementKind.Complex, extents);

    /// <summary>A control tensor to be written.</summary>
    public Tensor OutControl(string name, params ReadOnlySpan<int> extents) => Marked(name, ElementKind.Control, extents);

    /// <summary>A tensor of integers to be written.</summary>
    public Tensor OutInteger(string name, params ReadOnlySpan<int> extents) => Marked(name, ElementKind.Integer, extents);

    /// <summary>Has another tensor compared too.</summary>
    public void AlsoCompare(Tensor tensor) => compared.Add(tensor);

    /// <summary>Has another tensor marked and compared.</summary>
    public void FillAndCompare(Tensor tensor)
    {
        Fill(tensor);
        compared.Add(tensor);
    }

    /// <summary>The compared tensor of that name.</summary>
    public Tensor Named(string name) => compared.Last(tensor => tensor.Name == name);

    /// <summary>The statuses in force: realization 1 and the spare are settled.</summary>
    public int[] Statuses() =>
        [.. Enumerable.Range(0, inputs.RealizationCount + 1).Select(r => (int)(r == 1 || r == inputs.RealizationCount ? SolveStatus.Converged : SolveStatus.Running))];

    public virtual void Dispose()
    {
        Control.Dispose();
        Ops.Dispose();
        device.Dispose();
    }

    protected static void Fill(Tensor tensor)
    {
        switch (tensor.Kind)
        {
            case ElementKind.Complex: tensor.Write([.. Enumerable.Repeat(new Complex(Mark, -Mark), (int)tensor.Length)]); break;
            case ElementKind.Control: tensor.Write([.. Enumerable.Repeat(Mark, (int)tensor.Length)]); break;
            default: tensor.Write([.. Enumerable.Repeat((int)Mark, (int)tensor.Length)]); break;
        }
    }

    private Tensor Written(string name, double scale)
    {
        bool isComplex = inputs.IsComplex(name);
        Tensor tensor = Ops.Create(name, isComplex ? ElementKind.Complex : ElementKind.Control, [inputs.RealizationCount + 1, .. inputs.ExtentsOf(name)]);
        if (isComplex)
        {
            tensor.Write([.. inputs.Complexes(name).Select(v => v * scale)]);
        }
        else
        {
            tensor.Write([.. inputs.Reals(name).Select(v => v * scale)]);
        }

        return tensor;
    }

    private Tensor Marked(string name, ElementKind kind, ReadOnlySpan<int> extents)
    {
        Tensor tensor = Ops.Create(name, kind, [inputs.RealizationCount + 1, .. extents]);
        Fill(tensor);
        compared.Add(tensor);
        return tensor;
    }
}
