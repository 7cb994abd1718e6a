using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Control of a running batch: statuses, traces, step rule, best iterate.</content>
internal sealed partial class ReferenceEngine
{
    public void BeginControl(double initialStepSize, SolveControl control)
    {
        for (int r = 0; r < control.Capacity; r++)
        {
            Integer(control.Status, r) = (int)SolveStatus.Running;
            Integer(control.Iteration, r) = 0;
            Integer(control.CalmIterations, r) = 0;
            Integer(control.RootMissing, r) = 0;
            Integer(control.SearchState, r) = (int)LineSearchState.Searching;
            Real(control.Objective, r) = 0;
            Real(control.PreviousObjective, r) = 0;
            Real(control.ForceChange, r) = 0;
            Real(control.PowerExcess, r) = 0;
            Real(control.StepSize, r) = initialStepSize;
            Real(control.BestObjective, r) = double.NegativeInfinity;
        }
    }

    public void ClearComplex(Tensor values, SolveControl control)
    {
        int size = checked((int)(values.Length / values.Shape[0]));
        for (int r = 0; r < control.RealizationCount; r++)
        {
            Array.Clear(((ReferenceTensor)values).Complexes, r * size, size);
        }
    }

    public void ClearWhereNotFinite(Tensor values, SolveControl control)
    {
        int size = checked((int)(values.Length / values.Shape[0]));
        foreach (int r in Running(control).Where(r => !double.IsFinite(Real(control.Objective, r))))
        {
            Array.Clear(((ReferenceTensor)values).Complexes, r * size, size);
        }
    }

    public void RecordStart(SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            RecordRow(r, control);
            Real(control.PreviousObjective, r) = Real(control.Objective, r);
        }
    }

    public void AdvanceControl(SolveControl control)
    {
        foreach (int r in Running(control))
        {
            Advance(r, control);
        }
    }

    public void AdaptStepSize(double reference, double exponent, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            double delta = Real(control.ForceChange, r);
            if (Integer(control.RootMissing, r) != 0)
            {
                Real(control.StepSize, r) /= 2;
                Integer(control.RootMissing, r) = 0;
            }
            else if (delta != 0)
            {
                Real(control.StepSize, r) *= Math.Pow(reference / delta, exponent / 2);
            }
        }
    }

    public void KeepBest(Tensor current, Tensor best, SolveControl control)
    {
        int size = checked((int)(current.Length / current.Shape[0]));
        foreach (int r in Running(control))
        {
            double objective = Real(control.Objective, r);
            if (double.IsFinite(objective) && objective > Real(control.BestObjective, r))
            {
                Real(control.BestObjective, r) = objective;
                Array.Copy(((ReferenceTensor)current).Complexes, r * size, ((ReferenceTensor)best).Complexes, r * size, size);
            }
        }
    }

    private static void Advance(int r, SolveControl control)
    {
        int iteration = ++Integer(control.Iteration, r);
        RecordRow(r, control);
        double rate = Real(control.Objective, r) / Math.Log(2);
        double previousRate = Real(control.PreviousObjective, r) / Math.Log(2);
        bool calm = Math.Abs(rate - previousRate) <= control.Tolerance * Math.Max(1, rate);
        int calmIterations = Integer(control.CalmIterations, r) = calm ? Integer(control.CalmIterations, r) + 1 : 0;
        SolveStatus status = SolveStatus.Running;
        if (!double.IsFinite(rate))
        {
            status = SolveStatus.Diverged;
        }
        else if (calmIterations >= control.Patience || Integer(control.SearchState, r) == (int)LineSearchState.Stationary)
        {
            status = SolveStatus.Converged;
        }
        else if (Integer(control.SearchState, r) == (int)LineSearchState.Exhausted)
        {
            status = SolveStatus.Stalled;
        }
        else if (iteration >= control.MaxIterations)
        {
            status = SolveStatus.IterationLimit;
        }

        Integer(control.Status, r) = (int)status;
        Integer(control.SearchState, r) = (int)LineSearchState.Searching;
        Real(control.PreviousObjective, r) = Real(control.Objective, r);
    }

    private static void RecordRow(int r, SolveControl control)
    {
        int row = Integer(control.Iteration, r);
        Real(control.Trace, r, row, 0) = Real(control.Objective, r) / Math.Log(2);
        Real(control.Trace, r, row, 1) = Real(control.PowerExcess, r);
        Real(control.Trace, r, row, 2) = Real(control.StepSize, r);
    }
}
