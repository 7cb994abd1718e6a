"""Numbers, shapes, memory and messages of solve and drop."""

import tempfile
import unittest
from pathlib import Path

import numpy as np

import beamprecoding as bp

from . import support


class AgainstFormulas(unittest.TestCase):
    """Closed forms beside plain numpy, in double precision."""

    H = support.random_channels(3, 5, 2, 8)
    budgets = [3.0, 7.0]

    def check(self, name, formula, H=None, **options):
        H = self.H if H is None else H
        result = bp.solve(H, name, device="cpu", precision="double", power=self.budgets, **options)
        for r in range(len(H)):
            P = formula(H[r], self.budgets)
            np.testing.assert_allclose(result.P[r], P, rtol=1e-10, atol=1e-12)
            np.testing.assert_allclose(result.rates[r], support.rates_of(H[r], P), rtol=1e-10)
            np.testing.assert_allclose(result.power[r], self.budgets, rtol=1e-12)
        np.testing.assert_allclose(result.sum_rate, result.rates.sum(1), rtol=1e-12)
        return result

    def test_maximum_ratio(self):
        self.check("mrt", support.maximum_ratio)

    def test_zero_forcing(self):
        self.check("rzf", support.zero_forcing)

    def test_three_axes_are_one_realization(self):
        result = bp.solve(self.H[0], "rzf", device="cpu", power=self.budgets)
        self.assertEqual(result.P.shape, (1, 5, 2, 8))

    def test_axes_in_another_order(self):
        moved = np.moveaxis(self.H, (1, 2, 3), (3, 1, 2))
        for axes in ("realization,accessPoint,antenna,user", ["realization", "accessPoint", "antenna", "user"]):
            result = bp.solve(np.ascontiguousarray(moved), "rzf", device="cpu", precision="double", power=self.budgets, axes=axes)
            np.testing.assert_allclose(result.P[0], support.zero_forcing(self.H[0], self.budgets), rtol=1e-10)

    def test_downlink_gains_are_conjugated(self):
        given = self.H.conj()
        kept = given.copy()
        result = bp.solve(given, "rzf", device="cpu", precision="double", power=self.budgets, downlink_gain=True)
        np.testing.assert_allclose(result.P[1], support.zero_forcing(self.H[1], self.budgets), rtol=1e-10)
        np.testing.assert_array_equal(given, kept)

    def test_users_antenna_axis_of_one_has_rows(self):
        result = bp.solve(self.H.conj()[:, :, :, None, :], "rzf", device="cpu", precision="double", power=self.budgets)
        np.testing.assert_allclose(result.P[1], support.zero_forcing(self.H[1], self.budgets), rtol=1e-10)

    def test_noise_and_weights_of_each_user(self):
        noise, weights = np.array([0.5, 1, 2, 4, 8]), np.array([1, 2, 0, 1, 3])
        result = bp.solve(self.H, "mrt", device="cpu", precision="double", power=self.budgets, noise=noise, weights=weights)
        for r in range(3):
            np.testing.assert_allclose(result.rates[r], support.rates_of(self.H[r], result.P[r], noise), rtol=1e-10)
            np.testing.assert_allclose(result.sum_rate[r], weights @ result.rates[r], rtol=1e-12)

    def test_estimates_are_designed_on_and_the_truth_is_reported(self):
        result = bp.solve(self.H, "rzf", device="cpu", precision="double", power=self.budgets, csi_nmse_db=-10, seed=3)
        np.testing.assert_allclose(result.rates[2], support.rates_of(self.H[2], result.P[2]), rtol=1e-9)
        self.assertTrue((result.designed_sum_rate > result.sum_rate).all())


class AgainstTheTool(unittest.TestCase):
    """The same request through files and through memory: the same bits."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.at = Path(cls.folder.name)

    def same(self, result, realizations):
        for r, told in enumerate(realizations):
            self.assertEqual(result.sum_rate[r], told["sumRateBitPerSecondPerHertz"])
            self.assertEqual(result.rates[r].tolist(), told["ratesBitPerSecondPerHertz"])
            self.assertEqual(result.iterations[r], told["iterations"])
            self.assertEqual(result.status[r], told["status"])
            self.assertEqual(result.power[r].tolist(), told["accessPointPower"])
            self.assertEqual(result.starts[r], told["start"])

    def test_coherent(self):
        path = self.at / "iid.npz"
        support.tool("drop", "--scenario", "iid", "--users", 6, "--antennas", 8, "--realizations", 3, "--seed", 5, "--gain-spread-db", 6, "--out", path)
        out = self.at / "out.npz"
        told = support.solved(path, "--precoder", "rzf,wmmse,reduced-cg", "--snr-db", 15, "--normalize", "mean", "--starts", "mrt,random:2", "--seed", 9, "--iterations", 40,
                              "--set", "reduced-cg.patience=2", "--certificate", "--device", "cpu", out=out)
        drop = bp.drop("iid", users=6, antennas=8, realizations=3, seed=5, gain_spread_db=6)
        with np.load(path) as file:
            np.testing.assert_array_equal(drop.H, file["H"])
            self.assertEqual(set(drop.fields) | {"H", "meta"}, set(file.files))
        results = bp.solve(drop, ["rzf", "wmmse", "reduced-cg"], 15, "cpu", normalize="mean", starts=["mrt", "random:2"], seed=9, iterations=40, certificate=True,
                           **{"reduced-cg.patience": 2})
        self.assertEqual(list(results), ["rzf", "wmmse", "reduced-cg"])
        with np.load(out) as file:
            for entry in told["precoders"]:
                result = results[entry["name"]]
                self.same(result, entry["realizations"])
                np.testing.assert_array_equal(result.P, file[entry["name"] + ".P"])
                np.testing.assert_array_equal(result.upper_bound, file["upperBound"])
                self.assertEqual(result.share_of_upper_bound.tolist(), [r["shareOfUpperBound"] for r in entry["realizations"]])
        mentioned = results["wmmse"].meta["options"]
        self.assertEqual(mentioned["precoders"], told["options"]["precoders"])

    def test_streams(self):
        path, out = self.at / "cell-free.npz", self.at / "streams.npz"
        support.tool("drop", "--scenario", "rayleigh-cell-free", "--users", 4, "--antennas", 8, "--user-antennas", 2, "--realizations", 2, "--seed", 3, "--out", path)
        told = support.solved(path, "--precoder", "local-ezf,ncjt-lsa,cjt-wmmse,ncjt-cg", "--snr-db", 15, "--streams", "average", "--iterations", 20, "--device", "cpu", out=out)
        drop = bp.drop("rayleigh-cell-free", users=4, antennas=8, user_antennas=2, realizations=2, seed=3)
        results = bp.solve(drop, "local-ezf,ncjt-lsa,cjt-wmmse,ncjt-cg", 15, "cpu", streams="average", iterations=20)
        with np.load(out) as file:
            for entry in told["precoders"]:
                result = results[entry["name"]]
                self.same(result, entry["realizations"])
                np.testing.assert_array_equal(result.P, file[entry["name"] + ".P"])
                np.testing.assert_array_equal(result.stream_user, file[entry["name"] + ".streamUser"])
                self.assertEqual(result.exchanged.tolist(), [[r["interaction"]["complexUp"], r["interaction"]["complexDown"]] for r in entry["realizations"]])
        self.assertEqual(results["cjt-wmmse"].P.shape[:3], (2, 4, 8))
        self.assertIsNone(results["cjt-wmmse"].stream_access_point)
        self.assertEqual(results["ncjt-cg"].P.shape, (2, 8, len(results["ncjt-cg"].stream_access_point)))
        by_arrays = bp.solve(drop.H, "ncjt-cg", 15, "cpu", streams="average", iterations=20, serving=drop.fields["serving"])
        np.testing.assert_array_equal(by_arrays.P, results["ncjt-cg"].P)
        nearest = bp.solve(drop.H, "ncjt-cg", 15, "cpu", streams="average", iterations=20, serving="nearest:2",
                           user_position=drop.fields["userPosition"], access_point_position=drop.fields["accessPointPosition"])
        np.testing.assert_array_equal(nearest.P, results["ncjt-cg"].P)

    def test_devices_are_those_of_doctor(self):
        import json
        self.assertEqual([d.id for d in bp.devices()], [d["id"] for d in json.loads(support.tool("doctor", "--json"))["devices"]])


class Arrays(unittest.TestCase):
    """Element types, layouts, shapes, traces."""

    H = support.random_channels(2, 4, 3, 6)

    def solve(self, H, **options):
        return bp.solve(H, "rzf", 10, "cpu", **options)

    def test_every_layout_gives_the_same_and_only_contiguous_complex_is_read_in_place(self):
        single = self.H.astype("c8")
        expected = self.solve(single).P
        for H, in_place in (
            (single, True), (np.asfortranarray(single), False), (np.repeat(single, 2, 3)[..., ::2], False), (single.astype(">c8"), False),
        ):
            result = self.solve(H)
            np.testing.assert_array_equal(result.P, expected)
            self.assertEqual(result.in_place, in_place, H.strides)
        frozen = single.copy()
        frozen.flags.writeable = False
        self.assertTrue(self.solve(frozen).in_place)
        self.assertTrue(self.solve(self.H).in_place)
        self.assertFalse(self.solve(self.H, normalize="mean").in_place)

    def test_real_channels_are_taken(self):
        real = self.H.real
        np.testing.assert_array_equal(self.solve(real.astype("f4")).P, self.solve(real.astype("c8")).P)
        np.testing.assert_array_equal(self.solve((8 * real).astype("i4"), precision="double").P, self.solve((8 * real).astype("i4").astype("c16"), precision="double").P)

    def test_results_are_numpys_own(self):
        result = self.solve(self.H)
        big = self.solve(support.random_channels(64, 4, 3, 16, dtype="c8"))
        for array in (result.P, result.rates, big.P, result.traces and result.sum_rate):
            array += 1  # writable, and not the memory of anything else
        self.assertTrue(big.P.flags.owndata)
        self.assertNotIn(True, [np.shares_memory(result.rates, result.sum_rate), np.shares_memory(result.P, result.rates)])

    def test_precision(self):
        self.assertEqual(self.solve(self.H).P.dtype, np.complex64)
        self.assertEqual(self.solve(self.H, precision="double").P.dtype, np.complex128)
        self.assertEqual(bp.solve(self.H, "rzf", 10, "reference").P.dtype, np.complex128)

    def test_every_precoder_has_its_shapes(self):
        single, several = [p for p in bp.precoders() if not p.streams], [p for p in bp.precoders() if p.streams]
        results = bp.solve(self.H, [p.name for p in single], 10, "cpu", iterations=3)
        for p in single:
            result = results[p.name]
            self.assertEqual((result.P.shape, result.rates.shape, result.power.shape), ((2, 4, 3, 6), (2, 4), (2, 3)), p.name)
            self.assertEqual([len(trace) > 1 for trace in result.traces], [p.iterates] * 2, p.name)
            self.assertTrue((result.sum_rate > 0).all(), p.name)
        wide = support.random_channels(2, 4, 3, 2, 6)
        names = [p.name for p in several if p.name != "ncjt-sca"]
        for name, result in bp.solve(wide, names, 10, "cpu", iterations=3, serving="strongest:2").items():
            S = len(result.stream_user)
            self.assertEqual(result.P.shape, (2, 3, 6, S) if name == "cjt-wmmse" else (2, 6, S), name)
        self.assertEqual(bp.solve(wide, device="cpu", iterations=2).precoder, "ncjt-cg")
        certified = bp.solve(self.H, "ncjt-sca", 10, "cpu", iterations=3)
        self.assertTrue((certified.gap >= 0).all())

    def test_traces_end_at_the_rate(self):
        result = bp.solve(self.H, "reduced-cg", 10, "cpu", precision="double")
        for r, trace in enumerate(result.traces):
            self.assertEqual(trace.iteration.tolist(), list(range(result.iterations[r] + 1)))
            self.assertTrue((np.diff(trace.seconds) >= 0).all())
            np.testing.assert_allclose(trace.sum_rate[-1], result.sum_rate[r], rtol=1e-6)

    def test_stream_tables(self):
        serving = np.zeros((3, 4), bool)
        serving[[0, 1, 2, 0], range(4)] = True
        streams = serving.astype(int)
        result = bp.solve(self.H, "ncjt-rwmmse", 10, "cpu", serving=serving, streams=streams)
        self.assertEqual(sorted(zip(result.stream_access_point.tolist(), result.stream_user.tolist())), sorted(zip(*map(np.ndarray.tolist, np.nonzero(serving)))))

    def test_warm_start_goes_on_from_there(self):
        first = bp.solve(self.H, "reduced-cg", 10, "cpu", precision="double", iterations=4, tolerance=0)
        for given in (first, first.P, first.P.astype("c8")):
            again = bp.solve(self.H, "reduced-cg", 10, "cpu", precision="double", warm_start=given)
            np.testing.assert_allclose([trace.sum_rate[0] for trace in again.traces], first.sum_rate, rtol=1e-5)
            self.assertEqual(again.starts, ["warm", "warm"])
            self.assertTrue((again.sum_rate >= first.sum_rate * (1 - 1e-9)).all())

    def test_time_limit_is_a_status(self):
        H = support.random_channels(1, 96, 3, 128, dtype="c8")
        result = bp.solve(H, "reduced-cg", 20, "cpu", budget_ms=1, tolerance=0, iterations=5000)
        self.assertEqual(result.status.tolist(), ["time-limit"])

    def test_repr_says_what_matters(self):
        text = repr(bp.solve(self.H, "reduced-cg", 10, "cpu", certificate=True))
        for part in ("reduced-cg: ", "bit/s/Hz", "% of the bound", "iterations", "P [2, 4, 3, 6] complex64", "2 realizations on cpu"):
            self.assertIn(part, text)
        self.assertRegex(repr(bp.solve(self.H, "wmmse", 10, "cpu").traces[0]), r"^Trace\(\d+ points, [\d.]+ to [\d.]+ bit/s/Hz in [\d.]+ s\)$")


class Refusals(unittest.TestCase):
    """Messages are those of the tool, in Python's words."""

    H = support.random_channels(2, 4, 3, 6)

    def refuse(self, pattern, *arguments, error=bp.ValidationError, **options):
        with self.assertRaisesRegex(error, pattern) as caught:
            bp.solve(*(arguments or (self.H,)), **{"device": "cpu", **options})
        self.assertNotIn("--", str(caught.exception))
        self.assertIsInstance(caught.exception, bp.BeamPrecodingError)
        return caught.exception

    def test_names(self):
        self.assertIsInstance(self.refuse("precoder: 'magic' is not in this version; it has mrt, rzf", precoder="magic"), ValueError)
        self.refuse("device is 'gpu'; expected auto, cpu", device="gpu")
        self.refuse("normalize is 'max'; expected one of none, mean", normalize="max")
        self.refuse("precision is 'half'", precision="half")
        self.refuse("Start 'best' is not known", starts="best")

    def test_options_that_do_not_fit(self):
        self.refuse("snr_db and power both set the transmit power", snr_db=10, power=1)
        self.refuse("iterations has no effect on rzf: closed forms do not iterate", precoder="rzf", iterations=3)
        self.refuse("serving has no effect on reduced-cg", precoder="reduced-cg", serving="all")
        self.refuse("power has 2 values, the channels have 3 access points", power=[1, 2])
        self.refuse("snr_db needs one noise power for all users", noise=np.arange(1.0, 5))
        self.refuse("^damping=2: no chosen precoder has that setting. Known settings are wmmse:", precoder="wmmse", damping=2)
        self.refuse("serving=\"nearest:2\": H comes without positions; expected user_position.*Give serving=\"strongest:2\"", precoder="ncjt-cg", serving="nearest:2")
        self.refuse("'snrdb' is no argument; did you mean snr_db\\?", snrdb=2)
        self.refuse("starts names 'warm', but there is no warm_start", starts="warm")
        self.refuse("snr_db is 'nan'; expected a finite number", snr_db=float("nan"))
        self.refuse("power is {}; expected text, a number or a sequence", power={})

    def test_arrays(self):
        self.refuse("H: shape \\(2, 4\\) has 2 axes; expected 3 .* such as axes=\"user,antenna\"", self.H[:, :, 0, 0])
        self.refuse("H has elements of type object", np.array([None]))
        self.refuse("H has elements of type <U", np.array(["x"]))
        self.refuse("no coefficients; every extent must be at least 1", self.H[:0])
        broken = self.H.copy()
        broken[1, 2, 0, 3] = np.nan
        self.refuse("H: ChannelBatch: H\\[realization 1, user 2, access point 0, antenna 3\\] is not finite", broken)
        self.refuse("^'weights' has shape \\(3\\), expected \\(4,\\)", weights=np.ones(3))
        self.refuse("mrt can precode for single-antenna users only; these channels have 2 antennas per user. Choose precoder=\"ncjt-cg\"", support.random_channels(1, 4, 2, 2, 8), precoder="mrt")
        self.refuse("warm_start: has shape \\[1, 4, 3, 6\\], expected \\[2, 4, 3, 6\\]", warm_start=self.H[:1])
        self.refuse("axes: 'users' is no axis", axes="realization,users,accessPoint,antenna")

    def test_devices(self):
        absent = next(n for n in range(99) if f"cuda:{n}" not in {d.id for d in bp.devices()})
        self.refuse(f"Device cuda:{absent} is absent", device=f"cuda:{absent}", error=bp.DeviceError)

    def test_drops(self):
        with self.assertRaisesRegex(bp.ValidationError, "gain_spread_db has no effect on scenario=\"uma-nlos\""):
            bp.drop(gain_spread_db=3)
        with self.assertRaisesRegex(bp.ValidationError, "scenario: 'moon' is not in this version"):
            bp.drop("moon")
