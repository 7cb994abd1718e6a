"""What a call of a kept solver costs beside the solve itself: wall time of solver.solve(H) less that of ISolver.Solve. Usage: PYTHONPATH=python python3 python/tests/overhead.py"""

import time

import numpy as np

import beamprecoding as bp

CALLS, WARM_UP_SECONDS = 3000, 3  # .NET compiles what is called often once more, in the background

print(f"{'precoder':12} {'H':20} {'5 %':>8} {'median':>8} {'95 %':>8} {'whole call':>11}   microseconds")
for name in ("mrt", "reduced-cg"):
    for shape in ((1, 2, 1, 2), (1, 8, 3, 32), (10, 8, 3, 32)):
        generator = np.random.default_rng(1)
        H = (generator.standard_normal(shape) + 1j * generator.standard_normal(shape)).astype("c8")
        with bp.Solver(name, 10, "cpu", threads=1) as solver:
            spent, start = [], time.perf_counter()
            while time.perf_counter() - start < WARM_UP_SECONDS:
                solver.solve(H)
            for _ in range(CALLS):
                began = time.perf_counter()
                result = solver.solve(H)
                whole = time.perf_counter() - began
                spent.append((whole - result.timings.total, whole))
        beside, whole = 1e6 * np.array(spent).T
        print(f"{name:12} {str(shape):20} {np.percentile(beside, 5):8.1f} {np.median(beside):8.1f} {np.percentile(beside, 95):8.1f} {np.median(whole):11.1f}")
