using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>A step of one-antenna users on one engine.</summary>
internal sealed class OpRun : StepRun
{
    private readonly OpInputs inputs;
    private BeamSupport? support;

    public OpRun(EngineUnderTest engine, OpInputs inputs)
        : base(engine, inputs)
    {
        this.inputs = inputs;
        Problem = new CoherentProblem(Ops, inputs.Channels.Network, inputs.Channels.Shape, Shape.R + 1);
        Problem.H.Write(inputs.Complexes("H"));
        Problem.Gram.Write(inputs.Complexes("gram"));
        Problem.GramSum.Write(inputs.Complexes("gramSum"));
    }

    public ProblemShape Shape => inputs.Shape;

    public CoherentProblem Problem { get; }

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
        AlsoCompare(marked.Start);
        AlsoCompare(marked.Beam);
        return marked;
    }

    /// <summary>A complex tensor [realization, accessPoint, k, u] to be written.</summary>
    public Tensor OutSquare(string name) => Out(name, Shape.L, Shape.K, Shape.K);

    /// <summary>Powers equal to the budgets times a factor, to be read.</summary>
    public Tensor Budgets(double factor = 1)
    {
        Tensor tensor = Ops.Create("power", ElementKind.Control, [Shape.R + 1, Shape.L]);
        tensor.Write([.. Enumerable.Range(0, (Shape.R + 1) * Shape.L).Select(i => factor * Problem.PowerBudget[i % Shape.L])]);
        return tensor;
    }

    public override void Dispose()
    {
        support?.Dispose();
        Problem.Dispose();
        base.Dispose();
    }
}
