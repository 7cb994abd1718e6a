namespace Precoding.Simulation;

/// <summary>Users that move while their drop lasts: every drop is given at so many moments, t = 0, T, 2T, …, each a block of its own, drop after drop.</summary>
/// <param name="BlockCount">Blocks of a drop.</param>
/// <param name="BlockSeconds">T.</param>
/// <param name="SpeedMetresPerSecond">v, of every user.</param>
public sealed record BlockMotion(int BlockCount, double BlockSeconds, double SpeedMetresPerSecond)
{
    internal const double SpeedOfLight = 299_792_458; // metres per second

    /// <summary>J₀(2π f_D T), f_D = v f_c/c: the correlation of neighbouring blocks where waves arrive from everywhere in the plane [JAKES74].</summary>
    public double Correlation(double carrierHz) => BesselJ0(2 * Math.PI * SpeedMetresPerSecond * carrierHz / SpeedOfLight * BlockSeconds);

    /// <summary>J₀(x) = (1/2π) ∫ cos(x sin θ) dθ by the trapezoidal rule over a period, whose error ends with J_n(x) for n points.</summary>
    internal static double BesselJ0(double x)
    {
        int points = 48 + (2 * (int)Math.Ceiling(Math.Abs(x)));
        double sum = 0;
        for (int i = 0; i < points; i++)
        {
            sum += Math.Cos(x * Math.Sin(2 * Math.PI * i / points));
        }

        return sum / points;
    }

    /// <summary>Throws where blocks cannot be made of it.</summary>
    internal void Validate()
    {
        var problems = new List<string>();
        Require(BlockCount >= 1, nameof(BlockCount), BlockCount, "it must be at least 1");
        Require(BlockSeconds > 0 && double.IsFinite(BlockSeconds), nameof(BlockSeconds), BlockSeconds, "it must be positive and finite");
        Require(SpeedMetresPerSecond is >= 0 and <= 1000, nameof(SpeedMetresPerSecond), SpeedMetresPerSecond, "it must be from 0 to 1000");
        ValidationException.ThrowIfAny(problems);

        void Require(bool holds, string name, double value, string rule)
        {
            if (!holds)
            {
                problems.Add($"BlockMotion.{name} is {value}; {rule}.");
            }
        }
    }
}
