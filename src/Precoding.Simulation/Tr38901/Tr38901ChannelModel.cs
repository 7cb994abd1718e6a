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
    /// Spherical wavefronts instead of plane ones: a ray comes from a point as far away as its path is long, d3D + c τ of its cluster, as after reflections at plane walls. It matters where
    /// arrays are long: the square of their length over the wavelength is the distance at which wavefronts begin to look plane. Path parameters describe plane waves and cannot be kept.
    /// </summary>
    public bool SphericalWavefronts { get; init; }

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
    private readonly Tr38901Options options = options ?? new Tr38901Options();

    public ChannelBatch Generate(Network network, int realizationCount, ulong seed) => Generate(network, realizationCount, seed, null);

    /// <summary>The channels, and the statistics of their links beside those of the reference generator.</summary>
    public ChannelBatch Generate(Network network, int realizationCount, ulong seed, out CalibrationReport report)
    {
        ChannelShape drops = Validate(network, realizationCount);
        var links = new LinkStatistics[checked(realizationCount * drops.UserCount * drops.AccessPointCount)];
        ChannelBatch channels = Generate(network, realizationCount, seed, links);
        report = CalibrationReport.Of(links, drops.AccessPointCount);
        return channels;
    }

    /// <param name="statistics">One for each link of the drops, written; null where nobody asks.</param>
    private ChannelBatch Generate(Network network, int realizationCount, ulong seed, LinkStatistics[]? statistics)
    {
        IReadOnlyList<double> offsets = options.FrequencyOffsetsHz ?? [0];
        ChannelShape drops = Validate(network, realizationCount), shape = drops with { RealizationCount = checked(realizationCount * offsets.Count) };
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
        ForEachLink(network, drops, seed, (link, rays) =>
        {
            if (statistics is not null)
            {
                statistics[link] = LinkStatistics.Of(rays);
            }

            for (int s = 0; s < offsets.Count; s++)
            {
                int to = (((link / linksOfDrop * offsets.Count) + s) * linksOfDrop) + (link % linksOfDrop);
                rays.TurnTo(offsets[s], network.CarrierFrequencyHz);
                Span<ComplexF> h = coefficients.AsSpan(to * shape.AntennaCount, shape.AntennaCount);
                if (options.SphericalWavefronts)
                {
                    SphericalSum.Write(rays, h);
                }
                else
                {
                    SteeringSum.Write(rays.TurnedCoefficient, rays.TurnedCosine, h);
                }

                if (options.KeepPaths)
                {
                    rays.TurnedCoefficient.CopyTo(pathCoefficients, to * PathCount);
                    rays.TurnedCosine.CopyTo(pathCosines, to * PathCount);
                }
            }
        });
        PropagationPaths? paths = options.KeepPaths ? new PropagationPaths(shape, PathCount, pathCoefficients, pathCosines) : null;
        return ChannelBatch.FromArray(network, shape, coefficients, paths);
    }

    /// <summary>Statistics of the links that <see cref="Generate(Network, int, ulong)"/> makes from the same arguments, beside those of the reference generator.</summary>
    public CalibrationReport Calibrate(Network network, int realizationCount, ulong seed)
    {
        ChannelShape shape = Validate(network, realizationCount);
        var links = new LinkStatistics[checked(realizationCount * shape.UserCount * shape.AccessPointCount)];
        ForEachLink(network, shape, seed, (link, rays) => links[link] = LinkStatistics.Of(rays));
        return CalibrationReport.Of(links, shape.AccessPointCount);
    }

    /// <summary>Draws every link and hands it, with its number in [realization, user, accessPoint], to <paramref name="use"/>, on several threads.</summary>
    private void ForEachLink(Network network, ChannelShape shape, ulong seed, Action<int, LinkRays> use)
    {
        int users = shape.UserCount, accessPoints = shape.AccessPointCount, parameterCount = UrbanMacroTable.Order.Length;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = options.ThreadCount ?? -1 };
        IReadOnlyList<Position> positions = [.. network.Users.Select(u => u.Position)];
        LargeScaleMap? map = null;
        for (int realization = 0; realization < shape.RealizationCount; realization++)
        {
            int r = realization;
            if (options.UserPositions is { } redraw)
            {
                positions = redraw(r);
                ValidatePositions(network, positions);
                map = null;
            }

            map ??= new LargeScaleMap(positions, parallel);
            double[,,] largeScale = map.Draw(seed, r, accessPoints, parallel);
            IReadOnlyList<Position> here = positions;
            Parallel.For(0, users * accessPoints, parallel, () => new LinkRays(), (link, _, rays) =>
            {
                int user = link / accessPoints, accessPoint = link % accessPoints;
                Position from = network.AccessPoints[accessPoint].Position, to = here[user];
                Span<double> normals = stackalloc double[parameterCount];
                for (int parameter = 0; parameter < parameterCount; parameter++)
                {
                    normals[parameter] = largeScale[user, accessPoint, parameter];
                }

                RayGenerator.Generate(
                    LinkStreams.Of(seed, r, user, accessPoint), LinkGeometry.Of(from, to, options.Centre), normals, to.Z, from.Z,
                    network.CarrierFrequencyHz, rays);
                use((r * users * accessPoints) + link, rays);
                return rays;
            }, _ => { });
        }
    }

    private ChannelShape Validate(Network network, int realizationCount)
    {
        ChannelShape shape = GeneratedShape.Of(network, realizationCount);
        var problems = new List<string>();
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
