namespace Precoding.Simulation;

/// <summary>How <see cref="UnfoldedTrainer"/> trains. Equal options give equal weights, to the last bit on one kind of processor.</summary>
public sealed record TrainingOptions
{
    /// <summary>Layers of the network.</summary>
    public int LayerCount { get; init; } = 10;

    /// <summary>Passes through the drops; the step of the descent falls to a hundredth over them.</summary>
    public int EpochCount { get; init; } = 40;

    /// <summary>Drops of a mini-batch, all of one shape.</summary>
    public int BatchSize { get; init; } = 16;

    /// <summary>Mini-batches of every shape.</summary>
    public int BatchesPerShape { get; init; } = 6;

    /// <summary>Of Adam, in the logarithms and logits of the weights.</summary>
    public double LearningRate { get; init; } = 0.05;

    /// <summary>Seed of drops and order.</summary>
    public ulong Seed { get; init; }

    /// <summary>K, L, M of the drops.</summary>
    public IReadOnlyList<ChannelShape> Shapes { get; init; } =
    [
        new(1, 8, 3, 16), new(1, 16, 3, 32), new(1, 24, 3, 64), new(1, 16, 3, 16), new(1, 12, 3, 8), new(1, 6, 1, 16), new(1, 12, 2, 16), new(1, 20, 4, 8), new(1, 4, 3, 32), new(1, 24, 3, 24),
    ];

    /// <summary>SNR of the drops, uniform between these, dB: P_l/σ² after the gains are normalised.</summary>
    public double LowestSnrDb { get; init; } = -5;

    public double HighestSnrDb { get; init; } = 35;

    /// <summary>Throws with every problem at once.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        Require(LayerCount is >= 1 and <= 1000, nameof(LayerCount), LayerCount, "it must be from 1 to 1000");
        Require(EpochCount >= 1, nameof(EpochCount), EpochCount, "it must be at least 1");
        Require(BatchSize >= 1, nameof(BatchSize), BatchSize, "it must be at least 1");
        Require(BatchesPerShape >= 1, nameof(BatchesPerShape), BatchesPerShape, "it must be at least 1");
        Require(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "it must be positive and finite");
        Require(Shapes.Count >= 1, nameof(Shapes), "empty", "at least one is needed");
        Require(
            double.IsFinite(LowestSnrDb) && LowestSnrDb <= HighestSnrDb && HighestSnrDb <= 100, nameof(LowestSnrDb), $"{LowestSnrDb}, HighestSnrDb {HighestSnrDb}",
            "they must be finite, in this order and at most 100");
        ValidationException.ThrowIfAny(problems);

        void Require(bool holds, string name, object value, string rule)
        {
            if (!holds)
            {
                problems.Add(FormattableString.Invariant($"TrainingOptions.{name} is {value}; {rule}."));
            }
        }
    }
}

/// <summary>A line of the training log, after an epoch.</summary>
/// <param name="Epoch">From 0, before any training.</param>
/// <param name="Step">Mini-batches so far.</param>
/// <param name="Loss">Mean over the epoch's drops of 1 − f/f_ref at the last layer, before each mini-batch's step; null before training.</param>
/// <param name="Validation">The same over drops that are not trained on.</param>
public sealed record TrainingLogEntry(int Epoch, int Step, double? Loss, double Validation);
