namespace Precoding.Simulation;

/// <summary>The machine or the cluster refuses: a full disk, a directory that cannot be written, a job that is not accepted. Exit code 4.</summary>
public sealed class EnvironmentException(string message, Exception? innerException = null) : Exception(message, innerException);
