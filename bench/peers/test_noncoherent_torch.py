#!/usr/bin/env python3
"""noncoherent_torch.py against noncoherent.py in double precision, sum rates after some iterations; with numpy arrays always, with PyTorch where it is installed."""

import importlib.util
import unittest

import noncoherent
import noncoherent_torch
import numpy as np
from test_noncoherent import golden_problem


class SameAlgorithm(unittest.TestCase):
    def check(self, problem, name, tolerance=1e-9, single=False):
        arrays = noncoherent_torch.Arrays(self.ARRAYS, double=not single)
        for iterations in (0, 1, 5, 30):
            expected = noncoherent.solve_all(*problem, "ncjt-rwmmse", iterations)[0]
            for equation in ("eigen", "cholesky"):
                rates = noncoherent_torch.solve(arrays, *problem, iterations, equation)[0]
                np.testing.assert_allclose(rates, expected, rtol=tolerance, err_msg=f"{name} {iterations} {equation}")

    def test_golden(self):
        for name in ("v1_small", "v2_user_centric", "v3_overloaded", "v4_edges"):
            with self.subTest(name):
                self.check(golden_problem(name), name)

    def test_drops(self):
        for shape, serving, streams in (((5, 8, 4, 4, 64), "strongest:2", 1), ((3, 4, 3, 2, 8), "all", 2), ((3, 5, 1, 1, 4), "all", 1), ((2, 3, 2, 2, 1), "all", 1)):
            random = np.random.default_rng(1)
            H = random.standard_normal(shape) + 1j * random.standard_normal(shape)
            H *= 10 ** random.uniform(-1, 0, (*shape[:3], 1, 1))
            table = noncoherent.stream_table(noncoherent.streams(H, {}, serving, streams))
            problem = H, np.full(shape[2], 100.0), random.uniform(0.5, 1.5, shape[1]), table
            with self.subTest(shape):
                self.check(problem, shape)
                if shape[4] == 64:  # starts of more streams than antennas are rounding in single precision
                    self.check(problem, shape, tolerance=1e-3, single=True)


class WithNumpy(SameAlgorithm):
    ARRAYS = "numpy"


@unittest.skipUnless(importlib.util.find_spec("torch"), "PyTorch is not installed")
class WithTorch(SameAlgorithm):
    ARRAYS = "torch"


del SameAlgorithm  # it is no test itself

if __name__ == "__main__":
    unittest.main()
