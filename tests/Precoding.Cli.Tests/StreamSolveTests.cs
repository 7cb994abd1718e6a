using System.Numerics;
using System.Text.Json.Nodes;
using MathNet.Numerics.LinearAlgebra;
using NUnit.Framework;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

/// <summary>Precoders of streams from file to file; rates are judged on what the file holds, in the precision of the engine.</summary>
[TestFixture("reference", 1e-9)]
[TestFixture("cpu", 2e-5)]
[TestFixture("opencl", 2e-5)]
public sealed class StreamSolveTests(string device, double tolerance) : CliTest
{
    private const string Separate = "local-ezf,ncjt-wmmse,ncjt-rwmmse,ncjt-cg,ncjt-lsa,ncjt-lus";

    [Test]
    public async Task EveryPrecoderSolvesFromDropToTable()
    {
        CliResult result = await Solve("--snr-db", "15", "--precoder", $"{Separate},cjt-wmmse", "--streams", "average", "--iterations", "5");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Contain("1 W per access point, noise 1 W; channels of each realization scaled to 15 dB, geometric-isotropic"));
            Assert.That(result.Out, Does.Contain("serving   file, 2 of 4 access points per user"));
            Assert.That(result.Out, Does.Contain("streams   2 per user, shared by the access points serving it; ncjt-lsa, ncjt-lus: chosen, at most 2 per user"));
            foreach (string name in Separate.Split(',').Append("cjt-wmmse"))
            {
                Assert.That(result.Out, Does.Match($@"(?m)^{name} .* 6\.0 ")); // 3 users of 2 streams
            }
        });
    }

    [Test]
    public async Task JsonHasStreamsAndOptions()
    {
        JsonNode json = (await Solve(
            "--snr-db", "10", "--snr-rule", "linear-isotropic", "--serving", "strongest:1", "--max-streams", "2", "--precoder", "ncjt-rwmmse,local-ezf,ncjt-lsa",
            "--iterations", "3", "--set", "ncjt-rwmmse.streams=2", "--set", "selection-iterations=2", "--starts", "matched,random:2", "--json")).Json;
        JsonNode options = json["options"]!;
        Assert.Multiple(() =>
        {
            Assert.That((string)options["snrRule"]!, Is.EqualTo("linear-isotropic"));
            Assert.That((string)options["serving"]!, Is.EqualTo("strongest:1"));
            Assert.That((string)options["precoders"]!["ncjt-rwmmse"]!["streams"]!, Is.EqualTo("2"));
            Assert.That(options["precoders"]!["ncjt-rwmmse"]!["starts"]!.AsArray().Select(s => (string)s!), Is.EqualTo(new[] { "matched", "random#0", "random#1" }));
            Assert.That((int)options["precoders"]!["ncjt-lsa"]!["selectionIterations"]!, Is.EqualTo(2));
            Assert.That(options["precoders"]!["local-ezf"]!.AsObject().Select(p => p.Key), Is.EquivalentTo(new[] { "streams", "maxStreams" }));
            Assert.That(json["precoders"]!.AsArray().Select(p => (int)p!["realizations"]![0]!["streams"]!).Take(2), Is.EqualTo(new[] { 6, 3 }));
            Assert.That((string)json["precoders"]![1]!["realizations"]![0]!["start"]!, Is.EqualTo("local-ezf"));
            Assert.That((double)json["precoders"]![0]!["realizations"]![1]!["worstPowerExcess"]!, Is.LessThan(tolerance));
        });
    }

    /// <summary>3 users of 2 antennas, 4 access points of 8, 6 streams: 4·6·7/2 up and 6·6 down in coordinates, 4·6·8 and 8·6 in the antennas; coherent, each stream from two.</summary>
    [Test]
    public async Task ExchangeIsReportedInTableAndJson()
    {
        string[] options = ["--snr-db", "10", "--precoder", $"{Separate},cjt-wmmse", "--iterations", "2", "--set", "ncjt-rwmmse.fronthaul-bits=8", "--streams", "1", "--max-streams", "2"];
        JsonNode json = (await Solve([.. options, "--json"])).Json;
        string table = (await Solve(options)).Out;
        (int Up, int Down)[] expected = [(0, 0), (192, 48), (84, 36), (84, 36), (84, 36), (84, 36), (84, 72)];
        Assert.Multiple(() =>
        {
            Assert.That(
                json["precoders"]!.AsArray().Select(p => p!["realizations"]![1]!["interaction"]!).Select(i => ((int)i["complexUp"]!, (int)i["complexDown"]!)), Is.EqualTo(expected));
            JsonNode rounded = json["precoders"]![2]!["realizations"]![0]!["interaction"]!;
            Assert.That((int)rounded["wordBits"]!, Is.EqualTo(8));
            Assert.That((int)rounded["bitsUp"]!, Is.EqualTo((4 * 36 * 8) + (4 * 6 * 8)));
            Assert.That((int)rounded["bitsDown"]!, Is.EqualTo((2 * 36 * 8) + (6 * 8)));
            Assert.That(json["precoders"]![1]!["realizations"]![0]!["interaction"]!["bitsUp"], Is.Null);
            Assert.That((int)json["options"]!["precoders"]!["ncjt-rwmmse"]!["fronthaulBits"]!, Is.EqualTo(8));
            foreach (var (name, (up, down)) in $"{Separate},cjt-wmmse".Split(',').Zip(expected))
            {
                Assert.That(table, Does.Match($@"(?m)^{name} .* {up} \+ {down} "));
            }
        });
    }

    [Test]
    public async Task WordLengthsThatAreNoneAreNamed()
    {
        CliResult result = await Solve("--snr-db", "10", "--precoder", "ncjt-rwmmse", "--set", "fronthaul-bits=3");
        Assert.That(result.ExitCode, Is.EqualTo(2), result.ToString());
        Assert.That(result.Error, Does.Contain("FronthaulBits is 3; it must be from 4 to 32"));
    }

    [TestCase("ncjt-rwmmse", "1")]
    [TestCase("ncjt-rwmmse", "average")]
    [TestCase("ncjt-lus", null)]
    [TestCase("local-ezf", "2")]
    public async Task SeparateStreamsInTheFileAchieveTheRates(string precoder, string? streams)
    {
        string path = PathOf("out.npz");
        CliResult result = await Solve([
            "--snr-db", "12", "--precoder", precoder, .. streams is null ? [] : new[] { "--streams", streams }, .. precoder == "local-ezf" ? [] : new[] { "--iterations", "8" }, "--out", path, "--quiet",
        ]);
        IReadOnlyDictionary<string, FileArray> file = NumpyFile.ReadNpz(path);
        int[] accessPoints = file["streamAccessPoint"].ToIntegers(), users = file["streamUser"].ToIntegers();
        Complex[] P = file["P"].ToComplex();
        int S = users.Length;
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(file.Keys, Is.EquivalentTo(new[] { "P", "streamAccessPoint", "streamUser", "sumRate", "rates", "iterations", "status", "meta" }));
            Assert.That(file["P"].Shape, Is.EqualTo(new[] { 2, 8, S }));
            Assert.That(accessPoints.Zip(users), Is.Ordered);
            Assert.That(S, Is.GreaterThan(6)); // the two drops have other serving sets: a union
        });

        double[] rates = Rates(S, users, (r, stream) => [(accessPoints[stream], [.. Enumerable.Range(0, 8).Select(m => P[(((r * 8) + m) * S) + stream])])]);
        Assert.That(rates, Is.EqualTo(file["rates"].ToDoubles()).Within(tolerance * rates.Max()));
        Assert.That(file["sumRate"].ToDoubles(), Is.EqualTo(new[] { rates[..3].Sum(), rates[3..].Sum() }).Within(tolerance * rates.Max()));
    }

    [Test]
    public async Task ConvexApproximationReportsWhatIsLeft()
    {
        string path = PathOf("single.npz");
        await Cli.Run("drop", "--scenario", "rayleigh-cell-free", "--users", "3", "--antennas", "6", "--user-antennas", "1", "--realizations", "2", "--out", path, "--quiet");
        CliResult result = await Cli.Run("solve", "--channels", path, "--snr-db", "10", "--precoder", "ncjt-sca,ncjt-rwmmse", "--device", device, "--json");
        JsonNode json = result.Json;
        JsonNode certificate = json["precoders"]![0]!["realizations"]![1]!["optimality"]!;
        Assert.Multiple(() =>
        {
            Assert.That((double)certificate["gapBitPerSecondPerHertz"]!, Is.InRange(-1e-4, 0.1));
            Assert.That((double)certificate["stationarityBitPerSecondPerHertz"]!, Is.InRange(-1e-4, 0.1));
            Assert.That((int)certificate["passes"]!, Is.Positive);
            Assert.That(json["precoders"]![1]!["realizations"]![1]!["optimality"], Is.Null);
        });
    }

    [Test]
    public async Task JointStreamsInTheFileAchieveTheRates([Values("file", "nearest:1", "all")] string serving)
    {
        string path = PathOf("out.npz");
        CliResult result = await Solve(
            "--snr-db", "12", "--precoder", "local-ezf,cjt-wmmse", "--serving", serving, "--streams", "average", "--iterations", "8", "--starts", "svd,ncjt:3", "--out", path, "--quiet");
        IReadOnlyDictionary<string, FileArray> file = NumpyFile.ReadNpz(path);
        int[] users = file["cjt-wmmse.streamUser"].ToIntegers();
        Complex[] P = file["cjt-wmmse.P"].ToComplex();
        int S = users.Length;
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(file["cjt-wmmse.P"].Shape, Is.EqualTo(new[] { 2, 4, 8, S }));
            Assert.That(file.Keys, Does.Contain("local-ezf.streamAccessPoint").And.Not.Contain("cjt-wmmse.streamAccessPoint"));
            Assert.That(users, Is.EqualTo(new[] { 0, 0, 1, 1, 2, 2 }));
        });

        double[] rates = Rates(S, users, (r, stream) =>
            [.. Enumerable.Range(0, 4).Select(l => (l, (Complex[])[.. Enumerable.Range(0, 8).Select(m => P[(((((r * 4) + l) * 8) + m) * S) + stream])]))]);
        Assert.That(rates, Is.EqualTo(file["cjt-wmmse.rates"].ToDoubles()).Within(tolerance * rates.Max()));
    }

    [Test]
    public async Task SingleAntennaUsersAreTheSameProblemInBothFamilies()
    {
        // one receive antenna and all access points in phase: cjt-wmmse is wmmse; only the conventions h and H differ
        string channels = Channels("small.npz", new ChannelShape(2, 3, 2, 6));
        JsonNode json = (await Cli.Run(
            "solve", "--channels", channels, "--snr-db", "10", "--snr-rule", "geometric-isotropic", "--precoder", "wmmse,cjt-wmmse", "--iterations", "1000", "--set", "tolerance=1e-9",
            "--device", device, "--json")).Json;
        double[][] sumRates = [.. json["precoders"]!.AsArray().Select(p => p!["realizations"]!.AsArray().Select(r => (double)r!["sumRateBitPerSecondPerHertz"]!).ToArray())];
        Assert.That(sumRates[1], Is.EqualTo(sumRates[0]).Within(1e-3 * sumRates[0].Max())); // both stop where an iteration gains 1e-9
    }

    [Test]
    public async Task PowerInPlaceOfSnrHoldsForBothFamilies()
    {
        CliResult result = await Cli.Run(
            "solve", "--channels", SmallChannels(), "--power", "10", "--precoder", "mrt,local-ezf,ncjt-rwmmse", "--serving", "strongest:1", "--iterations", "5", "--device", device);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Does.Contain("serving   strongest:1, 1 of 2 access points per user; all for mrt"));
            Assert.That(result.Out, Does.Contain("10 W per access point, noise 1 W (10 dB)"));
        });
    }

    [Test]
    public async Task StreamsAndLimitsOfTheFileHold()
    {
        string path = PathOf("given.npz");
        ChannelFileContent file = ChannelFile.Read(await Drop());
        Network network = file.Channels.Network;
        ChannelFile.Write(path, file.Channels.WithNetwork(network with { Users = [.. network.Users.Select((u, k) => u with { MaxStreams = k == 2 ? 1 : 2 })] }), new ChannelFileExtras
        {
            Serving = ServingMap.All(4, 3), Streams = new[,] { { 2, 0, 0 }, { 0, 1, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
        });
        CliResult given = await Cli.Run("solve", "--channels", path, "--snr-db", "10", "--precoder", "ncjt-rwmmse", "--iterations", "3", "--device", device, "--out", PathOf("out.npz"));
        CliResult tooMany = await Cli.Run("solve", "--channels", path, "--snr-db", "10", "--precoder", "ncjt-rwmmse", "--max-streams", "1", "--device", device);
        IReadOnlyDictionary<string, FileArray> archive = NumpyFile.ReadNpz(PathOf("out.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(given.ExitCode, Is.Zero, given.ToString());
            Assert.That(given.Out, Does.Contain("serving   file, 4 of 4 access points per user").And.Contain("streams   from the file, at most 1 to 2 per user"));
            Assert.That(archive["streamAccessPoint"].ToIntegers(), Is.EqualTo(new[] { 0, 0, 1, 2, 3 }));
            Assert.That(archive["streamUser"].ToIntegers(), Is.EqualTo(new[] { 0, 0, 1, 1, 2 }));
            Assert.That(tooMany.ExitCode, Is.EqualTo(3), tooMany.ToString());
            Assert.That(tooMany.Error, Does.Contain("user 0 would receive 2 streams in realization 0, its limit is 1"));
        });
    }

    [Test]
    public async Task TracesHaveALineAnIterate()
    {
        string path = PathOf("trace.csv");
        CliResult result = await Solve("--snr-db", "10", "--precoder", "local-ezf,ncjt-rwmmse", "--iterations", "4", "--tolerance", "0", "--trace", path, "--quiet");
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(lines, Has.Length.EqualTo(1 + 2 + (2 * 5)));
    }

    [Test]
    public async Task CancellingReportsWhatIsDone()
    {
        string channels = await Drop(), path = PathOf("out.npz");
        CliResult result = await Cli.RunUntilIterating(
            "ncjt-rwmmse", ["solve", "--channels", channels, "--snr-db", "10", "--precoder", "local-ezf,ncjt-rwmmse", .. Endless, "--device", device, "--out", path]);
        Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
        Assert.That(NumpyFile.ReadNpz(path)["ncjt-rwmmse.sumRate"].ToDoubles()[0], Is.Positive);
    }

    private async Task<string> Drop()
    {
        string path = PathOf("drop.npz");
        CliResult drop = await Cli.Run(
            "drop", "--scenario", "rayleigh-cell-free", "--users", "3", "--antennas", "8", "--user-antennas", "2", "--realizations", "2", "--seed", "3", "--out", path, "--quiet");
        Assert.That(drop.ExitCode, Is.Zero, drop.ToString());
        return path;
    }

    private async Task<CliResult> Solve(params string[] more) => await Cli.Run(["solve", "--channels", await Drop(), "--device", device, .. more]);

    /// <summary>R_k = log2 det(Ω_k + Ē_kĒ_kᴴ) − log2 det Ω_k on the drop at 12 dB, straight from [NCJT (1)]. [realization, user]</summary>
    /// <param name="branches">Access points and precoders of (realization, stream).</param>
    private double[] Rates(int S, int[] streamUser, Func<int, int, (int AccessPoint, Complex[] P)[]> branches)
    {
        ChannelBatch channels = ChannelFile.Read(PathOf("drop.npz")).Channels.ScaleToSnr(SnrRule.GeometricIsotropic, 12);
        int N = channels.Shape.UserAntennaCount, M = channels.Shape.AntennaCount;
        var rates = new double[2 * 3];
        var row = new Complex[M];
        for (int r = 0; r < 2; r++)
        {
            for (int k = 0; k < 3; k++)
            {
                Matrix<Complex> own = Matrix<Complex>.Build.Dense(N, N), omega = Matrix<Complex>.Build.DenseIdentity(N);
                for (int stream = 0; stream < S; stream++)
                {
                    var heard = new Complex[N];
                    foreach (var (accessPoint, p) in branches(r, stream))
                    {
                        for (int n = 0; n < N; n++)
                        {
                            channels.CopyLink(r, k, accessPoint, row, n);
                            heard[n] += row.Zip(p, (h, value) => h * value).Aggregate(Complex.Zero, (sum, v) => sum + v);
                        }
                    }

                    Matrix<Complex> column = Matrix<Complex>.Build.DenseOfColumnMajor(N, 1, heard), square = column * column.ConjugateTranspose();
                    (own, omega) = streamUser[stream] == k ? (own + square, omega) : (own, omega + square);
                }

                rates[(r * 3) + k] = Math.Log2((omega + own).Determinant().Real) - Math.Log2(omega.Determinant().Real);
            }
        }

        return rates;
    }
}
