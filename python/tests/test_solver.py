"""Solvers that are kept: reuse, threads, interrupts, progress, what a call costs."""

import signal
import subprocess
import sys
import threading
import time
import unittest

import numpy as np

import beamprecoding as bp

from . import support


class Reuse(unittest.TestCase):
    H = support.random_channels(2, 4, 3, 6, dtype="c8")

    def test_a_kept_solver_gives_what_a_fresh_one_gives(self):
        other = support.random_channels(2, 4, 3, 6, seed=2, dtype="c8")
        larger = support.random_channels(5, 6, 2, 8, seed=3, dtype="c8")
        with bp.Solver(["wmmse", "reduced-cg"], 10, "cpu") as solver:
            for H in (self.H, other, larger, self.H, self.H[:1]):
                kept, fresh = solver.solve(H), bp.solve(H, ["wmmse", "reduced-cg"], 10, "cpu")
                for name in kept:
                    np.testing.assert_array_equal(kept[name].P, fresh[name].P)
                    np.testing.assert_array_equal(kept[name].rates, fresh[name].rates)

    def test_memory_is_made_once(self):
        for limit in (None, 0):
            with bp.Solver("reduced-cg", 10, "cpu", antenna_limit_db=limit) as solver:
                self.assertEqual(len({solver.solve(self.H).timings.setup for _ in range(4)}), 1)
        with bp.Solver("reduced-cg", 10, "cpu") as solver:
            setups = {solver.solve(self.H).timings.setup for _ in range(4)}
            solver.solve(self.H[:1])
            self.assertNotIn(solver.solve(self.H).timings.setup, setups)

    def test_a_closed_solver_opens_again(self):
        solver = bp.Solver("rzf", 10, "cpu")
        before = solver.solve(self.H)
        solver.close()
        solver.close()
        np.testing.assert_array_equal(solver.solve(self.H).P, before.P)

    def test_repr(self):
        solver = bp.Solver(["rzf", "wmmse"], device="cpu", power=[1, 2, 3], weights=np.ones(4), patience=2)
        self.assertEqual(repr(solver), "Solver(precoder='rzf,wmmse', power='1,2,3', device='cpu', patience='2', weight=[4])")

    def test_weights_of_a_call(self):
        with bp.Solver("reduced-cg", 10, "cpu") as solver:
            for weights in (np.array([1.0, 1, 1, 1]), np.array([5.0, 1, 0, 1]), np.array([1.0, 1, 1, 1])):
                np.testing.assert_array_equal(solver.solve(self.H, weights=weights).P, bp.solve(self.H, "reduced-cg", 10, "cpu", weights=weights).P)

    def test_stream_tables_of_a_call_that_follow_the_drop(self):
        drop = bp.drop("rayleigh-cell-free", users=4, antennas=8, realizations=3, seed=1)
        with bp.Solver("ncjt-rwmmse", 15, "cpu", streams="average", iterations=5) as solver:
            for r in range(3):
                part = bp.Drop(drop.H[r:r + 1], {"serving": drop.fields["serving"][r:r + 1]}, "{}")
                np.testing.assert_array_equal(solver.solve(part).P, bp.solve(part, "ncjt-rwmmse", 15, "cpu", streams="average", iterations=5).P)

    def test_a_refused_call_leaves_the_solver_as_it_was(self):
        with bp.Solver("reduced-cg", 10, "cpu") as solver:
            before = solver.solve(self.H)
            with self.assertRaises(bp.ValidationError):
                solver.solve(self.H * np.nan)
            np.testing.assert_array_equal(solver.solve(self.H).P, before.P)

    def test_warm_starts_save_iterations_in_slow_fading(self):
        drift = support.random_channels(6, 4, 3, 6, seed=8, dtype="c8")
        blocks = [self.H[:1]]
        for step in drift:
            blocks.append((np.sqrt(0.9999) * blocks[-1] + 0.01 * step).astype("c8"))
        with bp.Solver("reduced-cg", 10, "cpu", precision="double") as solver:
            cold = sum(solver.solve(H).iterations[0] for H in blocks[1:])
            result, warm = solver.solve(blocks[0]), 0
            for H in blocks[1:]:
                result = solver.solve(H, warm_start=result)
                warm += result.iterations[0]
        self.assertLess(warm, cold)

    def test_what_a_call_costs(self):
        H = support.random_channels(1, 2, 1, 2, dtype="c8")
        with bp.Solver("mrt", 10, "cpu") as solver:
            costs = []
            for _ in range(2500):
                began = time.perf_counter()
                result = solver.solve(H)
                costs.append(time.perf_counter() - began - result.timings.total)
        self.assertLess(np.percentile(costs[500:], 5), 150e-6)  # 100 µs where nothing else runs; tests run two at a time


class Threads(unittest.TestCase):
    def test_threads_with_solvers_of_their_own_and_with_one(self):
        channels = [support.random_channels(3, 6, 2, 8, seed=s, dtype="c8") for s in range(6)]
        expected = [bp.solve(H, "reduced-cg", 10, "cpu").P for H in channels]
        shared = bp.Solver("reduced-cg", 10, "cpu")
        errors = []

        def work(number):
            try:
                for _ in range(5):
                    np.testing.assert_array_equal(bp.solve(channels[number], "reduced-cg", 10, "cpu").P, expected[number])
                    np.testing.assert_array_equal(shared.solve(channels[number]).P, expected[number])
            except BaseException as error:
                errors.append(error)

        threads = [threading.Thread(target=work, args=(number,)) for number in range(len(channels))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        shared.close()
        self.assertEqual(errors, [])

    def test_python_goes_on_during_a_solve(self):
        H = support.random_channels(1, 96, 3, 128, dtype="c8")
        ticks, going = [], threading.Event()

        def tick():
            while not going.is_set():
                ticks.append(time.perf_counter())
                time.sleep(0.001)

        thread = threading.Thread(target=tick)
        thread.start()
        began = time.perf_counter()
        bp.solve(H, "reduced-cg", 20, "cpu", iterations=10 ** 6, tolerance=0, patience=10 ** 6, budget_ms=400)
        ended = time.perf_counter()
        going.set()
        thread.join()
        self.assertGreater(sum(began < t < ended for t in ticks), 20)


LONG = """
import sys, time, numpy as np, beamprecoding as bp
generator = np.random.default_rng(1)
H = (generator.standard_normal((1, 96, 3, 128)) + 1j * generator.standard_normal((1, 96, 3, 128))).astype("c8")
solver = bp.Solver("wmmse", 20, "cpu", iterations=10**5, tolerance=0)
for _ in range(3):
    solver.solve(H[:, :1, :1, :2])  # short: the next of this shape would be called directly
print("ready", flush=True)
try:
    solver.solve(H)
except KeyboardInterrupt as stop:
    r = stop.result
    print(type(stop).__name__, r.status[0], bool(r.sum_rate[0] > 0), bool(np.isfinite(r.P).all()), flush=True)
again = bp.solve(H[:, :4], "rzf", 20, "cpu")
print(again.status[0])
"""


class Interrupts(unittest.TestCase):
    @unittest.skipIf(sys.platform == "win32", "sends SIGINT")
    def test_ctrl_c_stops_the_solve_and_keeps_what_was_computed(self):
        child = subprocess.Popen([sys.executable, "-c", LONG], stdout=subprocess.PIPE, text=True, env=support.environment())
        self.addCleanup(child.kill)
        self.assertEqual(child.stdout.readline(), "ready\n")
        time.sleep(1)
        child.send_signal(signal.SIGINT)
        sent = time.perf_counter()
        told = child.communicate(timeout=20)[0]
        self.assertLess(time.perf_counter() - sent, 10)
        self.assertEqual(told.splitlines(), ["SolveInterrupted cancelled True True", "converged"])
        self.assertEqual(child.returncode, 0)

    def test_progress_is_told_and_what_it_raises_stops_the_solve(self):
        H = support.random_channels(1, 96, 3, 128, dtype="c8")
        seen = []

        def progress(how):
            seen.append(how)
            if how.iteration > 10:
                raise LookupError("enough")

        with self.assertRaisesRegex(LookupError, "enough"):
            bp.solve(H, ["mrt", "wmmse"], 20, "cpu", iterations=10 ** 6, tolerance=0, patience=10 ** 6, progress=progress)
        self.assertEqual(seen[-1].precoder, "wmmse")
        self.assertEqual((seen[-1].max_iterations, seen[-1].realizations), (10 ** 6, 1))
        self.assertTrue(0 <= seen[-1].fraction < 0.1)

    @unittest.skipIf(sys.platform == "win32", "forks")
    def test_a_fork_is_refused_with_the_remedy(self):
        program = """
import os, sys, beamprecoding as bp
bp.precoders()
if os.fork() == 0:
    try:
        bp.precoders()
    except bp.BeamPrecodingError as error:
        print(error, flush=True)
    os._exit(0)
os.wait()
"""
        told = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True, env=support.environment(), timeout=30).stdout
        self.assertIn("get_context('spawn')", told)
