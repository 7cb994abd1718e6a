using System.Numerics;
using NUnit.Framework;

namespace Precoding.Cli.Tests;

public sealed class ExitCodeTests : CliTest
{
    [TestCase("", "doctor, demo, drop, inspect, solve")]
    [TestCase("survey plan.yaml", "'survey' is no verb of this version")]
    [TestCase("reproduce bsp fig33 --out DIR", "'fig33' is not in this version; it has fig3, fig4")]
    [TestCase("reproduce 3gpp --out DIR", "'3gpp' is no paper; expected bsp, ncjt, ours or all")]
    [TestCase("reproduce bsp fig3 --profile tiny --out DIR", "--profile is 'tiny'; expected smoke, workstation or paper")]
    [TestCase("reproduce bsp fig3 --profile 1 --out DIR", "--profile is '1'")]
    [TestCase("solve", "'--channels' is required")]
    [TestCase("solve --channels FILE --snr-db 10 --frobnicate", "'--frobnicate' is no option of this version")]
    [TestCase("solve --channels FILE", "Give --snr-db X")]
    [TestCase("solve --channels FILE --snr-db x", "--snr-db is 'x'; expected a finite number")]
    [TestCase("solve --channels FILE --snr-db 10 --power 1,2", "give one of them")]
    [TestCase("solve --channels FILE --power 1,2,3", "--power has 3 values, the channels have 2 access points")]
    [TestCase("solve --channels FILE --power 1,-2", "positive numbers")]
    [TestCase("solve --channels FILE --snr-db 10 --noise 0", "--noise is '0'; expected a positive number")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder nonsense", "'nonsense' is not in this version; it has mrt, rzf")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder dirty-paper", "'dirty-paper' is not in this version")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder mrt,mrt", "names 'mrt' twice")]
    [TestCase("solve --channels FILE --snr-db 10 --set nonsense=1", "Known settings are reduced-cg: refresh-interval")]
    [TestCase("solve --channels FILE --snr-db 10 --set damping", "expected key=value")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder bsp-hamiltonian --set damping=-1", "Damping is -1; it must be positive")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder bsp-hamiltonian --set support=magic", "expected one of pursuit, path-binning, full")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder mrt --iterations 5", "--iterations has no effect on mrt")]
    [TestCase("solve --channels FILE --snr-db 10 --iterations 0", "--iterations is '0'; expected a whole number from 1")]
    [TestCase("solve --channels FILE --snr-db 10 --tolerance -1", "--tolerance is '-1'")]
    [TestCase("solve --channels FILE --snr-db 10 --starts magic", "Start 'magic' is not known")]
    [TestCase("solve --channels FILE --snr-db 10 --starts warm", "no --warm-start FILE")]
    [TestCase("solve --channels FILE --snr-db 10 --starts uniform", "beam domain only")]
    [TestCase("solve --channels FILE --snr-db 10 --normalize loud", "expected one of none, mean, median, user, link")]
    [TestCase("solve --channels FILE --snr-db 10 --precision half", "expected one of single, double")]
    [TestCase("solve --channels FILE --snr-db 10 --device reference --precision single", "computes in double only")]
    [TestCase("solve --channels FILE --snr-db 10 --device toaster", "--device is 'toaster'")]
    [TestCase("solve --channels FILE --snr-db 10 --device reference --threads 2", "--threads has no effect")]
    [TestCase("solve --channels FILE --snr-db 10 --seed -1", "--seed is '-1'")]
    [TestCase("solve --channels FILE --snr-db 10 --json --quiet", "exclude each other")]
    [TestCase("solve --channels FILE --snr-db 10 --out result.csv", "this version writes .npz or .mat there")]
    [TestCase("solve --channels FILE --snr-db 10 --out /no/such/directory/result.npz", "does not exist")]
    [TestCase("solve --channels FILE --snr-db 10 --out FILE", "which --channels reads; it would be overwritten")]
    [TestCase("solve --channels FILE --snr-db 10 --trace trace.txt", "this version writes .csv")]
    [TestCase("solve --channels FILE --snr-db 10 --csi-nmse-db much", "--csi-nmse-db is 'much'")]
    [TestCase("solve --channels FILE --snr-db 10 --csi-error beams", "give --csi-nmse-db X too")]
    [TestCase("solve --channels FILE --snr-db 10 --csi-nmse-db -10 --csi-error users", "expected one of antennas, beams")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder reduced-cg --serving all", "--serving has no effect on reduced-cg")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder reduced-cg --streams 2", "--streams has no effect on reduced-cg")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder reduced-cg --max-streams 2", "--max-streams has no effect on reduced-cg")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-lsa,ncjt-lus --streams 2", "--streams has no effect on ncjt-lsa, ncjt-lus, which choose")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --serving closest:2", "--serving is 'closest:2'; expected file, all, nearest:L or strongest:L")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --serving nearest", "with L from 1")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --serving nearest:0", "with L from 1")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --serving strongest:3", "the channels have 2 access points; give L from 1 to 2")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --streams many", "--streams is 'many'; expected file, average or a number")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --streams 0", "--streams is '0'")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --max-streams 0", "--max-streams is '0'; expected a whole number from 1")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --snr-rule loud", "expected one of geometric-isotropic, linear-isotropic, geometric-frobenius")]
    [TestCase("solve --channels FILE --precoder ncjt-rwmmse --snr-rule linear-isotropic", "give --snr-db X too")]
    [TestCase("solve --channels FILE --precoder ncjt-rwmmse", "for precoders of streams the average SNR of --snr-rule")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder mrt,local-ezf", "Say which with --snr-rule")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --starts mrt", "starts from local-ezf, matched or random")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --starts svd", "starts from local-ezf, matched or random")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder local-ezf --starts local-ezf", "--starts has no effect on local-ezf")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder local-ezf --set patience=2", "Known settings are local-ezf: streams, max-streams")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-lsa --set selection-iterations=0", "SelectionIterations is 0")]
    [TestCase("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --set streams=many", "expected average or a number of streams from 1")]
    [TestCase("drop --out x.npy", "this version writes .npz, .mat or .csv there")]
    [TestCase("drop --out x.csv --paths", "--paths has no effect on 'x.csv': a .csv file has the channels only")]
    [TestCase("drop --out x.mat --realizations 1000", "needs more than the 2 GiB")]
    [TestCase("drop --out x.npz --scenario rural", "it has uma-nlos, rayleigh-cell-free and iid")]
    [TestCase("drop --out x.npz --scenario rayleigh-cell-free --serving file", "--serving is 'file'; expected all, nearest:L or strongest:L")]
    [TestCase("drop --out x.npz --scenario rayleigh-cell-free --serving nearest:5", "the channels have 4 access points")]
    [TestCase("drop --out x.npz --scenario rayleigh-cell-free --gain-spread-db 3", "--gain-spread-db has no effect")]
    [TestCase("drop --out x.npz --scenario iid --device cpu", "--device has no effect on --scenario iid")]
    [TestCase("drop --out x.npz --spherical --device cpu", "--device has no effect on --spherical")]
    [TestCase("drop --out x.npz --device opencl:x", "--device is 'opencl:x'")]
    [TestCase("drop --out x.npz --scenario iid --serving all", "--serving has no effect on --scenario iid")]
    [TestCase("drop --out x.npz --user-antennas 2", "--user-antennas has no effect on --scenario uma-nlos")]
    [TestCase("drop --out x.npz --scenario iid --paths", "--paths has no effect")]
    [TestCase("drop --out x.npz --scenario iid --spherical", "--spherical has no effect")]
    [TestCase("drop --out x.npz --scenario iid --subcarriers 2 --bandwidth-mhz 1", "--subcarriers has no effect")]
    [TestCase("drop --out x.npz --paths --spherical", "--paths are of plane waves")]
    [TestCase("drop --out x.npz --subcarriers 4", "go together")]
    [TestCase("drop --out x.npz --bandwidth-mhz 4", "go together")]
    [TestCase("drop --out x.npz --subcarriers 4 --bandwidth-mhz -1", "--bandwidth-mhz is '-1'; expected a positive number")]
    [TestCase("drop --out x.npz --users 70000", "at most 65535")]
    [TestCase("demo --svg picture.png", "this version writes .svg")]
    public async Task UsageErrorsExitWithTwo(string line, string expected) => await Expect(2, expected, Arguments(line, SmallChannels()));

    [Test]
    public async Task MissingFileExitsWithThree() => await Expect(3, "nowhere.npz does not exist", "solve", "--channels", PathOf("nowhere.npz"), "--snr-db", "10");

    [Test]
    public async Task NotANumberExitsWithThreeAndNamesTheEntry() => await Expect(
        3, "realization 1, user 2, access point 0, antenna 3", "solve", "--snr-db", "10", "--channels",
        Channels("nan.npz", new ChannelShape(2, 4, 2, 6), (i, h) => i == (((4 + 2) * 2) * 6) + 3 ? new Complex(double.NaN, 0) : h));

    [Test]
    public async Task TruncatedFileExitsWithThree()
    {
        string path = SmallChannels();
        byte[] bytes = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, bytes[..(bytes.Length / 2)]);
        await Expect(3, "small.npz", "inspect", path);
    }

    [Test]
    public async Task OtherFileKindsExitWithThree()
    {
        string path = PathOf("channels.txt");
        await File.WriteAllTextAsync(path, "1 2 3");
        await Expect(3, "channels.txt", "inspect", path);
    }

    [Test]
    public async Task ADirectoryExitsWithThree() => await Expect(3, "Expected a channel file", "inspect", PathOf("."));

    [Test]
    public async Task AFullDiskExitsWithFour()
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Ignore("/dev/full is a Linux device");
        }

        File.CreateSymbolicLink(PathOf("full.svg"), "/dev/full");
        await Expect(4, "full.svg", "demo", "--svg", PathOf("full.svg"));
    }

    [Test]
    public async Task MissingArrayExitsWithThreeAndListsTheOthers() =>
        await Expect(3, "has no array 'G'; it has H", "solve", "--snr-db", "10", "--channels-name", "G", "--channels", SmallChannels());

    [Test]
    public async Task WrongAxesExitWithThree() =>
        await Expect(3, "axes", "solve", "--snr-db", "10", "--axes", "user,antenna", "--channels", SmallChannels());

    [TestCase("--serving file", "has no serving[accessPoint, user]")]
    [TestCase("--serving nearest:1", "has no positions")]
    [TestCase("--streams file", "has no streams[accessPoint, user]")]
    public async Task WhatTheFileLacksExitsWithThree(string options, string expected) =>
        await Expect(3, expected, Arguments($"solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse {options}", SmallChannels()));

    [Test]
    public async Task NearestNeedsPositionsThatAreApart()
    {
        string path = PathOf("iid.npz"); // everything at the origin
        await Cli.Run("drop", "--scenario", "iid", "--out", path, "--quiet");
        await Expect(3, "has no positions", Arguments("solve --channels FILE --snr-db 10 --precoder ncjt-rwmmse --serving nearest:1", path));
    }

    [TestCase("--precoder reduced-cg", "reduced-cg can precode for single-antenna users only; these channels have 2 antennas per user")]
    [TestCase("--precoder mrt,wmmse,ncjt-rwmmse --snr-rule linear-isotropic", "mrt, wmmse can precode")]
    public async Task SingleAntennaPrecodersNameThoseForMore(string options, string expected)
    {
        string path = PathOf("iid.npz");
        await Cli.Run("drop", "--scenario", "iid", "--user-antennas", "2", "--out", path, "--quiet");
        string[] arguments = Arguments($"solve --channels FILE --snr-db 10 {options}", path);
        await Expect(3, expected, arguments);
        await Expect(3, "Choose --precoder ncjt-cg (every stream from one access point) or cjt-wmmse", arguments);
    }

    [Test]
    public async Task CertificatesAreForUsersWithOneAntenna()
    {
        string path = PathOf("iid.npz");
        await Cli.Run("drop", "--scenario", "iid", "--user-antennas", "2", "--out", path, "--quiet");
        await Expect(3, "--certificate bounds the sum rate of users with one antenna; these channels have 2", Arguments("solve --channels FILE --snr-db 10 --certificate", path));
    }

    [Test]
    public async Task TooManyStreamsExitWithThreeAndAreCounted() => await Expect(
        3, "user 3 would receive 4 streams in realization 0, its limit is 3. Ask for fewer streams, or raise the limit.",
        Arguments("solve --channels FILE --snr-db 10 --device reference --precoder ncjt-rwmmse --streams 2 --max-streams 3", SmallChannels()));

    [Test]
    public async Task ChannelsWithoutPathsExitWithThreeWherePathsAreNeeded() => await Expect(
        3, "needs channels with path parameters", "solve", "--snr-db", "10", "--precoder", "bsp-hamiltonian", "--set", "support=path-binning", "--channels", SmallChannels());

    [TestCase("cuda:7")]
    [TestCase("opencl:99")]
    public async Task AbsentDevicesExitWithFour(string device) =>
        await Expect(4, $"Device {device} is absent", "solve", "--snr-db", "10", "--device", device, "--channels", SmallChannels());

    [Test]
    public async Task StackTracesAreForDebugOnly()
    {
        CliResult plain = await Cli.Run("inspect", PathOf("nowhere.npz")), debug = await Cli.Run("inspect", PathOf("nowhere.npz"), "--debug");
        Assert.Multiple(() =>
        {
            Assert.That(plain.Error, Does.Not.Contain("   at "));
            Assert.That(debug.Error, Does.Contain("   at "));
        });
    }

    private static async Task Expect(int exitCode, string message, params string[] arguments)
    {
        CliResult result = await Cli.Run(arguments);
        Assert.Multiple(() =>
        {
            Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.ToString());
            Assert.That(result.Error, Does.Contain(message));
            Assert.That(result.Error, Does.StartWith("beamprecoding: "));
            Assert.That(result.Error, Does.Not.Contain("   at "));
        });
    }

    private static string[] Arguments(string line, string channels) =>
        [.. line.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(a => a == "FILE" ? channels : a)];
}
