namespace Precoding.Engines;

/// <summary>Channels of uniform linear arrays from the rays that reach them.</summary>
public interface IArrayOps
{
    /// <summary>
    /// h[m] = Σ_p c_p w_p^m, m = 0…M−1; w_p = exp(−jπ cosine_p) where antennas are half a wavelength apart. For every realization in use, whatever its status. [BSP (1), (2)]
    /// </summary>
    /// <remarks>
    /// The fast engines multiply and add in one order, powers of w in double: m = 512 b + 16 v + i, w^m = w^i (w^{512 b} w^{16 v}), each of the three a product of repeated squares by the ones
    /// of its number from the lowest on; c w^i and w^{512 b + 16 v} rounded to the engine's precision, and their products summed in the order of the rays with fused multiply-adds.
    /// Engines of one precision give the same bits.
    /// </remarks>
    /// <param name="rays">Re c, Im c, Re w, Im w in double, [realization, link, ray, 4].</param>
    /// <param name="responses">h, [realization, link, antenna], written.</param>
    void ArrayResponses(Tensor rays, Tensor responses, SolveControl control);
}
