#!/usr/bin/env python3
"""noncoherent.py against the golden files in both precisions: weighted sum rates after some iterations from Local EZF, and those of a batch in pieces against one by one."""

import os
import unittest

import noncoherent
import numpy as np

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "Precoding.Testing", "Golden")
TOLERANCE = {np.complex64: 1e-5, np.complex128: 1e-9}


def golden_problem(name):
    """Channels over the noise amplitude, budgets, weights and access points of the streams of one realization."""
    golden = np.load(os.path.join(GOLDEN, f"{name}.npz"))
    H = (golden["H"] / np.sqrt(golden["sigma2"])[:, None, None, None])[None]
    return H, golden["P"], golden["alpha"], noncoherent.stream_table(golden["d"][None].astype(int))


class GoldenRates(unittest.TestCase):
    def check(self, name):
        golden = np.load(os.path.join(GOLDEN, f"{name}.npz"))
        H, power, weight, table = golden_problem(name)
        for number, tolerance in TOLERANCE.items():
            for precoder in ("ncjt-rwmmse", "ncjt-wmmse"):
                for iterations in (0, 1, 5, 50):
                    rates = noncoherent.solve_all(H.astype(number), power, weight, table, precoder, iterations)[0]
                    np.testing.assert_allclose(rates[0], golden["wsr_trace"][iterations], rtol=tolerance, err_msg=f"{precoder} {iterations}")

    def test_v1_small(self):
        self.check("v1_small")

    def test_v2_user_centric(self):
        self.check("v2_user_centric")

    def test_v3_overloaded(self):
        self.check("v3_overloaded")

    def test_v4_edges(self):
        self.check("v4_edges")


class OneAtATime(unittest.TestCase):
    def test_it_is_the_batch(self):
        for name in ("v1_small", "v2_user_centric"):
            golden = np.load(os.path.join(GOLDEN, f"{name}.npz"))
            H, power, weight, table = golden_problem(name)
            for precoder in ("ncjt-rwmmse", "ncjt-wmmse"):
                for iterations in (0, 1, 5, 50):
                    rates = noncoherent.solve_all(H, power, weight, table, precoder, iterations, one_at_a_time=True)[0]
                    np.testing.assert_allclose(rates[0], golden["wsr_trace"][iterations], rtol=1e-9, err_msg=f"{name} {precoder} {iterations}")


class Pieces(unittest.TestCase):
    def test_a_batch_equals_its_realizations(self):
        random = np.random.default_rng(1)
        H = random.standard_normal((7, 4, 3, 2, 8)) + 1j * random.standard_normal((7, 4, 3, 2, 8))
        H *= 10 ** random.uniform(-1, 0, (7, 4, 3, 1, 1))
        table = noncoherent.stream_table(noncoherent.streams(H, {}, "strongest:2", 1))
        power, weight = np.full(3, 100.0), random.uniform(0.5, 1.5, 4)
        together = noncoherent.solve_all(H, power, weight, table, "ncjt-rwmmse", 10)[0]
        split = noncoherent.solve_all(H, power, weight, table, "ncjt-rwmmse", 10, processes=2, piece=3)[0]
        alone = [noncoherent.solve_all(H[r : r + 1], power, weight, table[r : r + 1], "ncjt-rwmmse", 10)[0][0] for r in range(7)]
        np.testing.assert_allclose(split, together, rtol=1e-10)
        np.testing.assert_allclose(alone, together, rtol=1e-10)


if __name__ == "__main__":
    unittest.main()
