namespace Precoding.Cli;

/// <summary>The command line asks for something that does not exist or does not fit together: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary>The machine refuses: a full disk, a directory that cannot be written. Exit code 4.</summary>
internal sealed class EnvironmentException(string message, Exception innerException) : Exception(message, innerException);
