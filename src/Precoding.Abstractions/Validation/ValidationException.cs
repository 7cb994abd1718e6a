namespace Precoding;

/// <summary>Something the caller supplied cannot be used. <see cref="Problems"/> lists every problem found, not only the first.</summary>
public sealed class ValidationException : ArgumentException
{
    public ValidationException(IReadOnlyList<string> problems)
        : base(string.Join(Environment.NewLine, problems)) => Problems = problems;

    public ValidationException(string problem)
        : this([problem])
    {
    }

    public IReadOnlyList<string> Problems { get; }

    /// <summary>Throws with all collected problems, or returns when there are none.</summary>
    public static void ThrowIfAny(IReadOnlyList<string> problems)
    {
        if (problems.Count > 0)
        {
            throw new ValidationException(problems);
        }
    }
}
