namespace Precoding;

/// <summary>What every precoder understands.</summary>
public abstract record PrecoderOptions
{
    /// <summary>Iteration limit; reaching it is a status, not a failure.</summary>
    public int MaxIterations { get; init; } = 200;

    /// <summary>ε: a realization settles when |R⁽ᵈ⁾ − R⁽ᵈ⁻¹⁾| ≤ ε·max(1, R) on <see cref="Patience"/> consecutive iterations. 0 settles only when the rate stays the same to the last bit.</summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>Consecutive iterations with a small change before a realization is settled.</summary>
    public int Patience { get; init; } = 3;

    /// <summary>The host looks at the statuses every so many iterations; results do not depend on it.</summary>
    public int CheckInterval { get; init; } = 10;

    /// <summary>Starts; with several, each realization keeps the best outcome.</summary>
    public IReadOnlyList<InitialPrecoder> Starts { get; init; } = [new InitialPrecoder.MaximumRatio()];

    /// <summary>One of them is given precoders.</summary>
    internal bool StartsWarm => Starts.Any(start => start is InitialPrecoder.WarmStart);

    /// <summary>Seed of the random starts.</summary>
    public ulong Seed { get; init; }

    /// <summary>
    /// Wall clock from the beginning of a solve to its result, preparation, evaluation and copies included, and in a solver's first solve its making. Realizations not settled by then have
    /// the status TimeLimit and their best iterate. Iterations and starts that would not end in time, by what earlier ones took, are not begun; pieces of a large batch share the time, and
    /// starts of a piece use it in turn. Nothing cuts short preparation (a beam pursuit), the first start, an iteration once begun, and compilation at first use: where these take longer, so
    /// does the solve, and Iterations are few or 0. [decision 20]
    /// </summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>Throws with every problem at once.</summary>
    public void Validate()
    {
        var problems = new List<string>();
        CollectProblems(problems);
        ValidationException.ThrowIfAny(problems);
    }

    /// <summary>Adds a sentence per problem: name, value, rule.</summary>
    protected virtual void CollectProblems(List<string> problems)
    {
        Require(problems, MaxIterations is >= 1 and <= 1_000_000, nameof(MaxIterations), MaxIterations, "it must be from 1 to 1000000");
        Require(problems, Tolerance >= 0 && double.IsFinite(Tolerance), nameof(Tolerance), Tolerance, "it must be finite and not negative (0 settles only when the rate stays the same to the last bit)");
        Require(problems, Patience >= 1, nameof(Patience), Patience, "it must be at least 1");
        Require(problems, CheckInterval >= 1, nameof(CheckInterval), CheckInterval, "it must be at least 1");
        Require(problems, Starts.Count >= 1, nameof(Starts), "empty", "at least one start is needed");
        Require(problems, TimeLimit is null || TimeLimit > TimeSpan.Zero, nameof(TimeLimit), TimeLimit!, "it must be positive, or absent for no limit");
    }

    protected void Require(List<string> problems, bool holds, string name, object value, string rule)
    {
        if (!holds)
        {
            problems.Add(FormattableString.Invariant($"{GetType().Name}.{name} is {value}; {rule}."));
        }
    }
}
