using System.Numerics;
using Precoding.Engines;

namespace Precoding.Cpu;

/// <content>Channels in, Gram matrices, precoders out.</content>
internal sealed partial class ReferenceEngine
{
    public void LoadChannels(ChannelBatch channels, int first, CoherentProblem problem, SolveControl control)
    {
        var link = new Complex[problem.M];
        for (int r = 0; r < control.RealizationCount; r++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                for (int k = 0; k < problem.K; k++)
                {
                    channels.CopyLink(first + r, k, l, link);
                    for (int m = 0; m < problem.M; m++)
                    {
                        Element(problem.H, r, l, k, m) = link[m] / Math.Sqrt(problem.NoisePower[k]);
                    }
                }
            }
        }
    }

    public void GramMatrices(CoherentProblem problem, SolveControl control)
    {
        foreach (int r in Running(control))
        {
            for (int l = 0; l < problem.L; l++)
            {
                var H = Channel(problem, r, l);
                Store(H.ConjugateTranspose() * H, problem.Gram, r, l);
            }

            Store(SumOverAccessPoints(problem, problem.Gram, r), problem.GramSum, r);
        }
    }

    public void SynthesizePrecoders(CoherentProblem problem, Tensor x, Tensor precoders, SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            for (int l = 0; l < problem.L; l++)
            {
                var P = Channel(problem, r, l) * Load(x, r, l);
                double scale = Math.Min(1, Math.Sqrt(problem.PowerBudget[l] / Inner(P, P))); // ∞ where P is 0
                Store(P.Transpose() * scale, precoders, r, l);
            }
        }
    }

    public void EvaluatePrecoders(CoherentProblem problem, Tensor precoders, Tensor rates, Tensor power, SolveControl control)
    {
        for (int r = 0; r < control.RealizationCount; r++)
        {
            var S = Identity(problem.K) * 0;
            for (int l = 0; l < problem.L; l++)
            {
                var P = Precoder(precoders, r, l);
                S += Channel(problem, r, l).ConjugateTranspose() * P;
                Real(power, r, l) = Inner(P, P);
            }

            var (total, interference) = Levels(S);
            for (int k = 0; k < problem.K; k++)
            {
                Real(rates, r, k) = Math.Log2(total[k] / interference[k]);
            }
        }
    }
}
