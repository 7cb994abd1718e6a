using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Testing;

/// <summary>Real channel drops: large, licensed for tests only, and therefore not in the repository.</summary>
public static class RealChannels
{
    /// <summary>Environment variable naming their folder.</summary>
    public const string Variable = "BEAMPRECODING_DATA";

    /// <summary>Reads a channel file of that folder; the test is ignored, with the reason printed, where the folder is not named.</summary>
    public static ChannelBatch Read(string file, double powerBudgetWatts)
    {
        string? folder = Environment.GetEnvironmentVariable(Variable);
        if (string.IsNullOrEmpty(folder))
        {
            string reason = $"{Variable} names no folder; the test needs {file} from it.";
            TestContext.Out.WriteLine(reason);
            Assert.Ignore(reason);
        }

        ChannelBatch channels = ChannelFile.Read(Path.Combine(folder!, file)).Channels;
        return channels.WithNetwork(channels.Network.WithPowerBudget(powerBudgetWatts));
    }
}
