namespace Precoding;

/// <summary>How couplings and gradient are evaluated in the beam domain.</summary>
public enum EvaluationOrder
{
    /// <summary>The engine chooses per realization from its density and the sizes, never from the batch.</summary>
    Auto,

    /// <summary>Rows of the table Y = V̄ᴴH gathered by the support.</summary>
    Gathered,

    /// <summary>FFT to antennas, dense products with H, FFT back.</summary>
    Dense,
}
