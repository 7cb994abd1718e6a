using System.Numerics;
using System.Text.Json.Nodes;
using NUnit.Framework;
using Precoding.Cli.Output;
using Precoding.Simulation;

namespace Precoding.Cli.Tests;

[TestFixture("cpu")]
[TestFixture("reference")]
public sealed class SolveTests(string device) : CliTest
{
    // rates are judged on what the file holds: single precision and a sum over a few dozen products
    private const double RelativeTolerance = 1e-4;

    [Test]
    public async Task EveryPrecoderSolvesFromEndToEnd()
    {
        CliResult result = await Solve("--precoder", AllPrecoders, "--iterations", "20");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            foreach (string name in AllPrecoders.Split(','))
            {
                Assert.That(result.Out, Does.Contain(name));
            }

            Assert.That(result.Out, Does.Contain("bit/s/Hz").And.Contain("±"));
            Assert.That(result.Out, Does.Contain($"device    {device}: "));
            Assert.That(result.Out, Does.Contain("10 W per access point, noise 1 W (10 dB)"));
        });
    }

    [Test]
    public async Task JsonHasTheContractsFields()
    {
        JsonNode json = (await Solve("--precoder", "mrt,wmmse", "--iterations", "7", "--seed", "12", "--json")).Json;
        Assert.Multiple(() =>
        {
            Assert.That((string)json["tool"]!, Is.EqualTo("beamprecoding"));
            Assert.That((string)json["version"]!, Does.Match(@"^\d+\.\d+\.\d+$"));
            Assert.That((string)json["device"]!, Is.EqualTo(device));
            Assert.That((string)json["precision"]!, Is.EqualTo(device == "reference" ? "double" : "single"));
            Assert.That((ulong)json["seed"]!, Is.EqualTo(12));
            Assert.That((double)json["options"]!["snrDb"]!, Is.EqualTo(10));
            Assert.That((int)json["options"]!["precoders"]!["wmmse"]!["maxIterations"]!, Is.EqualTo(7));
            Assert.That(json["precoders"]!.AsArray().Select(p => (string)p!["name"]!), Is.EqualTo(new[] { "mrt", "wmmse" }));
            foreach (JsonNode? precoder in json["precoders"]!.AsArray())
            {
                Assert.That(precoder!["timings"]!.AsObject(), Is.Not.Empty);
                JsonArray realizations = precoder["realizations"]!.AsArray();
                Assert.That(realizations, Has.Count.EqualTo(2));
                foreach (JsonNode? realization in realizations)
                {
                    double[] rates = [.. realization!["ratesBitPerSecondPerHertz"]!.AsArray().Select(r => (double)r!)];
                    Assert.That(rates, Has.Length.EqualTo(4));
                    Assert.That(rates.Sum(), Is.EqualTo((double)realization["sumRateBitPerSecondPerHertz"]!).Within(1e-9));
                    Assert.That((int)realization["iterations"]!, Is.InRange(0, 7));
                    Assert.That((string)realization["status"]!, Is.AnyOf("converged", "iteration-limit", "stalled"));
                    Assert.That(realization["accessPointPower"]!.AsArray(), Has.Count.EqualTo(2));
                    Assert.That((double)realization["worstPowerExcess"]!, Is.LessThan(1e-5));
                    Assert.That((double)realization["secondsSolve"]!, Is.GreaterThanOrEqualTo(0));
                }
            }
        });
    }

    /// <summary>The bound is that of the library, above every rate, in JSON, table and file; null where it was not asked for.</summary>
    [Test]
    public async Task CertificateBoundsEveryPrecoder()
    {
        string archive = PathOf("certified.npz");
        CliResult result = await Solve("--precoder", AllPrecoders, "--certificate", "--out", archive, "--json");
        CliResult table = await Solve("--precoder", "rzf", "--certificate"), without = await Solve("--precoder", "rzf", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            JsonArray bounds = result.Json["certificate"]!["realizations"]!.AsArray();
            Assert.That(bounds, Has.Count.EqualTo(2));
            double[] upperBound = NumpyFile.ReadNpz(archive)["upperBound"].ToDoubles();
            foreach (JsonNode? precoder in result.Json["precoders"]!.AsArray())
            {
                for (int r = 0; r < 2; r++)
                {
                    JsonNode realization = precoder!["realizations"]![r]!;
                    double bound = (double)realization["upperBoundBitPerSecondPerHertz"]!, rate = (double)realization["sumRateBitPerSecondPerHertz"]!;
                    Assert.That(bound, Is.GreaterThan(rate).And.EqualTo((double)bounds[r]!["upperBoundBitPerSecondPerHertz"]!).And.EqualTo(upperBound[r]));
                    Assert.That((double)realization["shareOfUpperBound"]!, Is.EqualTo(rate / bound).Within(1e-12));
                }
            }

            Assert.That(table.Out, Does.Contain("of upper bound").And.Contain("no transmit scheme within the budgets"));
            Assert.That(without.Json["certificate"], Is.Null);
            Assert.That(without.Json["precoders"]![0]!["realizations"]![0]!["shareOfUpperBound"], Is.Null);
        });
    }

    [Test]
    public async Task OutHoldsPrecodersThatAchieveTheRates()
    {
        string path = PathOf("out.npz");
        CliResult result = await Solve("--out", path, "--quiet");
        IReadOnlyDictionary<string, FileArray> file = NumpyFile.ReadNpz(path);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
            Assert.That(result.Out, Is.Empty);
            Assert.That(file.Keys, Is.EquivalentTo(new[] { "P", "sumRate", "rates", "iterations", "status", "meta" }));
            Assert.That(file["P"].Shape, Is.EqualTo(new[] { 2, 4, 2, 6 }));
            Assert.That(file["sumRate"].Shape, Is.EqualTo(new[] { 2 }));
            Assert.That(file["rates"].Shape, Is.EqualTo(new[] { 2, 4 }));
            Assert.That(file["iterations"].Shape, Is.EqualTo(new[] { 2 }));
            Assert.That((string)JsonNode.Parse(file["meta"].ToText())!["device"]!, Is.EqualTo(device));
        });
        double[] rates = RatesOf(NumpyFile.ReadNpz(PathOf("small.npz"))["H"].ToComplex(), file["P"].ToComplex());
        Assert.That(rates, Is.EqualTo(file["rates"].ToDoubles()).Within(RelativeTolerance * rates.Max()));
    }

    [Test]
    public async Task OutOfSeveralPrecodersIsPrefixed()
    {
        string path = PathOf("out.npz");
        await Solve("--precoder", "rzf,wmmse", "--out", path, "--quiet");
        Assert.That(
            NumpyFile.ReadNpz(path).Keys,
            Is.EquivalentTo(new[] { "rzf.P", "rzf.sumRate", "rzf.rates", "rzf.iterations", "rzf.status", "wmmse.P", "wmmse.sumRate", "wmmse.rates", "wmmse.iterations", "wmmse.status", "meta" }));
    }

    [Test]
    public async Task TraceHasALineAnIterate()
    {
        string path = PathOf("trace.csv");
        JsonNode json = (await Solve("--precoder", "mrt,reduced-cg", "--iterations", "5", "--trace", path, "--json")).Json;
        string[] lines = await File.ReadAllLinesAsync(path);
        int iterations = json["precoders"]![1]!["realizations"]!.AsArray().Sum(r => (int)r!["iterations"]!);
        Assert.Multiple(() =>
        {
            Assert.That(lines[0], Is.EqualTo("realization,precoder,iteration,seconds,sumRate,worstPowerExcess,stepSize"));
            Assert.That(lines.Count(l => l.Contains(",mrt,", StringComparison.Ordinal)), Is.EqualTo(2));
            Assert.That(lines.Count(l => l.Contains(",reduced-cg,", StringComparison.Ordinal)), Is.EqualTo(iterations + 2)); // and the start of each realization
            Assert.That(lines.All(l => l.Split(',').Length == 7));
        });
    }

    [TestCase("reduced-cg", "")]
    [TestCase("reduced-cg,mrt", "reduced-cg.")]
    public async Task OutHoldsTheSameForMatlab(string precoders, string prefix)
    {
        foreach (string ending in new[] { ".npz", ".mat" })
        {
            CliResult result = await Solve("--precoder", precoders, "--out", PathOf($"out{ending}"), "--quiet");
            Assert.That(result.ExitCode, Is.Zero, result.ToString());
        }

        using FileStream stream = File.OpenRead(PathOf("out.mat"));
        IArrayReader matlab = ArrayFile.Open(stream, "out.mat");
        IReadOnlyDictionary<string, FileArray> numpy = NumpyFile.ReadNpz(PathOf("out.npz"));
        Assert.Multiple(() =>
        {
            Assert.That(matlab.Names, Is.EqualTo(numpy.Keys.Select(MatWriter.NameOf)));
            Assert.That(matlab.Read(MatWriter.NameOf($"{prefix}P")).ToComplex(), Is.EqualTo(numpy[$"{prefix}P"].ToComplex()));
            Assert.That(matlab.Read(MatWriter.NameOf($"{prefix}P")).Shape, Is.EqualTo(new[] { 2, 4, 2, 6 }));
            Assert.That(matlab.Read(MatWriter.NameOf($"{prefix}rates")).ToDoubles(), Is.EqualTo(numpy[$"{prefix}rates"].ToDoubles()));
            Assert.That(matlab.Read("meta").ToText(), Does.Contain("\"seed\""));
        });
    }

    [TestCase(".mat")]
    [TestCase(".csv")]
    public async Task EveryFormatOfTheSameChannelsGivesTheSameRates(string ending)
    {
        ChannelFile.Write(PathOf($"same{ending}"), ChannelFile.Read(SmallChannels()).Channels);
        double numpy = SumRate(await Solve("--json")), other = SumRate(await Cli.Run("solve", "--channels", PathOf($"same{ending}"), "--snr-db", "10", "--device", device, "--json"));
        Assert.That(other, Is.EqualTo(numpy).Within(RelativeTolerance * numpy));
    }

    [Test]
    public async Task WarmStartGoesOnWhereTheFileEnds([Values(".npz", ".mat")] string ending)
    {
        string path = PathOf($"out{ending}");
        double first = SumRate(await Solve("--iterations", "10", "--out", path, "--json"));
        CliResult warm = await Solve("--iterations", "1", "--warm-start", path, "--json");
        Assert.Multiple(() =>
        {
            Assert.That((string)warm.Json["precoders"]![0]!["realizations"]![0]!["start"]!, Is.EqualTo("warm"));
            Assert.That(SumRate(warm), Is.GreaterThan(first * (1 - RelativeTolerance)));
        });
    }

    [Test]
    public async Task SeveralStartsKeepTheBest()
    {
        double one = SumRate(await Solve("--starts", "mrt", "--json")), several = SumRate(await Solve("--starts", "mrt,rzf,wmmse:2,random:2", "--json"));
        Assert.That(several, Is.GreaterThanOrEqualTo(one * (1 - 1e-9)));
    }

    [Test]
    public async Task SettingsOfBeamsAndOfMatchedComplexityAreUnderstood()
    {
        JsonNode json = (await Solve(
            "--precoder", "dft-codebook,wmmse,bsp-hamiltonian,bsp-cg", "--set", "mass=diagonal-hessian", "--set", "mass-refresh-interval=5", "--set", "dft-codebook.fine-factor=1",
            "--set", "wmmse.complexity-limit=1", "--tolerance", "0", "--json")).Json;
        JsonNode options = json["options"]!["precoders"]!;
        Assert.Multiple(() =>
        {
            Assert.That((string)options["bsp-hamiltonian"]!["mass"]!, Is.EqualTo("diagonal-hessian"));
            Assert.That((int)options["bsp-hamiltonian"]!["massRefreshInterval"]!, Is.EqualTo(5));
            Assert.That((int)options["dft-codebook"]!["fineFactor"]!, Is.EqualTo(1));
            Assert.That((int)options["bsp-cg"]!["maxIterations"]!, Is.EqualTo(60));
            Assert.That((int)json["precoders"]![1]!["realizations"]![0]!["iterations"]!, Is.EqualTo(1));
        });
    }

    [Test]
    public async Task SettingsReachTheirPrecoder()
    {
        JsonNode json = (await Solve(
            "--precoder", "bsp-hamiltonian,reduced-hamiltonian,reduced-cg", "--set", "bsp-hamiltonian.Damping=0.7", "--set", "fine_factor=1",
            "--set", "step-exponent=0", "--set", "RefreshInterval=3", "--json")).Json;
        JsonNode beams = json["options"]!["precoders"]!["bsp-hamiltonian"]!, reduced = json["options"]!["precoders"]!["reduced-hamiltonian"]!;
        Assert.Multiple(() =>
        {
            Assert.That((double)beams["damping"]!, Is.EqualTo(0.7));
            Assert.That((double)reduced["damping"]!, Is.EqualTo(0.4));
            Assert.That((int)beams["fineFactor"]!, Is.EqualTo(1));
            Assert.That((int)json["options"]!["precoders"]!["reduced-cg"]!["refreshInterval"]!, Is.EqualTo(3));
            Assert.That((double)beams["stepExponent"]! + (double)reduced["stepExponent"]!, Is.Zero);
        });
    }

    [Test]
    public async Task PowersNoiseAndSnrAgree()
    {
        string channels = SmallChannels();
        double[] rates =
        [
            .. (await Task.WhenAll(
                Run("--snr-db", "10"), Run("--power", "10"), Run("--power", "10,10"), Run("--snr-db", "10", "--noise", "2"), Run("--power", "20", "--noise", "2"))).Select(SumRate),
        ];
        Assert.That(rates, Is.All.EqualTo(rates[0]).Within(1e-5 * rates[0]));

        Task<CliResult> Run(params string[] budget) => Cli.Run(["solve", "--channels", channels, "--precoder", "rzf", "--device", device, "--json", .. budget]);
    }

    [Test]
    public async Task AxesMapAnotherOrder()
    {
        var shape = new ChannelShape(1, 4, 2, 6);
        ComplexF[] h = NumpyFile.ReadNpz(Channels("small.npz", shape))["H"].ToComplexSingle();
        var swapped = new ComplexF[h.Length];
        for (int i = 0; i < h.Length; i++)
        {
            swapped[(((i / 6 % 2) * 6) + (i % 6)) * 4 + (i / 12)] = h[i]; // [accessPoint, antenna, user]
        }

        NpzWriter.WriteNpy<ComplexF>(PathOf("swapped.npy"), new[] { 2, 6, 4 }, swapped);
        CliResult plain = await Cli.Run("solve", "--channels", PathOf("small.npz"), "--snr-db", "10", "--device", device, "--json");
        CliResult mapped = await Cli.Run("solve", "--channels", PathOf("swapped.npy"), "--axes", "accessPoint,antenna,user", "--snr-db", "10", "--device", device, "--json");
        Assert.That(SumRate(mapped), Is.EqualTo(SumRate(plain)));
    }

    [Test]
    public async Task DownlinkGainConjugatesTheChannels()
    {
        Channels("conjugate.npz", new ChannelShape(2, 4, 2, 6), (_, h) => Complex.Conjugate(h));
        CliResult plain = await Solve("--json");
        CliResult gain = await Cli.Run("solve", "--channels", PathOf("conjugate.npz"), "--downlink-gain", "--snr-db", "10", "--device", device, "--json");
        Assert.That(SumRate(gain), Is.EqualTo(SumRate(plain)));
    }

    [Test]
    public async Task APrecoderThatCannotRunLeavesTheOthersTheirResults()
    {
        CliResult result = await Solve("--precoder", "mrt,bsp-hamiltonian", "--set", "support=path-binning", "--json");
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(1), result.ToString());
            Assert.That(result.Error, Does.Contain("bsp-hamiltonian failed: ").And.Contain("path parameters"));
            Assert.That(SumRate(result), Is.Positive);
            Assert.That((string)result.Json["failures"]![0]!["name"]!, Is.EqualTo("bsp-hamiltonian"));
        });
    }

    [Test]
    public async Task TimeBudgetEndsALongSolve()
    {
        JsonNode json = (await Solve(["--precoder", "wmmse", .. Endless, "--budget-ms", "200", "--json"])).Json;
        Assert.That((string)json["precoders"]![0]!["realizations"]![0]!["status"]!, Is.EqualTo("time-limit"));
    }

    [Test]
    public async Task CancellingReportsWhatIsDoneAndExitsWith130()
    {
        string channels = SmallChannels(), path = PathOf("out.npz");
        string[] arguments =
        [
            "solve", "--channels", channels, "--snr-db", "10", "--device", device, "--precoder", "mrt,wmmse,reduced-cg", .. Endless, "--out", path,
        ];
        CliResult result = await Cli.RunUntilIterating("wmmse", arguments);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(130), result.ToString());
            Assert.That(result.Out, Does.Contain("cancelled"));
            Assert.That(result.Error, Does.Contain("interrupted"));
            Assert.That(NumpyFile.ReadNpz(path)["wmmse.sumRate"].ToDoubles()[0], Is.Positive);
        });
    }

    [Test]
    public async Task ProgressOnATerminalIsOverwrittenAndNeverOnOut()
    {
        string[] arguments =
        [
            "solve", "--channels", SmallChannels(), "--snr-db", "10", "--device", device, "--precoder", "wmmse", .. Endless, "--budget-ms", "700",
        ];
        CliResult terminal = await Cli.Run(arguments, errorIsTerminal: true, CancellationToken.None), plain = await Cli.Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(terminal.Error, Does.Contain("\rwmmse").And.Contain("left"));
            Assert.That(terminal.Error, Does.EndWith("\r"));
            Assert.That(terminal.Error + terminal.Out, Does.Not.Contain('\u001b'));
            Assert.That(terminal.Out, Does.Not.Contain('\r'));
            Assert.That(plain.Error, Is.Empty);
        });
    }

    /// <summary>Designed on estimates, judged on the truth: worse the larger the error, and nothing lost to one of a millionth.</summary>
    [TestCase("antennas")]
    [TestCase("beams")]
    public async Task EstimatesCostRate(string error)
    {
        CliResult exact = await Solve("--precoder", "rzf", "--json"), fine = await Solve("--precoder", "rzf", "--json", "--csi-nmse-db", "-60", "--csi-error", error);
        CliResult coarse = await Solve("--precoder", "rzf", "--json", "--csi-nmse-db", "0", "--csi-error", error), table = await Solve("--precoder", "rzf", "--csi-nmse-db", "0", "--csi-error", error);
        JsonNode realization = coarse.Json["precoders"]![0]!["realizations"]![0]!;
        Assert.Multiple(() =>
        {
            Assert.That(SumRate(fine), Is.EqualTo(SumRate(exact)).Within(0.5).Percent);
            Assert.That(SumRate(coarse), Is.LessThan(0.9 * SumRate(exact)));
            Assert.That((double)realization["designedSumRateBitPerSecondPerHertz"]!, Is.GreaterThan((double)realization["sumRateBitPerSecondPerHertz"]!));
            Assert.That(realization["ratesBitPerSecondPerHertz"]!.AsArray().Sum(rate => (double)rate!), Is.EqualTo((double)realization["sumRateBitPerSecondPerHertz"]!).Within(1e-9));
            Assert.That(exact.Json["precoders"]![0]!["realizations"]![0]!["designedSumRateBitPerSecondPerHertz"], Is.Null);
            Assert.That((double)coarse.Json["options"]!["csiNmseDb"]!, Is.Zero);
            Assert.That((string)coarse.Json["options"]!["csiError"]!, Is.EqualTo(error));
            Assert.That(table.Out, Does.Contain($"csi       estimates with an error of 0 dB, independent over {error}; rates are those on the true channels").And.Contain("as designed"));
        });
    }

    /// <summary>P_{l,m} = 10^(−1/10)·10/6 W for each of the 6 antennas, read off the precoders in the file.</summary>
    [Test]
    public async Task AntennaLimitsHoldInTheFile()
    {
        string path = PathOf("limited.npz");
        CliResult result = await Solve("--precoder", "reduced-cg", "--antenna-limit-db", "-1", "--out", path);
        Complex[] P = NumpyFile.ReadNpz(path)["P"].ToComplex(); // [2, 4, 2, 6]
        double limit = Math.Pow(10, -0.1) * 10 / 6;
        double[] sent = [.. Enumerable.Range(0, 2 * 2 * 6).Select(i => Enumerable.Range(0, 4).Sum(k => Math.Pow(P[(((((i / 12) * 4) + k) * 2) + (i / 6 % 2)) * 6 + (i % 6)].Magnitude, 2)))];
        Assert.Multiple(() =>
        {
            Assert.That(result.Out, Does.Contain("10 W per access point, at most 1.32388 W per antenna"));
            Assert.That(sent, Is.All.LessThanOrEqualTo(limit * (1 + 1e-6)));
            Assert.That(sent.Count(power => power > 0.99 * limit), Is.GreaterThan(12), "most antennas send what they may");
        });
    }

    private Task<CliResult> Solve(params string[] more) =>
        Cli.Run(["solve", "--channels", SmallChannels(), "--snr-db", "10", "--device", device, .. more]);

    private static double SumRate(CliResult result) =>
        result.Json["precoders"]![0]!["realizations"]!.AsArray().Sum(r => (double)r!["sumRateBitPerSecondPerHertz"]!);

    /// <summary>R_k = log2(tot_k/int_k) straight from [BSP (14)], noise 1; H and P are [2, 4, 2, 6].</summary>
    private static double[] RatesOf(Complex[] H, Complex[] P)
    {
        var rates = new double[2 * 4];
        for (int r = 0; r < 2; r++)
        {
            for (int k = 0; k < 4; k++)
            {
                double[] heard = [.. Enumerable.Range(0, 4).Select(u => Enumerable.Range(0, 12)
                    .Aggregate(Complex.Zero, (sum, i) => sum + (Complex.Conjugate(H[((((r * 4) + k) * 12) + i)]) * P[(((r * 4) + u) * 12) + i]))).Select(s => s.Magnitude * s.Magnitude)];
                rates[(r * 4) + k] = Math.Log2((1 + heard.Sum()) / (1 + heard.Sum() - heard[k]));
            }
        }

        return rates;
    }
}
