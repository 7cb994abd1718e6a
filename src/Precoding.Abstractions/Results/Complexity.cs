namespace Precoding;

/// <summary>
/// Complex multiplications by leading terms, as [BSP §4.3] counts them; 4 real ones each. Design: from channels to precoders of one realization. Implementation:
/// from data to the antennas' signals, for one symbol of every user. [coherent.md §8]
/// </summary>
/// <param name="Preparation">Of a design, once.</param>
/// <param name="PerIteration">Of a design, for each iteration; 0 for closed forms.</param>
/// <param name="PerSymbol">Of the implementation.</param>
public readonly record struct Complexity(double Preparation, double PerIteration, double PerSymbol)
{
    /// <summary>Of a design with so many iterations.</summary>
    public double Design(int iterationCount) => Preparation + (iterationCount * PerIteration);

    /// <summary>Most iterations whose design costs no more; 0 where not even the first fits.</summary>
    public int IterationsWithin(double complexMultiplications) =>
        PerIteration > 0 ? (int)Math.Clamp(Math.Floor((complexMultiplications - Preparation) / PerIteration), 0, int.MaxValue) : 0;

    /// <summary>Of a precoder for single-antenna users.</summary>
    /// <param name="beamsPerLink">N_avg: mean number of beams in the support of a (user, access point), for the methods in the beam domain only.</param>
    public static Complexity Of(IPrecoder precoder, ChannelShape shape, double beamsPerLink = 0)
    {
        double K = shape.UserCount, L = shape.AccessPointCount, M = shape.AntennaCount;
        double gram = K * K * L * M, links = K * L * M, beams = beamsPerLink;
        double Transform(int fineFactor) => fineFactor * M * Math.Log2(Math.Max(2, fineFactor * M));
        return precoder.Options switch
        {
            BeamStructuredHamiltonianOptions o => new(0, 3 * K * K * L * beams, (K * L * beams) + (L * Transform(o.FineFactor))),
            BeamConjugateGradientOptions o => new(
                0, gram + (1.75 * K * K * L * beams) + (2 * K * L * Transform(o.FineFactor)), (K * L * beams) + (L * Transform(o.FineFactor))),
            WmmseOptions => new(0, (K * K * K) + (3 * gram), links),
            ReducedHamiltonianOptions => new(2 * gram, (L + 1) * K * K * K, links),
            ReducedConjugateGradientOptions => new(2 * gram, (L + (7.0 / 3)) * K * K * K, links),
            UnfoldedProjectedGradientOptions => new((2 * gram) + (4.0 / 3 * K * K * K), (L + (4.0 / 3)) * K * K * K, links),
            DftCodebookOptions o => new(K * L * Transform(o.FineFactor), 0, (K * L) + (L * Transform(o.FineFactor))),
            ClosedFormOptions => precoder is RegularizedZeroForcing ? new((2 * gram) + (4.0 / 3 * K * K * K), 0, links) : new(links, 0, links),
            _ => throw new ValidationException($"Complexity.Of: {precoder.Name} is no precoder for single-antenna users."),
        };
    }
}
