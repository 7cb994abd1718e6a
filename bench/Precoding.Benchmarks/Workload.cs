namespace Precoding.Benchmarks;

/// <summary>How long each precoder iterates when whole solves are timed.</summary>
internal static class Workload
{
    public static int IterationsOf(string precoder) => precoder switch
    {
        "reduced-cg" => 10,
        "reduced-hamiltonian" or "bsp-hamiltonian" => 50,
        "wmmse" => 20,
        _ => 1, // closed forms have none
    };

    /// <summary>From maximum ratio, to the iteration limit.</summary>
    public static IPrecoder CreatePrecoder(string name, int iterations)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        return entry.Create(entry.DefaultOptions with { MaxIterations = iterations, Tolerance = 0 });
    }
}
