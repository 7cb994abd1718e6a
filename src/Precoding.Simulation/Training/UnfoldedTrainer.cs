using Precoding.Cpu;
using Precoding.Engines;

namespace Precoding.Simulation;

/// <summary>
/// Trains the layers of <see cref="UnfoldedProjectedGradient"/> on generated drops: Adam [KINGMA15] on the mean of 1 − f/f_ref at the last layer, over
/// mini-batches of one shape each, derivatives by adjoints. [bln-pgp.md §2]
/// </summary>
public static class UnfoldedTrainer
{
    private const int NumbersPerLayer = 4;
    private const ulong ValidationSeed = 1UL << 32; // beside the seeds of drops that are trained on

    /// <summary>A drop whose derivatives are larger has them shortened to this: f/f_ref is of order 1.</summary>
    private const double LargestGradient = 1;

    /// <summary>Every layer alike, nothing tuned: a step to the preconditioner's minimum, half the momentum, the regulariser between λ and τ.</summary>
    private static readonly UnfoldedLayer Untrained = new(1, 0.5, 1, 0.5);

    /// <param name="report">Called after every epoch.</param>
    public static (UnfoldedWeights Weights, IReadOnlyList<TrainingLogEntry> Log) Train(
        TrainingOptions options, Action<TrainingLogEntry>? report = null, CancellationToken cancellationToken = default)
    {
        options.Validate();
        using var device = SimdDevice.Open(precision: Precision.Double);
        using IEngine engine = device.CreateEngine();
        var batches = new List<UnfoldedNetwork>();
        var validation = new List<UnfoldedNetwork>();
        try
        {
            AddBatches(options, engine, device, batches, validation, cancellationToken);
            double[] numbers = [.. Enumerable.Range(0, options.LayerCount).SelectMany(_ => Encode(Untrained))];
            var adam = new Adam(numbers.Length);
            var log = new List<TrainingLogEntry>();
            Log(0, null);
            int stepCount = options.EpochCount * batches.Count;
            for (int epoch = 1; epoch <= options.EpochCount; epoch++)
            {
                double loss = 0;
                foreach (int batch in Shuffled(batches.Count, options.Seed, epoch))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    (double batchLoss, double[] gradient) = Differentiate(batches[batch], numbers);
                    loss += batchLoss / batches.Count;
                    adam.Step(numbers, gradient, options.LearningRate * Math.Pow(0.01, (double)adam.StepCount / stepCount));
                }

                Log(epoch, loss);
            }

            return (new UnfoldedWeights("trained", Decode(numbers)), log);

            void Log(int epoch, double? loss)
            {
                IReadOnlyList<UnfoldedLayer> layers = Decode(numbers);
                log.Add(new TrainingLogEntry(epoch, adam.StepCount, loss, validation.Average(network => MeanLoss(network, network.Objectives(layers)[^1]))));
                report?.Invoke(log[^1]);
            }
        }
        finally
        {
            batches.ForEach(network => network.Dispose());
            validation.ForEach(network => network.Dispose());
        }
    }

    private static void AddBatches(
        TrainingOptions options, IEngine engine, SimdDevice device, List<UnfoldedNetwork> batches, List<UnfoldedNetwork> validation, CancellationToken cancellationToken)
    {
        ulong seed = options.Seed * 1000; // drops of different seeds and shapes differ
        foreach (ChannelShape shape in options.Shapes)
        {
            for (int batch = 0; batch < options.BatchesPerShape; batch++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                batches.Add(new UnfoldedNetwork(engine, TrainingBatch.Create(shape with { RealizationCount = options.BatchSize }, options, seed++, device)));
            }

            validation.Add(new UnfoldedNetwork(engine, TrainingBatch.Create(shape with { RealizationCount = options.BatchSize }, options, ValidationSeed + seed, device)));
        }
    }

    /// <summary>The mean loss of a batch and its derivatives by the numbers.</summary>
    private static (double Loss, double[] Gradient) Differentiate(UnfoldedNetwork network, double[] numbers)
    {
        IReadOnlyList<UnfoldedLayer> layers = Decode(numbers);
        (double[] objective, LayerGradient[][] gradients) = network.Differentiate(layers);
        var sum = new double[numbers.Length];
        for (int r = 0; r < objective.Length; r++)
        {
            double[] own = [.. gradients[r].SelectMany((gradient, i) => Chain(layers[i], gradient).Select(g => -g / network.Batch.Reference[r]))];
            double norm = Math.Sqrt(own.Sum(g => g * g));
            double scale = double.IsFinite(norm) ? Math.Min(1, LargestGradient / norm) / objective.Length : 0;
            for (int i = 0; i < sum.Length; i++)
            {
                sum[i] += scale == 0 ? 0 : scale * own[i];
            }
        }

        return (MeanLoss(network, objective), sum);
    }

    private static double MeanLoss(UnfoldedNetwork network, double[] objective) => objective.Zip(network.Batch.Reference, (f, reference) => 1 - (f / reference)).Average();

    /// <summary>Numbers without bounds: ln α, logit β, ln κ, p.</summary>
    private static double[] Encode(UnfoldedLayer layer) =>
        [Math.Log(layer.StepSize), Math.Log(layer.Retention / (1 - layer.Retention)), Math.Log(layer.RegularizerScale), layer.RegularizerExponent];

    private static UnfoldedLayer[] Decode(double[] numbers) =>
        [.. numbers.Chunk(NumbersPerLayer).Select(n => new UnfoldedLayer(Math.Exp(n[0]), 1 / (1 + Math.Exp(-n[1])), Math.Exp(n[2]), n[3]))];

    /// <summary>Derivatives by the numbers of <see cref="Encode"/>.</summary>
    private static double[] Chain(UnfoldedLayer layer, LayerGradient gradient) =>
        [gradient.StepSize * layer.StepSize, gradient.Retention * layer.Retention * (1 - layer.Retention), gradient.RegularizerScale * layer.RegularizerScale, gradient.RegularizerExponent];

    private static int[] Shuffled(int count, ulong seed, int epoch)
    {
        var random = new CounterRandom(seed, RandomPurpose.Training, epoch);
        return [.. Enumerable.Range(0, count).OrderBy(i => random.Uniform((uint)i))];
    }

    /// <summary>Adam with its authors' constants. [KINGMA15 Alg. 1]</summary>
    private sealed class Adam(int count)
    {
        private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
        private readonly double[] first = new double[count], second = new double[count];

        public int StepCount { get; private set; }

        public void Step(double[] numbers, double[] gradient, double learningRate)
        {
            StepCount++;
            for (int i = 0; i < numbers.Length; i++)
            {
                first[i] = (Beta1 * first[i]) + ((1 - Beta1) * gradient[i]);
                second[i] = (Beta2 * second[i]) + ((1 - Beta2) * gradient[i] * gradient[i]);
                double mean = first[i] / (1 - Math.Pow(Beta1, StepCount)), square = second[i] / (1 - Math.Pow(Beta2, StepCount));
                numbers[i] -= learningRate * mean / (Math.Sqrt(square) + Epsilon);
            }
        }
    }
}
