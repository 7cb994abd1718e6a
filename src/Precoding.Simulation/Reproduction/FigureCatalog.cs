namespace Precoding.Simulation;

/// <summary>Every figure that can be computed again.</summary>
public static class FigureCatalog
{
    public static IReadOnlyList<FigureStudy> Studies { get; } =
    [
        new SparsityFigure(), new FineFactorFigure(), new MethodsFigure(), new StartsFigure(), new MassFigure(), new AntennasFigure(), new ComplexityFigure(),
        new ConvexApproximationFigure(isOfTimes: false), new ConvexApproximationFigure(isOfTimes: true), new EquivalenceFigure(), new TimeFigure(), new ZeroForcingFigure(), new CoherenceFigure(),
        new AllocationFigure(), new BoundFigure(), new RateOverTimeFigure(),
    ];
}
