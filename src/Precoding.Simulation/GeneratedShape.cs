namespace Precoding.Simulation;

/// <summary>Extents of what a generator is about to make, checked before anything is allocated.</summary>
internal static class GeneratedShape
{
    private const int MaximumIndexed = ushort.MaxValue; // the random streams number users and access points with 16 bits

    public static ChannelShape Of(Network network, int realizationCount, int firstRealization)
    {
        network.Validate();
        var shape = new ChannelShape(
            realizationCount, network.Users.Count, network.AccessPoints.Count, network.AccessPoints[0].Array.AntennaCount, network.Users[0].Array.AntennaCount);
        var problems = new List<string>();
        if (realizationCount < 1)
        {
            problems.Add($"Generate: realizationCount is {realizationCount}; it must be at least 1.");
        }

        if (firstRealization < 0 || firstRealization > int.MaxValue - Math.Max(0, realizationCount))
        {
            problems.Add($"Generate: firstRealization is {firstRealization}; it must be from 0, and the last number at most {int.MaxValue}.");
        }

        if (network.Users.Any(u => u.Array.AntennaCount != shape.UserAntennaCount))
        {
            problems.Add("Generate: users differ in antennas; a channel batch has one number N for all.");
        }

        if (shape.UserCount > MaximumIndexed || shape.AccessPointCount > MaximumIndexed)
        {
            problems.Add($"Generate: {shape.UserCount} users and {shape.AccessPointCount} access points; at most {MaximumIndexed} of each.");
        }

        if (problems.Count == 0 && shape.CoefficientsPerRealization > Array.MaxLength / realizationCount)
        {
            problems.Add(
                $"Generate: {shape} has more than {Array.MaxLength} coefficients, the most that one batch holds; generate the realizations in several batches.");
        }

        ValidationException.ThrowIfAny(problems);
        return shape;
    }
}
