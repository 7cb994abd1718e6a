using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Precoding.Cpu.Lanes;
using Precoding.Cpu.Threading;
using Precoding.Engines;

namespace Precoding.Cpu.Simd;

/// <content>Conjugate gradients along the updates of RWMMSE. [noncoherent.md §13]</content>
internal sealed unsafe partial class SimdEngine<T>
{
    public void StreamGradient(StreamProblem problem, StreamTable streams, Tensor e, Tensor factor, Tensor coefficient, Tensor w, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* memory = scratch.PerWorker<double>(StreamFactorsJob.MemorySize(problem, streams), out nint stride);
        pool.Run(LaneGroups(count), new StreamFactorsJob(problem, streams, MatricesOf(e), MatricesOf(factor), MatricesOf(coefficient), MatricesOf(w), ControlOf(control.Objective), memory, stride, active, count));
        ClearUnsent(streams, w, active, count);
    }

    public void RefreshStreams(StreamProblem problem, StreamTable streams, Tensor x, Tensor e, SolveControl control)
    {
        int count = Active(control, out int* active);
        double* excess = ScaleStreams(problem, streams, x, e, active, count, StreamScaling.WhereAbove);
        SetPowerExcess(problem, excess, 0, problem.L, active, count, control);
    }

    public void StreamDirection(
        StreamProblem problem, StreamTable streams, Tensor x, Tensor e, Tensor w, Tensor multiplier, Tensor update, Tensor updateImage, Tensor gradient, Tensor eta, Tensor d, Tensor dImage,
        Tensor kind, SolveControl control)
    {
        int count = Active(control, out int* active);
        var job = new StreamDirectionJob
        {
            Problem = problem, Streams = streams, X = MatricesOf(x), E = MatricesOf(e), W = MatricesOf(w), Update = MatricesOf(update), UpdateImage = MatricesOf(updateImage),
            Gradient = MatricesOf(gradient), D = MatricesOf(d), DImage = MatricesOf(dImage), AccessPoints = Of(streams.AccessPoint).Integers, Multiplier = ControlOf(multiplier), Eta = ControlOf(eta),
            Kind = Of(kind).Integers, Objective = ControlOf(control.Objective), Iteration = Of(control.Iteration).Integers, SearchState = Of(control.SearchState).Integers, Active = active,
        };
        pool.Run(count, job);                                                                                       // D⁰
        ScaleStreams(problem, streams, update, updateImage, active, count, StreamScaling.None);                     // e(D⁰)
        job.IsFormed = true;
        pool.Run(count, job);                                                                                       // β, D
    }

    /// <summary>One realization.</summary>
    private struct StreamDirectionJob : IJob
    {
        /// <summary>An access point whose update turns further is led along the chord.</summary>
        private const double SmallestCosine = 0.1;

        public required StreamProblem Problem { get; init; }

        public required StreamTable Streams { get; init; }

        public required Matrices<T> X { get; init; }

        public required Matrices<T> E { get; init; }

        public required Matrices<T> W { get; init; }

        public required Matrices<T> Update { get; init; }

        public required Matrices<T> UpdateImage { get; init; }

        public required Matrices<T> Gradient { get; init; }

        public required Matrices<T> D { get; init; }

        public required Matrices<T> DImage { get; init; }

        public required int* AccessPoints { get; init; }

        public required double* Multiplier { get; init; }

        public required double* Eta { get; init; }

        public required int* Kind { get; init; }

        public required double* Objective { get; init; }

        public required int* Iteration { get; init; }

        public required int* SearchState { get; init; }

        public required int* Active { get; init; }

        /// <summary>D⁰ and its image are there, the rest is to do.</summary>
        public bool IsFormed { get; set; }

        public void Execute(int index, int worker)
        {
            int r = Active[index], L = Problem.L;
            int* accessPoints = AccessPoints + ((nint)r * Streams.S), kind = Kind + ((nint)r * L);
            double* power = stackalloc double[L], slope = stackalloc double[L];
            Inner(r, X, E, accessPoints, power);
            Inner(r, W, E, accessPoints, slope);
            if (IsFormed)
            {
                Complete(r, accessPoints, kind, power, slope);
            }
            else
            {
                Form(r, accessPoints, kind, power, slope);
            }
        }

        /// <summary>Tangent, chord or nothing for each access point, and D⁰.</summary>
        private void Form(int r, int* accessPoints, int* kind, double* power, double* slope)
        {
            int L = Problem.L, n = Problem.Rows;
            double* scale = stackalloc double[L], product = stackalloc double[L];
            Inner(r, Update, E, accessPoints, scale);
            Inner(r, W, UpdateImage, accessPoints, product);
            for (int l = 0; l < L; l++)
            {
                double budget = Problem.PowerBudget[l], cosine = scale[l] / power[l], chord = product[l] - slope[l];
                bool isTangent = Multiplier[((nint)r * L) + l] > 0 && power[l] >= budget * (1 - (slope[l] < 0 ? 1e-2 : 1e-5)) && cosine > SmallestCosine &&
                    (product[l] / cosine) - slope[l] < 0;
                kind[l] = isTangent ? 1 : 0;
                scale[l] = isTangent ? 1 / cosine : 1;
                product[l] = isTangent || chord < 0 ? 1 : 0; // 0: no direction here
            }

            for (int s = 0; s < Streams.S; s++)
            {
                int l = accessPoints[s];
                if (l >= 0)
                {
                    Reals<T>.Combine(Update.Row(r, 0, s), Narrow(scale[l] * product[l]), X.Row(r, 0, s), Narrow(-product[l]), Update.Row(r, 0, s), 2 * n);
                }
            }
        }

        /// <summary>D⁰ made tangent, ξ, η, β and D.</summary>
        private void Complete(int r, int* accessPoints, int* kind, double* power, double* slope)
        {
            int L = Problem.L, n = Problem.Rows;
            double* product = stackalloc double[L];
            double eta = 0, overlap = 0, before = Eta[r];
            MakeTangent(r, Update, UpdateImage, accessPoints, kind, power);
            Inner(r, W, UpdateImage, accessPoints, product);
            for (int l = 0; l < L; l++)
            {
                eta -= product[l];
            }

            Inner(r, Gradient, UpdateImage, accessPoints, product); // ξ_old
            for (int l = 0; l < L; l++)
            {
                overlap += product[l];
            }

            for (int s = 0; s < Streams.S; s++)
            {
                int l = accessPoints[s];
                if (l >= 0)
                {
                    T c = Narrow(kind[l] != 0 ? -slope[l] / power[l] : 0);
                    Reals<T>.Combine(W.Row(r, 0, s), T.One, X.Row(r, 0, s), c, Gradient.Row(r, 0, s), 2 * n);
                }
            }

            Eta[r] = eta;
            double beta = Iteration[r] > 0 && before > 0 ? Math.Max(0, (eta + overlap) / before) : 0;
            Conjugate(r, accessPoints, kind, power, double.IsFinite(beta) ? beta : 0);
            double resolution = (typeof(T) == typeof(float) ? 0.1 : 8) * Epsilon * Math.Max(1, Math.Abs(Objective[r]));
            if (eta <= resolution)
            {
                SearchState[r] = (int)LineSearchState.Stationary;
            }
        }

        /// <summary>D := D⁰ + βD, tangent; D⁰ alone where that does not descend.</summary>
        private void Conjugate(int r, int* accessPoints, int* kind, double* power, double beta)
        {
            int S = Streams.S, n = Problem.Rows;
            if (beta > 0)
            {
                for (int s = 0; s < S; s++)
                {
                    Reals<T>.Combine(D.Row(r, 0, s), Narrow(beta), Update.Row(r, 0, s), T.One, D.Row(r, 0, s), 2 * n);
                    Reals<T>.Combine(DImage.Row(r, 0, s), Narrow(beta), UpdateImage.Row(r, 0, s), T.One, DImage.Row(r, 0, s), 2 * n);
                }

                MakeTangent(r, D, DImage, accessPoints, kind, power);
                double* product = stackalloc double[Problem.L];
                Inner(r, W, DImage, accessPoints, product);
                double descent = 0;
                for (int l = 0; l < Problem.L; l++)
                {
                    descent += product[l];
                }

                if (descent < 0)
                {
                    return;
                }
            }

            for (int s = 0; s < S; s++)
            {
                Reals<T>.Copy(Update.Row(r, 0, s), D.Row(r, 0, s), 2 * n);
                Reals<T>.Copy(UpdateImage.Row(r, 0, s), DImage.Row(r, 0, s), 2 * n);
            }
        }

        /// <summary>⟨a, image⟩ of every access point.</summary>
        private void Inner(int r, Matrices<T> a, Matrices<T> image, int* accessPoints, double* sums) => InnerProducts(r, a, image, accessPoints, Streams.S, Problem.Rows, sums, Problem.L);

        private void MakeTangent(int r, Matrices<T> d, Matrices<T> image, int* accessPoints, int* kind, double* power)
        {
            double* outward = stackalloc double[Problem.L];
            Inner(r, d, E, accessPoints, outward);
            for (int s = 0; s < Streams.S; s++)
            {
                int l = accessPoints[s];
                if (l >= 0 && kind[l] != 0)
                {
                    T c = Narrow(-outward[l] / power[l]);
                    Reals<T>.Combine(d.Row(r, 0, s), T.One, X.Row(r, 0, s), c, d.Row(r, 0, s), 2 * Problem.Rows);
                    Reals<T>.Combine(image.Row(r, 0, s), T.One, E.Row(r, 0, s), c, image.Row(r, 0, s), 2 * Problem.Rows);
                }
            }
        }
    }

    /// <summary>Σ_b Re⟨a_b, image_b⟩ of every access point over its branches.</summary>
    private static void InnerProducts(int r, Matrices<T> a, Matrices<T> image, int* accessPoints, int branches, int n, double* sums, int L)
    {
        new Span<double>(sums, L).Clear();
        for (int b = 0; b < branches; b++)
        {
            if (accessPoints[b] >= 0)
            {
                sums[accessPoints[b]] += Reals<T>.Dot(a.Row(r, 0, b), image.Row(r, 0, b), 2 * n);
            }
        }
    }
}
