namespace Precoding.Benchmarks;

/// <summary>A benchmark class whose parameters go together only in part, such as small batches on slow devices.</summary>
public interface ICase
{
    /// <summary>Whether a method is meant for the parameters as they are; others are left out of the table.</summary>
    bool IsMeant(string method);
}

/// <summary>A benchmark class with a row per device that is there; its report names those that are absent.</summary>
public interface IRunsOnDevices
{
}

/// <summary>A benchmark class whose calls each solve a known number of drops; its table gets drops per second.</summary>
public interface ICountsDrops
{
    int DropsPerCall { get; }
}
