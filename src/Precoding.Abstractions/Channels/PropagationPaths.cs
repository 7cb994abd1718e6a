using System.Numerics;

namespace Precoding;

/// <summary>Path parameters of every link: H = Σ_p coefficient·exp(−jπ m·cosine), m = 0…M−1 ([BSP (1), (2)], √M·1/√M cancelled).</summary>
public sealed class PropagationPaths
{
    private readonly ComplexF[] coefficients;
    private readonly double[] cosines;

    /// <param name="shape">Extents of the channel batch that the paths belong to.</param>
    /// <param name="pathCount">Paths per link.</param>
    /// <param name="coefficients">[realization, user, accessPoint, path].</param>
    /// <param name="cosines">[realization, user, accessPoint, path]; cosine of the departure angle against the array axis, in −1…1.</param>
    public PropagationPaths(ChannelShape shape, int pathCount, ComplexF[] coefficients, double[] cosines)
    {
        long expected = (long)shape.RealizationCount * shape.UserCount * shape.AccessPointCount * pathCount;
        if (coefficients.LongLength != expected || cosines.LongLength != expected)
        {
            throw new ValidationException(
                $"PropagationPaths: {coefficients.LongLength} coefficients and {cosines.LongLength} cosines, expected {expected} of each " +
                $"[realization, user, accessPoint, path] for {shape} and {pathCount} paths.");
        }

        int bad = Array.FindIndex(cosines, c => !(c is >= -1 and <= 1));
        if (bad >= 0)
        {
            throw new ValidationException(
                $"PropagationPaths: cosine {bad % pathCount} of link {bad / pathCount} is {cosines[bad]}; expected the cosine of an angle, from −1 to 1. Clamp what rounding put outside.");
        }

        (Shape, PathCount, this.coefficients, this.cosines) = (shape, pathCount, coefficients, cosines);
    }

    public ChannelShape Shape { get; }

    public int PathCount { get; }

    /// <summary>Path p of one link.</summary>
    public (Complex Coefficient, double Cosine) this[int realization, int user, int accessPoint, int path]
    {
        get
        {
            long index = (((((long)realization * Shape.UserCount) + user) * Shape.AccessPointCount) + accessPoint) * PathCount + path;
            return (coefficients[index], cosines[index]);
        }
    }

    /// <summary>Realizations first, first + step, …</summary>
    internal PropagationPaths Select(int first, int step, int count)
    {
        int size = Shape.UserCount * Shape.AccessPointCount * PathCount;
        return new PropagationPaths(
            Shape with { RealizationCount = count }, PathCount, ((ReadOnlySpan<ComplexF>)coefficients).EveryRow(size, first, step, count), ((ReadOnlySpan<double>)cosines).EveryRow(size, first, step, count));
    }

    internal PropagationPaths Scaled(Func<int, int, int, double> scaleOfLink)
    {
        var scaled = new ComplexF[coefficients.Length];
        for (long index = 0; index < scaled.LongLength; index++)
        {
            long link = index / PathCount;
            int accessPoint = (int)(link % Shape.AccessPointCount);
            int user = (int)(link / Shape.AccessPointCount % Shape.UserCount);
            int realization = (int)(link / Shape.AccessPointCount / Shape.UserCount);
            float scale = (float)scaleOfLink(realization, user, accessPoint);
            scaled[index] = new ComplexF(coefficients[index].Real * scale, coefficients[index].Imaginary * scale);
        }

        return new PropagationPaths(Shape, PathCount, scaled, cosines);
    }
}
