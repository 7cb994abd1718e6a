using System.Numerics;
using Precoding.Engines;

namespace Precoding;

/// <summary>
/// Centralised WMMSE for non-coherent joint transmission in the M antennas of each access point: the yardstick, whose time grows with M³. [NCJT Alg. 1]
/// </summary>
public sealed class NonCoherentWmmse(NonCoherentWmmseOptions? options = null) : StreamPrecoder(options ?? new())
{
    public override string Name => "ncjt-wmmse";

    internal override Exchange Exchange => Exchange.Antennas;

    /// <summary>Besides, beams; and a system of order M, its vectors and three rows, and vectors of M numbers, in double.</summary>
    internal override long ComplexNumbersPerRealization(ChannelShape shape)
    {
        long M = shape.AntennaCount, n = (long)shape.UserCount * shape.UserAntennaCount;
        return base.ComplexNumbersPerRealization(shape) + (2 * M * ((2 * M) + 4 + n + (2 * StreamsAtMost(shape)))) + (M * StreamsAtMost(shape));
    }

    internal override StreamAlgorithm CreateAlgorithm(StreamContext context, StreamPlan plan) => new Algorithm(context, plan);

    private sealed class Algorithm : StreamAlgorithm
    {
        private readonly StreamSweep sweep;
        private readonly Tensor current;

        public Algorithm(StreamContext context, StreamPlan plan)
            : base(context, plan.Streams)
        {
            sweep = new StreamSweep(context, Streams);
            current = CreateOfBranches("current", Streams, Problem.M);
        }

        protected override Tensor Rounded => Precoders;

        public override void Begin(StartContext context)
        {
            base.Begin(context);
            Engine.SynthesizeStreams(Problem, Streams, X, current, Control);
            Engine.ClearComplex(Precoders, Control); // a start that is not finite must not leave an earlier solve's precoder here
            sweep.Begin(E);
            Engine.KeepBest(current, Precoders, Control);
        }

        public override void Iterate()
        {
            Engine.UpdateBeams(Problem, Streams, sweep.Factor, sweep.Coefficient, current, E, sweep.Multiplier, Control);            // [NCJT (15)–(17)]
            Engine.StreamFactors(Problem, Streams, E, sweep.Factor, sweep.Coefficient, Control);                                     // [NCJT (13)–(14)]
            Engine.KeepBest(current, Precoders, Control);
            Engine.AdvanceControl(Control);
        }

        protected override void Synthesize()
        {
        }

        /// <summary>Rows of H_l.</summary>
        protected override Complex[] RoundUp(int wordBits)
        {
            Complex[] H = Read(Problem.H);
            BlockFloatingPoint.RoundRows(H, Problem.M, wordBits);
            Problem.H.Write(H);
            Engine.UserGramMatrices(Problem, Control);
            return H;
        }

        /// <summary>Precoders, which may then be a little above their budget.</summary>
        protected override void RoundDown(int wordBits)
        {
            Complex[] P = Read(Precoders);
            BlockFloatingPoint.RoundRows(P, Problem.M, wordBits);
            var accessPoints = new int[Control.RealizationCount * Streams.S];
            Streams.AccessPoint.Read(accessPoints);
            for (int r = 0; r < Control.RealizationCount; r++)
            {
                var power = new double[Problem.L];
                for (int s = 0; s < Streams.S; s++)
                {
                    if (accessPoints[(r * Streams.S) + s] is >= 0 and var l)
                    {
                        foreach (Complex p in Beam(r, s))
                        {
                            power[l] += (p.Real * p.Real) + (p.Imaginary * p.Imaginary);
                        }
                    }
                }

                for (int s = 0; s < Streams.S; s++)
                {
                    if (accessPoints[(r * Streams.S) + s] is >= 0 and var l && power[l] > Problem.PowerBudget[l])
                    {
                        double scale = Math.Sqrt(Problem.PowerBudget[l] / power[l]);
                        foreach (ref Complex p in Beam(r, s))
                        {
                            p *= scale;
                        }
                    }
                }
            }

            Precoders.Write(P);

            Span<Complex> Beam(int realization, int stream) => P.AsSpan(((realization * Math.Max(1, Streams.S)) + stream) * Problem.M, Problem.M);
        }

        public override void Dispose()
        {
            sweep.Dispose();
            base.Dispose();
        }
    }
}
