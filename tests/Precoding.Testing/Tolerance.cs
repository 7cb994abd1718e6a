namespace Precoding.Testing;

/// <summary>How far two correct computations may differ, in one place.</summary>
public static class Tolerance
{
    /// <summary>Distance from 1 to the next number.</summary>
    public static double Epsilon(Precision precision) => precision == Precision.Single ? 1.1920928955078125e-7 : 2.220446049250313e-16;

    /// <summary>
    /// 8·ε·√n: rounding of a sum of n terms grows as √n (independent errors of ε/2 each), with room for a complex product, a conversion of the
    /// input and a division or square root around it.
    /// </summary>
    /// <param name="reductionLength">Terms of the longest sum behind one element, all sums in sequence counted.</param>
    /// <param name="condition">By how much the step amplifies a relative error of its input; 1 for products and sums.</param>
    public static double For(Precision precision, int reductionLength, double condition = 1) =>
        8 * Epsilon(precision) * Math.Sqrt(reductionLength) * Math.Max(1, condition);
}
