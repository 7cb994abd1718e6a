using System.Numerics;
using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>
/// One step on one engine: memory for the realizations of the shape and a spare, inputs written, outputs filled with a mark that only the step may
/// replace, control filled likewise. Realization 1, where there is one, is settled.
/// </summary>
internal sealed class OpRun : IDisposable
{
    /// <summary>What memory holds that the step must write or leave alone.</summary>
    public const double Mark = 7.25;

    private readonly OpInputs inputs;
    private readonly IDevice device;
    private readonly List<Tensor> compared = [];
    private BeamSupport? support;

    public OpRun(EngineUnderTest engine, OpInputs inputs)
    {
        this.inputs = inputs;
        device = engine.Open();
        Ops = device.CreateEngine();
        Problem = new CoherentProblem(Ops, inputs.Channels.Network, inputs.Channels.Shape, Shape.R + 1);
        Problem.H.Write(inputs.Complexes("H"));
        Problem.Gram.Write(inputs.Complexes("gram"));
        Problem.GramSum.Write(inputs.Complexes("gramSum"));
        Control = new SolveControl(Ops, Shape.R + 1, maxIterations: 3, tolerance: 1e-3, patience: 2) { RealizationCount = Shape.R };
        Ops.BeginControl(OpInputs.StepSize, Control);
        foreach (Tensor tensor in (Tensor[])[Control.Objective, Control.PreviousObjective, Control.ForceChange, Control.PowerExcess, Control.Trace])
        {
            Fill(tensor);
        }

        Control.Status.Write(Statuses());
        compared.AddRange([
            Control.Status, Control.Iteration, Control.CalmIterations, Control.RootMissing, Control.SearchState, Control.Objective,
            Control.PreviousObjective, Control.BestObjective, Control.StepSize, Control.ForceChange, Control.PowerExcess, Control.Trace]);
    }

    public ProblemShape Shape => inputs.Shape;

    public IEngine Ops { get; }

    public CoherentProblem Problem { get; }

    public SolveControl Control { get; }

    /// <summary>Tensors that must agree between engines, control included.</summary>
    public IReadOnlyList<Tensor> Compared => compared;

    public ChannelBatch Channels => inputs.Channels;

    /// <summary>The support of the inputs.</summary>
    public BeamSupport Support
    {
        get
        {
            if (support is null)
            {
                support = new BeamSupport(Ops, Problem, inputs.FineFactor, inputs.BeamsPerLink);
                support.Start.Write(inputs.SupportStart);
                support.Beam.Write(inputs.SupportBeam);
            }

            return support;
        }
    }

    /// <summary>A support to be written, marked and compared.</summary>
    public BeamSupport MarkedSupport()
    {
        var marked = new BeamSupport(Ops, Problem, inputs.FineFactor, inputs.BeamsPerLink);
        Fill(marked.Start);
        Fill(marked.Beam);
        compared.AddRange([marked.Start, marked.Beam]);
        return marked;
    }

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

    /// <summary>Has a tensor of the problem compared too.</summary>
    public void AlsoCompare(Tensor tensor) => compared.Add(tensor);

    /// <summary>A complex tensor [realization, accessPoint, k, u] to be written.</summary>
    public Tensor OutSquare(string name) => Out(name, Shape.L, Shape.K, Shape.K);

    /// <summary>Powers equal to the budgets times a factor, to be read.</summary>
    public Tensor Budgets(double factor = 1)
    {
        Tensor tensor = Ops.Create("power", ElementKind.Control, [Shape.R + 1, Shape.L]);
        tensor.Write([.. Enumerable.Range(0, (Shape.R + 1) * Shape.L).Select(i => factor * Problem.PowerBudget[i % Shape.L])]);
        return tensor;
    }

    /// <summary>The compared tensor of that name.</summary>
    public Tensor Named(string name) => compared.Last(tensor => tensor.Name == name);

    /// <summary>The statuses in force: realization 1 and the spare are settled.</summary>
    public int[] Statuses() =>
        [.. Enumerable.Range(0, Shape.R + 1).Select(r => (int)(r == 1 || r == Shape.R ? SolveStatus.Converged : SolveStatus.Running))];

    public void Dispose()
    {
        support?.Dispose();
        Control.Dispose();
        Problem.Dispose();
        Ops.Dispose();
        device.Dispose();
    }

    private static void Fill(Tensor tensor)
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
        Tensor tensor = Ops.Create(name, isComplex ? ElementKind.Complex : ElementKind.Control, [Shape.R + 1, .. inputs.ExtentsOf(name)]);
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
        Tensor tensor = Ops.Create(name, kind, [Shape.R + 1, .. extents]);
        Fill(tensor);
        compared.Add(tensor);
        return tensor;
    }
}
