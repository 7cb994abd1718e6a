namespace Precoding;

/// <summary>How far from optimal a precoder of <see cref="SuccessiveConvexApproximation"/> can be, from duality: bounds, not estimates, up to rounding.</summary>
/// <param name="Gap">
/// bit/s/Hz: no precoder within the budgets exceeds the returned one in the last convex sub-problem by more. +∞ before the first pass.
/// </param>
/// <param name="Stationarity">
/// bit/s/Hz: the largest first-order gain of the weighted sum rate itself, from the point where the last sub-problem began towards any precoder within the budgets;
/// 0 exactly at the points that satisfy the Karush–Kuhn–Tucker conditions. +∞ before the first pass.
/// </param>
/// <param name="PassCount">Gradients taken in the solve.</param>
public readonly record struct OptimalityCertificate(double Gap, double Stationarity, int PassCount);
