using Precoding.Simulation;

namespace Precoding.Cli.Sweeps;

/// <summary>Where a sweep is computed.</summary>
/// <param name="OnSlurm">Null: where it was begun, at first here.</param>
/// <param name="Slurm">What the site wants to know.</param>
internal sealed record EngineChoice(bool? OnSlurm, SlurmOptions Slurm);
