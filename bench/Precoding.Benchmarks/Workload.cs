namespace Precoding.Benchmarks;

/// <summary>How long each precoder iterates when whole solves are timed.</summary>
internal static class Workload
{
    public static int IterationsOf(string precoder) => precoder switch
    {
        "reduced-cg" or "bln-pgp" => 10,
        "reduced-hamiltonian" or "bsp-hamiltonian" => 50,
        "wmmse" or "bsp-cg" => 20,
        "ncjt-rwmmse" or "ncjt-wmmse" or "ncjt-cg" or "ncjt-lsa" or "ncjt-lus" or "cjt-wmmse" => 30,
        _ => 1, // closed forms have none
    };

    public static IPrecoder CreatePrecoder(string name) => CreatePrecoder(name, IterationsOf(name));

    /// <summary>From the precoder's own start, to the iteration limit.</summary>
    public static IPrecoder CreatePrecoder(string name, int iterations, int streams = 1)
    {
        PrecoderEntry entry = PrecoderCatalog.Find(name);
        PrecoderOptions options = entry.DefaultOptions with { MaxIterations = iterations, Tolerance = 0 };
        return entry.Create(options is StreamOptions of ? of with { Streams = new StreamRule.PerLink(streams) } : options);
    }
}
