using Precoding.Engines;
using Precoding.Testing;

namespace Precoding.Conformance.Tests;

/// <summary>A step of one-antenna users on one engine.</summary>
internal sealed class OpRun : StepRun
{
    private readonly OpInputs inputs;
    private BeamSupport? support;
    private UplinkState? uplink;

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

    /// <summary>A dual uplink with the noise and powers of the inputs, all else marked and compared.</summary>
    public UplinkState Uplink()
    {
        uplink = new UplinkState(Ops, Problem);
        foreach (Tensor tensor in (Tensor[])[uplink.Capacity, uplink.Marginal, uplink.GainMarginal, uplink.CapacitySize, uplink.MarginalSize, uplink.Bound])
        {
            FillAndCompare(tensor);
        }

        Give(uplink.Noise);
        Give(uplink.Power);
        return uplink;
    }

    /// <summary>As above after <see cref="IUplinkOps.UplinkCapacity"/>, and a bound before.</summary>
    public UplinkState EvaluatedUplink(double bound)
    {
        UplinkState evaluated = Uplink();
        foreach (Tensor tensor in (Tensor[])[evaluated.Capacity, evaluated.Marginal, evaluated.GainMarginal, evaluated.CapacitySize, evaluated.MarginalSize])
        {
            tensor.Write(inputs.Reals(tensor.Name));
        }

        evaluated.Bound.Write(Enumerable.Repeat(bound, Shape.R + 1).ToArray());
        return evaluated;
    }

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
        uplink?.Dispose();
        Problem.Dispose();
        base.Dispose();
    }

    private void Give(Tensor tensor)
    {
        tensor.Write(inputs.Reals(tensor.Name));
        AlsoCompare(tensor);
    }
}
