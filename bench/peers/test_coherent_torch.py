#!/usr/bin/env python3
"""coherent_torch.py against coherent.py in double precision, with numpy arrays: sum rates after 10 iterations, and those of a batch against one by one."""

import os
import sys
import types
import unittest

import numpy as np

PEERS = os.path.dirname(os.path.abspath(__file__))


def in_double(name, replaced):
    """A script with its single-precision types replaced, as a module."""
    with open(os.path.join(PEERS, f"{name}.py")) as file:
        source = file.read()
    for before, after in {"complex64": "complex128", "float32": "float64", **replaced}.items():
        assert before in source
        source = source.replace(before, after)
    sys.modules[name] = module = types.ModuleType(name)
    exec(compile(source, f"{name}.py in double", "exec"), module.__dict__)
    return module


coherent = in_double("coherent", {"    import scipy\n": "    raise ImportError\n"})  # scipy's routines are called by names of their type
coherent_torch = in_double("coherent_torch", {})


class SameAlgorithms(unittest.TestCase):
    def check(self, precoder, shape):
        random = np.random.default_rng(1)
        H = random.standard_normal(shape) + 1j * random.standard_normal(shape)
        H *= 10 ** random.uniform(-1, 0, (*shape[:3], 1))
        power_budget, weight = np.full(shape[2], 100.0), random.uniform(0.5, 1.5, shape[1])
        expected = coherent.solve_all(H, power_budget, weight, precoder, 10)[0]
        arrays = coherent_torch.Arrays(os.environ.get("ARRAYS", "numpy"), double=True)
        rates = coherent_torch.solve(arrays, H, power_budget, weight, precoder, 10)[0]
        np.testing.assert_allclose(rates, expected, rtol=1e-6)

    def test_precoders(self):
        for precoder in coherent_torch.PRECODERS:
            for shape in ((3, 24, 3, 64), (2, 5, 1, 8), (2, 9, 2, 16)):
                with self.subTest(precoder=precoder, shape=shape):
                    self.check(precoder, shape)


if __name__ == "__main__":
    unittest.main()
