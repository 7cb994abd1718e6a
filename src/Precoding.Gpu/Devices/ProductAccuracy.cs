namespace Precoding.Gpu;

/// <summary>How the products G_l X_l of the iterations are computed in single precision. Gram matrices, final precoders and their rates are always in full.</summary>
public enum ProductAccuracy
{
    /// <summary>Single precision throughout.</summary>
    Full,

    /// <summary>
    /// On tensor cores (compute capability 8.0 or later), every number split into two of TensorFloat-32 and three of the four products kept: the relative error of a product is below 2⁻²⁰ where
    /// single precision has 2⁻²⁴. Checked against <see cref="Full"/> on the device whenever one is opened so.
    /// </summary>
    SplitTensorFloat,
}
