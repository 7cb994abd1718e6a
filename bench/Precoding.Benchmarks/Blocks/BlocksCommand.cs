using System.CommandLine;
using Precoding.Simulation;

namespace Precoding.Benchmarks.Blocks;

/// <summary>blocks: blocks of time begun with the last one's precoders, with the precoder's own start, or with both, for users at several speeds.</summary>
internal static class BlocksCommand
{
    private const int ExitDone = 0;
    private const int ExitBadInput = 3;
    private const double MetresPerSecond = 1 / 3.6; // of a km/h

    public static Command Create()
    {
        var precoders = new Option<string[]>("--precoders") { Description = "Precoders.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["reduced-cg"] };
        var users = new Option<int>("--users") { Description = "K.", DefaultValueFactory = _ => 24 };
        var antennas = new Option<int>("--antennas") { Description = "M.", DefaultValueFactory = _ => 64 };
        var drops = new Option<int>("--drops") { Description = "Drops, each a sequence.", DefaultValueFactory = _ => 4 };
        var blocks = new Option<int>("--blocks") { Description = "Blocks of a sequence.", DefaultValueFactory = _ => 20 };
        var speeds = new Option<double[]>("--speeds-kmh") { Description = "Speeds of the users.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0.5, 3, 30, 120] };
        var lengths = new Option<double[]>("--block-ms") { Description = "Lengths of a block.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 5] };
        var carrier = new Option<double>("--carrier-ghz") { Description = "Carrier frequency.", DefaultValueFactory = _ => 3.5 };
        var snr = new Option<double>("--snr-db") { Description = "SNR.", DefaultValueFactory = _ => 20 };
        var few = new Option<int[]>("--iterations") { Description = "Iterations a block that are compared with the precoder's own limit.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [1, 3, 5, 10] };
        var repeats = new Option<int>("--repeats") { Description = "Solves of a sequence, of which the least times count.", DefaultValueFactory = _ => 3 };
        var command = new Command("blocks", "Compares starts of blocks in time on generated drops whose users move.") { precoders, users, antennas, drops, blocks, speeds, lengths, carrier, snr, few, repeats };
        command.SetAction(parsed =>
        {
            try
            {
                var size = new BlockSize(parsed.GetValue(users), parsed.GetValue(antennas), parsed.GetValue(drops), parsed.GetValue(blocks), parsed.GetValue(carrier) * 1e9, parsed.GetValue(snr));
                foreach (string precoder in parsed.GetValue(precoders)!)
                {
                    BlockComparison.Of(Channels(size with { Drops = 1, Blocks = 3 }, 3, 1e-3), precoder, parsed.GetValue(few)!, repeats: 5); // everything compiled
                    Console.Out.Write(BlockComparison.Head(precoder, parsed.GetValue(few)!));
                    foreach (double length in parsed.GetValue(lengths)!)
                    {
                        foreach (double speed in parsed.GetValue(speeds)!)
                        {
                            var motion = new BlockMotion(size.Blocks, length / 1e3, speed * MetresPerSecond);
                            BlockComparison comparison = BlockComparison.Of(Channels(size, speed, length / 1e3), precoder, parsed.GetValue(few)!, parsed.GetValue(repeats));
                            Console.Out.Write(FormattableString.Invariant($"| {speed:0.#} | {length:0.#} | {motion.Correlation(size.CarrierHz):F3} | {comparison}"));
                        }
                    }
                }

                return ExitDone;
            }
            catch (ValidationException error)
            {
                Console.Error.WriteLine($"blocks: {error.Message}");
                return ExitBadInput;
            }
        });
        return command;
    }

    /// <summary>The sequences, [drop][block].</summary>
    public static IReadOnlyList<ChannelBatch> Channels(BlockSize size, double speedKmh, double blockSeconds)
    {
        Network network = PaperScenario.CreateNetwork(size.Users, size.Antennas, seed: 1) with { CarrierFrequencyHz = size.CarrierHz };
        Tr38901Options options = PaperScenario.OptionsFor(size.Users, seed: 1) with { KeepPaths = false, Motion = new BlockMotion(size.Blocks, blockSeconds, speedKmh * MetresPerSecond) };
        ChannelBatch all = new Tr38901ChannelModel(options).Generate(network, size.Drops, seed: 1).Normalize(Normalization.Mean, size.Blocks).WithNetwork(network.WithPowerBudget(Math.Pow(10, size.SnrDb / 10)));
        return [.. Enumerable.Range(0, size.Drops).Select(drop => all.Slice(drop * size.Blocks, size.Blocks))];
    }
}
