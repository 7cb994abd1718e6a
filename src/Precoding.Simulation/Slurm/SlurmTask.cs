namespace Precoding.Simulation;

/// <summary>One line of Slurm's queue.</summary>
/// <param name="JobId">Of the array, or of the job where it is none.</param>
/// <param name="ArrayIndex">Of the task in its array; null for a job that is no array.</param>
/// <param name="State">Slurm's word: PENDING, RUNNING, COMPLETING, COMPLETED, FAILED, CANCELLED, TIMEOUT, NODE_FAIL, ….</param>
/// <param name="Reason">Why it waits or ended: Resources, BeginTime, Dependency, None, ….</param>
/// <param name="TimeLeft">Until its time limit; null where there is none.</param>
/// <param name="Nodes">Where it runs; empty while it waits.</param>
/// <param name="Name">Of the job: ids are given anew when a controller begins anew, names of submissions are not.</param>
public sealed record SlurmTask(long JobId, int? ArrayIndex, string State, string Reason, TimeSpan? TimeLeft, string Nodes, string Name)
{
    /// <summary>It runs, waits or is being ended: it may still begin or go on.</summary>
    public bool IsLive => State is not ("BOOT_FAIL" or "CANCELLED" or "COMPLETED" or "DEADLINE" or "FAILED" or "NODE_FAIL" or "OUT_OF_MEMORY" or "PREEMPTED" or "REVOKED" or "TIMEOUT");

    /// <summary>Somebody ended it, and it may not go on; one that reached its time limit is requeued from this state.</summary>
    public bool IsEnding => State == "COMPLETING" && Reason != "TimeLimit";

    /// <summary>Why it waits for ever, and what helps: Slurm accepts jobs that no partition or node can run. Null when it only waits for its turn.</summary>
    public string? Obstacle => State != "PENDING" ? null : Reason switch
    {
        "PartitionTimeLimit" => "its time limit exceeds the partition's: sinfo --format=\"%P %l\" lists them; cancel, and submit with less",
        "PartitionConfig" or "PartitionNodeLimit" or "BadConstraints" => "no node of the partition has what it asks for: cancel, and submit with less",
        "PartitionDown" or "PartitionInactive" => "its partition takes no jobs now",
        "JobHeldUser" or "JobHeldAdmin" => "it is held: scontrol release",
        "DependencyNeverSatisfied" => "what it waits for cannot come about: cancel, and submit again",
        _ when Reason.Contains("requeued held", StringComparison.OrdinalIgnoreCase) => "it failed to start and is held: scontrol release",
        _ when Reason.StartsWith("Invalid", StringComparison.Ordinal) => "the account or QOS is not valid: cancel, and submit with another",
        _ => null,
    };
}
