namespace Precoding;

/// <summary>A point in space, metres.</summary>
public readonly record struct Position(double X, double Y, double Z = 0)
{
    public double DistanceTo(Position other) =>
        Math.Sqrt(((X - other.X) * (X - other.X)) + ((Y - other.Y) * (Y - other.Y)) + ((Z - other.Z) * (Z - other.Z)));
}

/// <summary>An antenna array; <see cref="AntennaCount"/> is M at an access point and N at a user.</summary>
public abstract record AntennaArray(int AntennaCount);

/// <summary>Uniform linear array; <paramref name="SpacingWavelengths"/> is 0.5 for the half-wavelength arrays of [BSP (2)].</summary>
public sealed record UniformLinearArray(int AntennaCount, double SpacingWavelengths = 0.5) : AntennaArray(AntennaCount);

/// <summary>Access point l with its array of M antennas and its budget P_l: Σ_k ‖p_{k,l}‖² ≤ P_l, linear watts.</summary>
public sealed record AccessPoint(Position Position, AntennaArray Array, double PowerBudgetWatts)
{
    /// <summary>Σ_k |p_{k,l,m}|² ≤ P_{l,m}, watts, [antenna]: what the amplifier of each antenna can send, beside the budget; null where only the budget counts.</summary>
    public IReadOnlyList<double>? AntennaPowerLimitsWatts { get; init; }

    /// <summary>By value, the limits one by one.</summary>
    public bool Equals(AccessPoint? other) => other is not null && (Position, Array, PowerBudgetWatts) == (other.Position, other.Array, other.PowerBudgetWatts) &&
        (AntennaPowerLimitsWatts is { } limits ? other.AntennaPowerLimitsWatts is { } others && limits.SequenceEqual(others) : other.AntennaPowerLimitsWatts is null);

    public override int GetHashCode() => HashCode.Combine(Position, Array, PowerBudgetWatts, AntennaPowerLimitsWatts?.Count);
}

/// <summary>
/// User k. <paramref name="Weight"/> is α_k in Σ_k α_k R_k; <paramref name="MaxStreams"/> is the most streams it may receive, null for as many as it
/// has antennas; <paramref name="NoisePowerWatts"/> is σ_k², the network's value when absent.
/// </summary>
public sealed record User(Position Position, AntennaArray Array, double Weight = 1, int? MaxStreams = null, double? NoisePowerWatts = null);

/// <summary>How the access points serving one user combine.</summary>
public enum JointTransmission
{
    /// <summary>Phase-synchronised: amplitudes add, y_k = Σ_l h_{k,l}ᴴ p_{k,l} [BSP (7)].</summary>
    Coherent,

    /// <summary>Independent streams per access point [NCJT (1)].</summary>
    NonCoherent,
}

/// <summary>What is transmitted over: L access points, K users, budgets, noise and weights.</summary>
public sealed record Network
{
    private const double SmallestPowerWatts = 1e-30;
    private const double LargestPowerWatts = 1e30;

    public required IReadOnlyList<AccessPoint> AccessPoints { get; init; }

    public required IReadOnlyList<User> Users { get; init; }

    public required double CarrierFrequencyHz { get; init; }

    /// <summary>σ², watts, of every user that names none of its own.</summary>
    public double NoisePowerWatts { get; init; } = 1;

    public JointTransmission Transmission { get; init; } = JointTransmission.Coherent;

    /// <summary>σ_k² of user k, watts.</summary>
    public double NoisePowerOf(int user) => Users[user].NoisePowerWatts ?? NoisePowerWatts;

    /// <summary>A network for channels that came without geometry: every position is the origin.</summary>
    /// <param name="powerBudgetWatts">P_l, one per access point.</param>
    /// <param name="noisePowerWatts">σ_k², one per user; null for 1.</param>
    /// <param name="weights">α_k, one per user; null for 1.</param>
    public static Network WithoutGeometry(
        ChannelShape shape,
        IReadOnlyList<double> powerBudgetWatts,
        IReadOnlyList<double>? noisePowerWatts = null,
        IReadOnlyList<double>? weights = null,
        double carrierFrequencyHz = 10e9)
    {
        var problems = new List<string>();
        ExpectLength(problems, "powerBudgetWatts", powerBudgetWatts.Count, shape.AccessPointCount, "access point");
        ExpectLength(problems, "noisePowerWatts", noisePowerWatts?.Count ?? shape.UserCount, shape.UserCount, "user");
        ExpectLength(problems, "weights", weights?.Count ?? shape.UserCount, shape.UserCount, "user");
        ValidationException.ThrowIfAny(problems);
        var network = new Network
        {
            AccessPoints = [.. powerBudgetWatts.Select(p => new AccessPoint(default, new UniformLinearArray(shape.AntennaCount), p))],
            Users =
            [
                .. Enumerable.Range(0, shape.UserCount).Select(k => new User(
                    default, new UniformLinearArray(shape.UserAntennaCount), weights?[k] ?? 1, null, noisePowerWatts?[k])),
            ],
            CarrierFrequencyHz = carrierFrequencyHz,
        };
        network.Validate();
        return network;

        static void ExpectLength(List<string> problems, string name, int got, int expected, string of)
        {
            if (got != expected)
            {
                problems.Add($"Network: '{name}' has {got} values, expected {expected}, one per {of}.");
            }
        }
    }

    /// <summary>The same network with every budget set to <paramref name="powerBudgetWatts"/>.</summary>
    public Network WithPowerBudget(double powerBudgetWatts) =>
        this with { AccessPoints = [.. AccessPoints.Select(a => a with { PowerBudgetWatts = powerBudgetWatts })] };

    /// <summary>The same network with every antenna limited to <paramref name="share"/> of its access point's budget over its antennas, P_{l,m} = share·P_l/M.</summary>
    public Network WithAntennaPowerLimit(double share) => this with
    {
        AccessPoints = [.. AccessPoints.Select(a => a with { AntennaPowerLimitsWatts = [.. Enumerable.Repeat(share * a.PowerBudgetWatts / a.Array.AntennaCount, a.Array.AntennaCount)] })],
    };

    /// <summary>Some antenna has a limit of its own.</summary>
    internal bool LimitsAntennas => AccessPoints.Any(a => a.AntennaPowerLimitsWatts is not null);

    /// <summary>Budgets no larger than what the antennas can send together: all that a bound on the rates sees of the limits.</summary>
    internal Network WithinAntennaLimits() =>
        this with { AccessPoints = [.. AccessPoints.Select(a => a with { PowerBudgetWatts = Math.Min(a.PowerBudgetWatts, a.AntennaPowerLimitsWatts?.Sum() ?? a.PowerBudgetWatts) })] };

    /// <summary>P_{l,m}, watts, [accessPoint·M + antenna]; the budget where there is none.</summary>
    internal double[] AntennaPowerLimits() =>
        [.. AccessPoints.SelectMany(a => a.AntennaPowerLimitsWatts ?? Enumerable.Repeat(a.PowerBudgetWatts, a.Array.AntennaCount))];

    /// <summary>The same network with weights α_k, one per user.</summary>
    public Network WithWeights(IReadOnlyList<double> weights) => weights.Count == Users.Count
        ? this with { Users = [.. Users.Select((user, k) => user with { Weight = weights[k] })] }
        : throw new ValidationException($"Network: 'weights' has {weights.Count} values, expected {Users.Count}, one per user.");

    /// <summary>Throws <see cref="ValidationException"/> with every problem at once.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        if (AccessPoints.Count == 0)
        {
            problems.Add("Network.AccessPoints is empty; at least one access point is needed.");
        }

        if (Users.Count == 0)
        {
            problems.Add("Network.Users is empty; at least one user is needed.");
        }

        if (!(NoisePowerWatts > 0) || !double.IsFinite(NoisePowerWatts))
        {
            problems.Add($"Network.NoisePowerWatts is {NoisePowerWatts}; it must be positive and finite (rates are unbounded without noise).");
        }

        for (int l = 0; l < AccessPoints.Count; l++)
        {
            AccessPoint accessPoint = AccessPoints[l];
            if (accessPoint.PowerBudgetWatts is not (>= SmallestPowerWatts and <= LargestPowerWatts))
            {
                problems.Add(
                    $"Network.AccessPoints[{l}].PowerBudgetWatts is {accessPoint.PowerBudgetWatts}; it must lie from {SmallestPowerWatts} to {LargestPowerWatts}, linear watts, so that single precision holds it.");
            }

            if (accessPoint.AntennaPowerLimitsWatts is { } limits)
            {
                if (limits.Count != accessPoint.Array.AntennaCount)
                {
                    problems.Add($"Network.AccessPoints[{l}].AntennaPowerLimitsWatts has {limits.Count} values, expected {accessPoint.Array.AntennaCount}, one per antenna.");
                }

                if (limits.FirstOrDefault(limit => limit is not (>= SmallestPowerWatts and <= LargestPowerWatts), SmallestPowerWatts) is var bad && bad != SmallestPowerWatts)
                {
                    problems.Add($"Network.AccessPoints[{l}].AntennaPowerLimitsWatts has {bad}; every limit must lie from {SmallestPowerWatts} to {LargestPowerWatts}, linear watts.");
                }
            }

            if (accessPoint.Array.AntennaCount < 1)
            {
                problems.Add($"Network.AccessPoints[{l}] has {accessPoint.Array.AntennaCount} antennas; at least one is needed.");
            }
            else if (accessPoint.Array.AntennaCount != AccessPoints[0].Array.AntennaCount)
            {
                problems.Add($"Network.AccessPoints[{l}] has {accessPoint.Array.AntennaCount} antennas and access point 0 has " +
                    $"{AccessPoints[0].Array.AntennaCount}; all must have the same number M.");
            }
        }

        for (int k = 0; k < Users.Count; k++)
        {
            if (!(Users[k].Weight >= 0) || !double.IsFinite(Users[k].Weight))
            {
                problems.Add($"Network.Users[{k}].Weight is {Users[k].Weight}; it must be finite and not negative.");
            }

            if (Users[k].MaxStreams < 1)
            {
                problems.Add($"Network.Users[{k}].MaxStreams is {Users[k].MaxStreams}; it must be at least 1, or absent for as many as the user has antennas.");
            }

            if (Users[k].NoisePowerWatts is { } noise && (!(noise > 0) || !double.IsFinite(noise)))
            {
                problems.Add($"Network.Users[{k}].NoisePowerWatts is {noise}; it must be positive and finite (rates are unbounded without noise).");
            }
        }

        if (Users.Count > 0 && Users.All(u => u.Weight == 0))
        {
            problems.Add("Network.Users all have weight 0; the weighted sum rate would be 0 whatever is sent. Give at least one user a positive weight.");
        }

        ValidationException.ThrowIfAny(problems);
    }
}
