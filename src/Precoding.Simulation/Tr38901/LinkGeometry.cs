namespace Precoding.Simulation;

/// <summary>Where a user stands as seen from an access point whose array faces the centre of the layout.</summary>
/// <param name="AzimuthDeg">Of the straight line to the user, in the global frame.</param>
/// <param name="ZenithDeg">Of the same line, from the vertical.</param>
/// <param name="BroadsideDeg">Azimuth that the elements face; the array axis lies 90° to its right.</param>
internal readonly record struct LinkGeometry(
    double Distance2dMetres, double Distance3dMetres, double AzimuthDeg, double ZenithDeg, double BroadsideDeg)
{
    private const double DegreesPerRadian = 180 / Math.PI;

    public static LinkGeometry Of(Position accessPoint, Position user, Position centre)
    {
        double dx = user.X - accessPoint.X, dy = user.Y - accessPoint.Y, dz = user.Z - accessPoint.Z;
        double distance2d = Math.Sqrt((dx * dx) + (dy * dy));
        return new LinkGeometry(
            distance2d,
            accessPoint.DistanceTo(user),
            Math.Atan2(dy, dx) * DegreesPerRadian,
            Math.Atan2(distance2d, dz) * DegreesPerRadian,
            Math.Atan2(centre.Y - accessPoint.Y, centre.X - accessPoint.X) * DegreesPerRadian);
    }
}
