using System.Text.Json.Nodes;
using Precoding.Cli.Devices;
using Precoding.Cli.Solving;
using Precoding.Simulation;

namespace Precoding.Cli.Verbs;

/// <summary>What drop generates.</summary>
/// <param name="Extras">What a channel file holds beside channels and network, meta text included.</param>
/// <param name="Calibration">Statistics beside their reference, for uma-nlos.</param>
internal sealed record DropChannels(ChannelBatch Channels, ChannelFileExtras Extras, CalibrationReport? Calibration)
{
    public static DropChannels Generate(DropRequest request)
    {
        ChannelShape shape = request.Shape();
        switch (request.Scenario)
        {
            case GeneratedDrop.UrbanMacro:
                using (IDevice? device = request.Device is { } name ? DeviceChoice.Open(name, precision: null, threadCount: null) : null)
                {
                    return Of(
                        GeneratedDrop.UrbanMacroChannels(shape, request.Seed, out CalibrationReport report, device, request.Threads, request.KeepPaths, request.Spherical, request.FrequencyOffsetsHz, request.Motion),
                        new ChannelFileExtras { UserPositions = GeneratedDrop.Repeated(PaperScenario.UserPositionTable(shape.UserCount, request.Seed, 0, shape.RealizationCount), request.RealizationsPerDrop) },
                        report);
                }

            case GeneratedDrop.CellFree:
                var (channels, accessPoints, users) = GeneratedDrop.CellFreeChannels(shape, request.Seed, request.ServingOrDefault, motion: request.Motion);
                return Of(channels, new ChannelFileExtras { AccessPointPositions = accessPoints, UserPositions = users, Serving = channels.Serving, WritesNoise = false }, null);
            default:
                return Of(GeneratedDrop.IndependentChannels(shape, request.Seed, request.GainSpreadDb ?? 0, motion: request.Motion), new ChannelFileExtras(), null);
        }

        DropChannels Of(ChannelBatch channels, ChannelFileExtras extras, CalibrationReport? calibration)
        {
            JsonObject meta = request.ToJson(shape);
            meta["calibration"] = calibration is null ? null : ToJson(calibration);
            return new(channels, extras with { MetaJson = meta.ToJsonString() }, calibration);
        }
    }

    private static JsonArray ToJson(CalibrationReport calibration) => [.. calibration.Rows.Select(row => new JsonObject
    {
        ["quantity"] = row.Name,
        ["percentiles"] = new JsonArray([.. row.Percentiles.Select(value => JsonValue.Create(value))]),
        ["reference"] = new JsonArray([.. row.Reference.Select(value => JsonValue.Create(value))]),
        ["kolmogorovSmirnovDistance"] = row.Distance,
    })];
}
