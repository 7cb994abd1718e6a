using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>Starts in reduced coordinates, X_l and S_l = G_l X_l, each block on its budget. [coherent.md §6]</summary>
internal sealed class ReducedStart : IDisposable
{
    private readonly IEngine engine;
    private readonly CoherentProblem problem;
    private readonly SolveControl control;
    private readonly WmmseSweep? wmmse;
    private readonly WeightedForcing? weighted;

    public ReducedStart(IEngine engine, CoherentProblem problem, SolveControl control, IReadOnlyList<InitialPrecoder> starts)
    {
        (this.engine, this.problem, this.control) = (engine, problem, control);
        wmmse = starts.Any(s => s is InitialPrecoder.Wmmse) ? new WmmseSweep(engine, problem, control) : null;
        weighted = starts.Any(s => s is InitialPrecoder.WeightedZeroForcing) ? new WeightedForcing(engine, problem, control) : null;
    }

    /// <summary>X and S.</summary>
    public void Begin(StartContext context, Tensor? warmStart, Tensor x, Tensor s)
    {
        switch (context.Start)
        {
            case InitialPrecoder.MaximumRatio:
                engine.MatchedCoordinates(problem, x, s, control);
                break;
            case InitialPrecoder.RegularizedZeroForcing:
                engine.RegularizedCoordinates(problem, x, s, control);
                break;
            case InitialPrecoder.WeightedZeroForcing:
                weighted!.Begin(x, s);
                break;
            case InitialPrecoder.Wmmse(int iterationCount):
                engine.MatchedCoordinates(problem, x, s, control);
                wmmse!.Begin();
                for (int iteration = 0; iteration < iterationCount && context.MayIterate(); iteration++)
                {
                    wmmse.Iterate(x, s);
                }

                engine.ScaleCoordinatesToBudget(problem, x, s, control); // an unconstrained block leaves power unused
                break;
            case InitialPrecoder.Random(int index):
                x.Write(RandomCoordinates(context, index));
                engine.ScaleCoordinatesToBudget(problem, x, s, control);
                break;
            case InitialPrecoder.Current:
                engine.ScaleCoordinatesToBudget(problem, x, s, control);
                break;
            case InitialPrecoder.WarmStart:
                engine.CoordinatesOfPrecoders(problem, warmStart!, x, control);
                engine.ScaleCoordinatesToBudget(problem, x, s, control);
                break;
            default:
                throw new InvalidOperationException($"Start {context.Start} has no reduced coordinates.");
        }
    }

    public void Dispose()
    {
        wmmse?.Dispose();
        weighted?.Dispose();
    }

    private Complex[] RandomCoordinates(StartContext context, int index)
    {
        int size = problem.K * problem.K;
        var x = new Complex[control.RealizationCount * problem.L * size];
        for (int realization = 0; realization < control.RealizationCount; realization++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                var random = new CounterRandom(context.Seed, RandomPurpose.StartPrecoder, context.NumberOf(realization), index, l);
                for (int i = 0; i < size; i++)
                {
                    x[(((realization * problem.L) + l) * size) + i] = random.ComplexNormal((uint)i);
                }
            }
        }

        return x;
    }
}
