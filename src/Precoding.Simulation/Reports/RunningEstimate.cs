namespace Precoding.Simulation;

/// <summary>An <see cref="Simulation.Estimate"/> of samples that are not kept, by Welford's recurrence: x̄ₙ = x̄ₙ₋₁ + (x − x̄ₙ₋₁)/n, Mₙ = Mₙ₋₁ + (x − x̄ₙ₋₁)(x − x̄ₙ).</summary>
internal sealed class RunningEstimate
{
    private double mean, squaredDeviations;
    private int count;

    /// <summary>Of what was added so far; not a number, of 0 samples, before the first.</summary>
    public Estimate Estimate => Simulation.Estimate.Of(count == 0 ? double.NaN : mean, squaredDeviations, count);

    public void Add(double sample)
    {
        count++;
        double before = sample - mean;
        mean += before / count;
        squaredDeviations += before * (sample - mean);
    }
}
