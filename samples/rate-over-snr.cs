// A study without the command line: mean rates over SNR with 95 % intervals, as a table for other programs and a picture.
// dotnet run -c Release samples/rate-over-snr.cs [FOLDER]
#:project ../src/Precoding.Simulation
using System.Globalization;
using Precoding;
using Precoding.Cpu;
using Precoding.Simulation;

const int K = 8, M = 32, L = 3, drops = 20;
double[] snrDb = [0, 5, 10, 15, 20];
string folder = args is [var given, ..] ? given : ".";
Network network = PaperScenario.CreateNetwork(K, M, L, seed: 1);
ChannelBatch channels = PaperScenario.CreateModel(K, seed: 1).Generate(network, drops, seed: 1).Normalize(Normalization.Mean);
using IDevice device = SimdDevice.Open();
IPrecoder[] precoders = [new ReducedConjugateGradient(), new Wmmse(new() { MaxIterations = 50 }), .. PrecoderCatalog.Entries.Where(e => e.Name is "rzf" or "mrt").Select(e => e.Create(e.DefaultOptions))];

var rows = new List<(string Precoder, double SnrDb, Estimate Rate)>();
foreach (double snr in snrDb)
{
    ChannelBatch at = channels.WithNetwork(network.WithPowerBudget(Math.Pow(10, snr / 10))); // over a noise power of 1 W; the same drops at every SNR
    rows.AddRange(precoders.Select(precoder => (precoder.Name, snr, Estimate.Of(precoder.Solve(at, device).WeightedSumRate.ToArray()))));
}

File.WriteAllLines(
    Path.Combine(folder, "rate-over-snr.csv"),
    rows.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Precoder},{r.SnrDb},{r.Rate.Mean:R},{r.Rate.HalfWidth:R}")).Prepend("precoder,snrDb,sumRate,halfWidth95"));
var chart = new Chart(
    $"{drops} drops, K = {K}, M = {M}, L = {L}", new ChartAxis("SNR, dB"), new ChartAxis("sum rate, bit/s/Hz", FromZero: true),
    [.. rows.GroupBy(r => r.Precoder).Select(g => new ChartSeries(g.Key, [.. g.Select(r => ChartPoint.Of(r.SnrDb, r.Rate))]))]);
File.WriteAllText(Path.Combine(folder, "rate-over-snr.svg"), SvgChart.Draw("Sum rate over SNR", [chart], "Bands: 95 % confidence of the mean."));
foreach (var (precoder, snr, rate) in rows.Where(r => r.SnrDb == 20))
{
    Console.WriteLine($"{precoder,-12} {snr,3} dB  {rate.ToString("F2")} bit/s/Hz");
}
