namespace Precoding.Simulation;

/// <summary>What a drop of the urban macro scenario may vary.</summary>
public sealed record Tr38901Options
{
    /// <summary>Point that every array's broadside faces.</summary>
    public Position Centre { get; init; }

    /// <summary>Positions of the users in realization r, [user]; null: those of the network in every realization.</summary>
    public Func<int, IReadOnlyList<Position>>? UserPositions { get; init; }

    /// <summary>Whether the batch carries its paths, 400 a link, 16 bytes each.</summary>
    public bool KeepPaths { get; init; } = true;

    /// <summary>
    /// Frequencies in hertz beside the carrier: every drop is then as many realizations, drop after drop, the same rays at each: delays turn their phases, and the array's half wavelength is that of
    /// the carrier. Null: the carrier alone.
    /// </summary>
    public IReadOnlyList<double>? FrequencyOffsetsHz { get; init; }

    /// <summary>
    /// Users move, each in a direction of its own, level and straight, and every drop is as many realizations as there are blocks, drop after drop: the same rays, whose phases Doppler turns. What changes over many
    /// metres, path loss, large-scale parameters and angles, stays. Null: users at rest, a realization a drop. Not together with <see cref="FrequencyOffsetsHz"/>.
    /// </summary>
    public BlockMotion? Motion { get; init; }

    /// <summary>
    /// Spherical wavefronts instead of plane ones: a ray comes from a point as far away as its path is long, d3D + c τ of its cluster, as after reflections at plane walls. It matters where
    /// arrays are long: the square of their length over the wavelength is the distance at which wavefronts begin to look plane. Path parameters describe plane waves and cannot be kept.
    /// </summary>
    public bool SphericalWavefronts { get; init; }

    /// <summary>Where the rays of plane waves become channels; stays the caller's. Null for the processor. Single precision gives the same bits on any device but the reference.</summary>
    public IDevice? Device { get; init; }

    /// <summary>Threads at most; null for one a core. The result does not depend on it.</summary>
    public int? ThreadCount { get; init; }
}

/// <summary>
/// Urban macro links without line of sight, [38.901 v16.1.0 §7.5], at the carrier or at frequencies around it, single precision: 20 clusters of 20 rays,
/// H = Σ_p coefficient·exp(−jπ m·cosine) with path loss, shadow fading and element gain inside the coefficients.
/// </summary>
/// <remarks>
/// Horizontal half-wavelength arrays of elements [38.901 Table 7.3-1], vertically polarised, broadside towards <see cref="Tr38901Options.Centre"/>,
/// antenna index growing to the right; one vertical omnidirectional antenna a user. Large-scale parameters are correlated over the users of a
/// realization, those of different access points independent; clusters and rays are drawn for each link by itself.
/// </remarks>
public sealed class Tr38901ChannelModel(Tr38901Options? options = null) : IChannelModel
{
    /// <summary>Links whose rays are held at once.</summary>
    private const int MostLinksAtOnce = 512;

    private const uint HeadingDraw = 2; // of a user's position stream, after radius and angle of the layout

    private readonly Tr38901Options options = options ?? new Tr38901Options();

    private ParallelOptions Threads => new() { MaxDegreeOfParallelism = options.ThreadCount ?? -1 };

    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization = 0) => Generate(network, realizationCount, seed, firstRealization, null);

    /// <summary>The channels, and the statistics of their links beside those of the reference generator.</summary>
    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, out CalibrationReport report, int firstRealization = 0)
    {
        ChannelShape drops = Validate(network, realizationCount, firstRealization);
        var links = new LinkStatistics[checked(realizationCount * drops.UserCount * drops.AccessPointCount)];
        ChannelBatch channels = Generate(network, realizationCount, seed, firstRealization, links);
        report = CalibrationReport.Of(links, drops.AccessPointCount);
        return channels;
    }

    /// <param name="statistics">One for each link of the drops, written; null where nobody asks.</param>
    private ChannelBatch Generate(Network network, int realizationCount, ulong seed, int firstRealization, LinkStatistics[]? statistics)
    {
        (double OffsetHz, double Seconds)[] instances = Instances();
        ChannelShape drops = Validate(network, realizationCount, firstRealization), shape = drops with { RealizationCount = checked(realizationCount * instances.Length) };
        const int PathCount = UrbanMacroTable.RayCount;
        int linksOfDrop = drops.UserCount * drops.AccessPointCount, linkCount = checked(shape.RealizationCount * linksOfDrop);
        if (options.KeepPaths && linkCount > Array.MaxLength / PathCount)
        {
            throw new ValidationException(
                $"Tr38901ChannelModel: the paths of {shape} are more than {Array.MaxLength}; set KeepPaths to false or generate fewer realizations at once.");
        }

        var coefficients = new ComplexF[linkCount * shape.AntennaCount];
        var pathCoefficients = new ComplexF[options.KeepPaths ? linkCount * PathCount : 0];
        var pathCosines = new double[pathCoefficients.Length];
        using PlaneWaves? planeWaves = options.SphericalWavefronts ? null
            : new PlaneWaves(options.Device, options.ThreadCount, Math.Min(linksOfDrop, MostLinksAtOnce), shape.AntennaCount);
        DrawLinks(network, drops, seed, firstRealization, statistics, (firstLink, links) =>
        {
            for (int s = 0; s < instances.Length; s++)
            {
                int to = (((firstLink / linksOfDrop * instances.Length) + s) * linksOfDrop) + (firstLink % linksOfDrop);
                var (offset, seconds) = instances[s];
                Parallel.For(0, links.Count, Threads, i =>
                {
                    LinkRays rays = links[i];
                    rays.TurnTo(offset, network.CarrierFrequencyHz, seconds);
                    if (planeWaves is null)
                    {
                        SphericalSum.Write(rays, coefficients.AsSpan((to + i) * shape.AntennaCount, shape.AntennaCount));
                    }
                    else
                    {
                        rays.WriteTurned(planeWaves.RaysOf(i));
                    }

                    if (options.KeepPaths)
                    {
                        rays.TurnedCoefficient.CopyTo(pathCoefficients, (to + i) * PathCount);
                        rays.TurnedCosine.CopyTo(pathCosines, (to + i) * PathCount);
                    }
                });
                planeWaves?.Form(coefficients.AsSpan(to * shape.AntennaCount, links.Count * shape.AntennaCount));
            }
        });
        PropagationPaths? paths = options.KeepPaths ? new PropagationPaths(shape, PathCount, pathCoefficients, pathCosines) : null;
        return ChannelBatch.FromArray(network, shape, coefficients, paths).StartingAt(checked(firstRealization * instances.Length));
    }

    /// <summary>Frequency and time of the realizations of a drop.</summary>
    private (double OffsetHz, double Seconds)[] Instances() => options.Motion is { } motion
        ? [.. Enumerable.Range(0, motion.BlockCount).Select(block => (0.0, block * motion.BlockSeconds))]
        : [.. (options.FrequencyOffsetsHz ?? [0]).Select(offset => (offset, 0.0))];

    /// <summary>Statistics of the links that <see cref="Generate(Network, int, ulong, int)"/> makes from the same arguments, beside those of the reference generator.</summary>
    public CalibrationReport Calibrate(Network network, int realizationCount, ulong seed)
    {
        ChannelShape shape = Validate(network, realizationCount, 0);
        var links = new LinkStatistics[checked(realizationCount * shape.UserCount * shape.AccessPointCount)];
        DrawLinks(network, shape, seed, 0, links, (_, _) => { });
        return CalibrationReport.Of(links, shape.AccessPointCount);
    }

    /// <summary>Draws every link, some at once on several threads, and hands them over with the number of the first in [realization, user, accessPoint].</summary>
    /// <param name="statistics">One for each link, written; null where nobody asks.</param>
    private void DrawLinks(Network network, ChannelShape shape, ulong seed, int firstRealization, LinkStatistics[]? statistics, Action<int, ArraySegment<LinkRays>> use)
    {
        int users = shape.UserCount, accessPoints = shape.AccessPointCount, parameterCount = UrbanMacroTable.Order.Length, linksOfDrop = users * accessPoints;
        IReadOnlyList<Position> positions = [.. network.Users.Select(u => u.Position)];
        LargeScaleMap? map = null;
        LinkRays[] rays = [.. Enumerable.Range(0, Math.Min(linksOfDrop, MostLinksAtOnce)).Select(_ => new LinkRays())];
        for (int realization = 0; realization < shape.RealizationCount; realization++)
        {
            int r = realization, drop = firstRealization + realization;
            if (options.UserPositions is { } redraw)
            {
                positions = redraw(drop);
                ValidatePositions(network, positions);
                map = null;
            }

            map ??= new LargeScaleMap(positions, Threads);
            double[,,] largeScale = map.Draw(seed, drop, accessPoints, Threads);
            IReadOnlyList<Position> here = positions;
            for (int first = 0; first < linksOfDrop; first += rays.Length)
            {
                int firstOfPiece = first, count = Math.Min(rays.Length, linksOfDrop - first);
                Parallel.For(0, count, Threads, i =>
                {
                    int user = (firstOfPiece + i) / accessPoints, accessPoint = (firstOfPiece + i) % accessPoints;
                    Position from = network.AccessPoints[accessPoint].Position, to = here[user];
                    Span<double> normals = stackalloc double[parameterCount];
                    for (int parameter = 0; parameter < parameterCount; parameter++)
                    {
                        normals[parameter] = largeScale[user, accessPoint, parameter];
                    }

                    var streams = LinkStreams.Of(seed, drop, user, accessPoint);
                    var geometry = LinkGeometry.Of(from, to, options.Centre);
                    RayGenerator.Generate(streams, geometry, normals, to.Z, from.Z, network.CarrierFrequencyHz, rays[i]);
                    if (options.Motion is { } motion)
                    {
                        double heading = 360 * new CounterRandom(seed, RandomPurpose.UserPosition, drop, user).Uniform(HeadingDraw);
                        RayGenerator.GenerateDoppler(streams, geometry, normals, network.CarrierFrequencyHz, motion.SpeedMetresPerSecond, heading, rays[i]);
                    }

                    if (statistics is not null)
                    {
                        statistics[(r * linksOfDrop) + firstOfPiece + i] = LinkStatistics.Of(rays[i]);
                    }
                });
                use((r * linksOfDrop) + first, new ArraySegment<LinkRays>(rays, 0, count));
            }
        }
    }

    private ChannelShape Validate(Network network, int realizationCount, int firstRealization)
    {
        ChannelShape shape = GeneratedShape.Of(network, realizationCount, firstRealization);
        options.Motion?.Validate();
        var problems = new List<string>();
        if (options is { Motion: not null, FrequencyOffsetsHz: not null })
        {
            problems.Add("Tr38901ChannelModel: realizations of a drop are blocks of time or frequencies; give Motion or FrequencyOffsetsHz, not both.");
        }

        if (options is { SphericalWavefronts: true, KeepPaths: true })
        {
            problems.Add("Tr38901ChannelModel: path parameters describe plane waves, which spherical wavefronts are not; set KeepPaths to false.");
        }

        if (options.FrequencyOffsetsHz is { } offsets && (offsets.Count == 0 || !offsets.All(offset => Math.Abs(offset) < network.CarrierFrequencyHz / 2)))
        {
            problems.Add($"Tr38901ChannelModel: FrequencyOffsetsHz is [{string.Join(", ", offsets)}]; expected one or more numbers of less than half the carrier's {network.CarrierFrequencyHz} Hz.");
        }

        if (shape.UserAntennaCount != 1)
        {
            problems.Add($"Tr38901ChannelModel: users have {shape.UserAntennaCount} antennas; this model has one-antenna users. Use the cell-free Rayleigh model.");
        }

        if (!(network.CarrierFrequencyHz is >= 0.5e9 and <= 100e9))
        {
            problems.Add($"Tr38901ChannelModel: CarrierFrequencyHz is {network.CarrierFrequencyHz}; [38.901] holds from 0.5e9 to 100e9.");
        }

        for (int l = 0; l < shape.AccessPointCount; l++)
        {
            AccessPoint accessPoint = network.AccessPoints[l];
            if (accessPoint.Array is not UniformLinearArray { SpacingWavelengths: 0.5 })
            {
                problems.Add($"Tr38901ChannelModel: access point {l} has {accessPoint.Array}; path parameters need a UniformLinearArray of spacing 0.5.");
            }

            if (!(accessPoint.Position.Z is >= 13 and <= 150))
            {
                problems.Add($"Tr38901ChannelModel: access point {l} is {accessPoint.Position.Z} m high; urban macro sites stand at 25 m (13…150 here). Set Position.Z.");
            }
        }

        ValidationException.ThrowIfAny(problems);
        ValidatePositions(network, [.. network.Users.Select(u => u.Position)]);
        return shape;
    }

    private static void ValidatePositions(Network network, IReadOnlyList<Position> positions)
    {
        if (positions.Count != network.Users.Count)
        {
            throw new ValidationException($"Tr38901ChannelModel: UserPositions gave {positions.Count} positions, expected {network.Users.Count}, one per user.");
        }

        ValidationException.ThrowIfAny(
        [
            .. Enumerable.Range(0, positions.Count)
                .Where(k => !(positions[k].Z is >= 1.5 and < 13) || !double.IsFinite(positions[k].X) || !double.IsFinite(positions[k].Y))
                .Select(k => $"Tr38901ChannelModel: user {k} is at {positions[k]}; expected finite coordinates and a height from 1.5 m to below 13 m, " +
                    "where the environment height of [38.901 Table 7.4.1-1] is 1 m for certain."),
        ]);
    }
}
