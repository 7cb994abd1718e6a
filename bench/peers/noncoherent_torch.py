#!/usr/bin/env python3
"""ncjt-rwmmse in PyTorch, all realizations and access points in every operation: what the GPU engines are raced against.

The same algorithm as noncoherent.py beside this file. Streams of all access points lie side by side, [r, row, s], and `sent` says whose each is, so that nothing is
gathered. Runs on CUDA where there is a device, else on the processor; --arrays numpy takes numpy instead of PyTorch, which is how the algorithm is tested without it.
Prints one JSON object; see README.md beside this file.
"""

import argparse
import json
import sys
import time

import coherent_torch
import noncoherent
import numpy as np
from coherent_torch import over_blocks, square


class Arrays(coherent_torch.Arrays):
    """Further calls that numpy and PyTorch spell differently."""

    def adjoint(self, a):
        return a.mH if self.is_torch else a.conj().swapaxes(-1, -2)

    def as_type(self, a, dtype):
        return a.to(getattr(self.xp, np.dtype(dtype).name)) if self.is_torch else a.astype(dtype, copy=False)

    def widened(self, a):
        """In double, complex where it was."""
        return self.as_type(a, np.complex128 if "complex" in str(a.dtype) else np.float64)

    def narrowed(self, a):
        """In the precision of the channels."""
        return self.as_type(a, self.complex if "complex" in str(a.dtype) else self.real)

    def cholesky(self, A):
        return self.xp.linalg.cholesky_ex(A)[0] if self.is_torch else np.linalg.cholesky(A)  # _ex does not wait for the device

    def try_cholesky(self, A):
        """And whether there was none, for each of [p, S, S]; the factor is then anything finite."""
        if self.is_torch:
            L, info = self.xp.linalg.cholesky_ex(A)
            return self.xp.where((info > 0)[:, None, None], self.xp.ones_like(L), L), info > 0
        failed = np.linalg.eigvalsh(A)[:, 0] <= 0
        return np.linalg.cholesky(np.where(failed[:, None, None], np.eye(A.shape[-1]), A)), failed

    def substitute(self, T, B, upper=False):
        """T^{-1} B of triangular matrices."""
        return self.xp.linalg.solve_triangular(T, B, upper=upper) if self.is_torch else np.linalg.solve(T, B)

    def along(self, a, at, axis):
        return self.xp.take_along_dim(a, at, axis) if self.is_torch else np.take_along_axis(a, at, axis)


def positive(xp, a):
    """What is not positive becomes 1."""
    return xp.where(a > 0, a, 1 + 0 * a)


class Problem:
    """
    H[r, k, i, N, M] divided by the noise amplitude and stream_ap[r, k, D] on the device; budgets in units of the noise. Streams s = (k, j) in this order; the access
    point of those that nobody sends is -1.
    """

    def __init__(self, arrays, H, power_budget, weight, stream_ap):
        self.arrays, self.xp = arrays, arrays.xp
        self.R, self.K, self.I, self.N, self.M = H.shape
        self.D = stream_ap.shape[2]
        self.S, self.n = self.K * self.D, self.K * self.N
        self.H = arrays.contiguous(arrays.put(H).swapaxes(1, 2)).reshape(self.R, self.I * self.n, self.M)  # H_i above each other
        self.power_budget, self.weight = arrays.put(np.array(power_budget, float)), arrays.put(np.array(weight, float))
        self.stream_ap = arrays.put(stream_ap.reshape(self.R, self.S).astype(np.int64))
        self.sent = arrays.narrowed(1.0 * (self.stream_ap[:, None, :] == arrays.put(np.arange(self.I))[:, None]))  # [r, i, s], 0 or 1
        self.own = arrays.put(np.eye(self.K))[:, None, :, None]  # [k, 1, k, 1]
        self.eye = {size: arrays.put(np.eye(size)) for size in {self.N, self.D, self.S}}

    def gram_matrices(self):
        """G_i, [r, i, n, n]."""
        H = self.H.reshape(self.R, self.I, self.n, self.M)
        return H @ self.arrays.adjoint(H)

    def spread(self, X):
        """[r, a, s] to [r, (i, a), s]: every stream in the rows of its access point, zero elsewhere."""
        return (X[:, None] * self.sent[:, :, None]).reshape(self.R, -1, self.S)

    def images(self, G, X):
        """G_i x_s, i the access point of s; [r, n, s]."""
        return self.arrays.adjoint(G.reshape(self.R, -1, self.n)) @ self.spread(X)

    def beams(self, X):
        """p_s = H_i^H x_s, [r, M, s], no access point above its budget by rounding."""
        P = self.arrays.adjoint(self.H) @ self.spread(X)
        power = self.by_access_point(square(P).sum(1))
        return P * self.of_stream((self.power_budget / self.xp.maximum(power, self.power_budget + 0 * power).clip(min=1e-30)).clip(max=1) ** 0.5)

    def by_access_point(self, of_stream):
        """[r, s] summed over the streams of each access point, [r, i]."""
        return (self.sent * of_stream[:, None]).sum(-1)

    def of_stream(self, of_access_point):
        """[r, i] for each stream, [r, 1, s]; 0 for nobody's."""
        return (self.sent * of_access_point[..., None]).sum(1)[:, None]

    def weights(self, heard):
        """Omega_k = L L^H, L^{-1} G and W_k = I + G^H Omega^{-1} G of [r, n, s], with the realization and the user first; interference never as a difference."""
        heard = heard.reshape(self.R, self.K, self.N, self.K, self.D)
        others = (heard * (1 - self.own)).reshape(self.R, self.K, self.N, self.S)
        own = (heard * self.own).sum(3)
        L = self.arrays.cholesky(others @ self.arrays.adjoint(others) + self.eye[self.N])
        half = self.arrays.substitute(L, own)
        return L, half, self.arrays.adjoint(half) @ half + self.eye[self.D]

    def rates(self, heard):
        """Weighted sum rate, bit/s/Hz, [r]."""
        root = self.arrays.cholesky(self.weights(heard)[2]).diagonal(0, -2, -1).real
        return 2 * self.xp.log2(root).sum(-1) @ self.weight

    def sum_rate(self, P):
        """From the channels themselves."""
        return self.rates(((self.H @ P).reshape(self.R, self.I, self.n, self.S) * self.sent[:, :, None]).sum(1))

    def factors(self, heard):
        """F [r, n, s] with T = F F^H, and C [r, s, s]: F C = E."""
        adjoint, substitute, D = self.arrays.adjoint, self.arrays.substitute, self.D
        L, half, W = self.weights(heard)
        root, amplitude = self.arrays.cholesky(W), over_blocks(self.weight**0.5)
        F = adjoint(substitute(root, adjoint(substitute(adjoint(L), half, upper=True)))) * amplitude  # [r, k, N, D]
        F, C = F[:, :, :, None] * self.own, (adjoint(root) * amplitude)[:, :, :, None] * self.own
        return F.reshape(self.R, self.n, self.S), C.reshape(self.R, self.S, self.K * D)


def local_zero_forcing(problem, G):
    """x_s [r, n, s]: X_i = gamma_i B_i (R_i^H R_i)^{-1}, B_i with left singular vectors over singular values of the served links, R_i = H_i^H B_i; small systems in double."""
    arrays, xp, R, K, N, D, S = problem.arrays, problem.xp, problem.R, problem.K, problem.N, problem.D, problem.S
    ap = problem.stream_ap.clip(min=0)
    links = G.reshape(R, problem.I, K, N, K, N).diagonal(0, 2, 4).swapaxes(2, 4).swapaxes(3, 4)  # H_ki H_ki^H, [r, i, k, N, N]
    links = links.swapaxes(1, 2)[:, :, :, None].reshape(R, K, problem.I, N * N)
    links = arrays.along(links, ap.reshape(R, K, D, 1), 2).reshape(R, S, N, N)
    gains, vectors = xp.linalg.eigh(arrays.widened(links))
    of_user = problem.stream_ap.reshape(R, K, D)
    number = (of_user[..., None, :] == of_user[..., None])  # how many earlier streams of the user the same access point sends
    number = arrays.as_type(number, np.int64) * arrays.put(np.tril(np.ones((D, D), np.int64), -1))
    number = number.sum(-1).reshape(R, S)
    column = N - 1 - number.clip(max=N - 1)  # eigenvalues ascend
    gain, largest = arrays.along(gains, column[..., None], -1)[..., 0], gains[..., -1]
    live = (problem.stream_ap >= 0) & (number < min(N, problem.M)) & (gain > N * arrays.epsilon * largest)
    v = arrays.along(vectors, column[..., None, None], -1)[..., 0] * (live / xp.where(live, gain, 1 + 0 * gain) ** 0.5)[..., None]  # [r, s, N]
    B = v.reshape(R, K, D, N).swapaxes(2, 3)[:, :, :, None] * problem.own
    B = arrays.narrowed(B).reshape(R, problem.n, S)
    alive = arrays.widened(problem.sent) * live[:, None]  # [r, i, s]
    gram = arrays.widened(arrays.adjoint(B)[:, None] @ (G @ B[:, None])) * alive[..., None] * alive[:, :, None]
    gram = gram + (1 - alive)[..., None] * problem.eye[S]  # ones for the streams of others
    e = xp.linalg.eigvalsh(gram)
    ridge = (alive.sum(-1) > problem.M) | (e[..., 0] < noncoherent.LocalZeroForcing.SMALLEST_EIGENVALUE * e[..., -1])
    inverse = xp.linalg.inv(gram + over_blocks(noncoherent.LocalZeroForcing.RIDGE * ridge * e[..., -1]) * problem.eye[S]) * alive[..., None, :]
    power = (inverse.conj() * (gram @ inverse)).real.sum((-2, -1))
    scale = ((power > 0) * problem.power_budget / positive(xp, power)) ** 0.5
    return B @ arrays.narrowed((inverse * over_blocks(scale)).sum(1))


class PowerEquation:
    """
    (A + lambda I)^{-1} C of a batch of systems [p, S, S], and the least lambda >= 0 whose power tr(Y^H A Y) keeps the budget: Newton's method on 1/sqrt(power), which is
    concave, so that from below it stays below and from above the first step goes there. Multipliers are in double, whatever the systems are in.
    """

    STEPS = 50
    CANCELLED = 1e-9  # share of the budget that rounding may hide from by_factors

    def __init__(self, arrays, name, in_double):
        self.arrays, self.xp, self.wide = arrays, arrays.xp, arrays.widened if in_double else arrays.narrowed
        self.epsilon = float(np.finfo(float).eps) if in_double else arrays.epsilon
        self.solve = {"eigen": self.by_eigenvalues, "cholesky": self.by_factors}[name]

    def by_eigenvalues(self, A, C, budget, multiplier):
        """At lambda = 0 the pseudo-inverse. With z = U^H c and b = mu |z|^2 the power is sum b/(mu + lambda)^2."""
        xp, arrays = self.xp, self.arrays
        mu, U = xp.linalg.eigh(A)
        mu, turned = mu.clip(min=0), arrays.adjoint(U) @ C
        b, mu = arrays.widened(mu * square(turned).sum(-1)), arrays.widened(mu)
        largest = xp.amax(mu, -1)
        kept = mu > (4 * mu.shape[-1] * self.epsilon * largest)[:, None]
        inverse = kept / xp.where(kept, mu, 1 + 0 * mu)
        active = (b * inverse**2).sum(-1) > budget
        high = (b.sum(-1) / budget) ** 0.5
        low = xp.maximum(high - largest, 1e-15 * high).clip(min=1e-140)
        lam = xp.maximum(low, multiplier)
        for _ in range(self.STEPS):
            shifted = 1 / (mu + lam[:, None])
            terms = b * shifted**2
            power = terms.sum(-1)
            following = xp.maximum(low, lam + power / (terms * shifted).sum(-1).clip(min=1e-290) * ((power / budget) ** 0.5 - 1))
            moving = active & (abs(following - lam) > 1e-13 * lam)
            lam = xp.where(moving, following, lam)
            if not bool(moving.any()):
                break
        inverse = xp.where(active[:, None], 1 / (mu + lam[:, None]), inverse)
        return U @ (turned * self.wide(inverse)[..., None]), xp.where(active, lam, 0 * lam)

    def by_factors(self, A, C, budget, multiplier):
        """
        A + lambda I = L L^H and Y_n = L^{-n} C, n halves of the inverse: power = |Y_1|^2 - lambda |Y_2|^2, slope = -2 (|Y_2|^2 - lambda |Y_3|^2). Only what moves is
        factored again. A multiplier that falls below rounding counts as 0; where the differences cancel, eigenvalues decide.
        """
        xp, arrays, S = self.xp, self.arrays, A.shape[-1]
        eye, mean = arrays.put(np.eye(S)), arrays.widened(A.diagonal(0, -2, -1).real.sum(-1)) / S
        low = (16 * S * self.epsilon * mean).clip(min=1e-140)
        lam = xp.maximum(low, xp.where(multiplier > 0, multiplier, 0.1 * mean))
        at = None
        for _ in range(self.STEPS):
            system, right, shift, P, least = (A, C, lam, budget, low) if at is None else (A[at], C[at], lam[at], budget[at], low[at])
            L, failed = arrays.try_cholesky(system + self.wide(shift)[:, None, None] * eye)
            first = arrays.substitute(L, right)
            second = arrays.substitute(arrays.adjoint(L), first, upper=True)
            energies = (square(part).sum((-2, -1)) for part in (first, second, arrays.substitute(L, second)))
            half, whole, third = (arrays.widened(energy) for energy in energies)
            power, slope = half - shift * whole, 2 * (whole - shift * third)
            failed = failed | ~((power > 0) & (slope > 0) | (half == 0))
            following = xp.maximum(least, shift + 2 * power / positive(xp, slope) * ((power.clip(min=0) / P) ** 0.5 - 1))
            moving = (abs(power - P) > 1e-10 * P) & (abs(following - shift) > 1e-10 * shift) & (half > 0) & ~failed
            behind = xp.where(failed, np.inf + 0 * P, half / P)
            if at is None:
                Y, lam, hidden, at = second, xp.where(moving, following, shift), behind, xp.nonzero(moving)
                at = at[:, 0] if arrays.is_torch else at[0]
            else:
                Y[at], lam[at], hidden[at] = second, xp.where(moving, following, shift), behind
                at = at[moving]
            if len(at) == 0:
                break
        lam = xp.where(lam > low, lam, 0 * lam)
        lost = ~(8 * self.epsilon * hidden < self.CANCELLED)
        if bool(lost.any()):
            Y[lost], lam[lost] = self.by_eigenvalues(A[lost], C[lost], budget[lost], lam[lost])
        return Y, lam


class ReducedWmmse:
    """X_i = F (F^H G_i F + lambda_i I)^{-1} C_i, the systems of all access points and realizations at once."""

    def __init__(self, problem, equation):
        self.problem, self.xp, self.arrays, self.equation = problem, problem.xp, problem.arrays, equation
        self.has_budget = 1 * (problem.power_budget > 0)
        self.budgets = self.arrays.widened(positive(self.xp, problem.power_budget) + 0 * problem.sent[..., 0]).reshape(-1)

    def iterate(self, G, X, count):
        problem, xp, arrays, wide, S = self.problem, self.xp, self.arrays, self.equation.wide, self.problem.S
        rows, sent = wide(G).reshape(problem.R, -1, problem.n), (problem.sent * self.has_budget[:, None])[:, :, None]
        heard, multiplier = problem.images(G, X), 0 * self.budgets
        for _ in range(count):
            F, C = problem.factors(heard)
            A = arrays.adjoint(wide(F))[:, None] @ (rows @ wide(F)).reshape(problem.R, problem.I, problem.n, S)
            Y, multiplier = self.equation.solve(A.reshape(-1, S, S), wide(C[:, None] * sent).reshape(-1, S, S), self.budgets, multiplier)
            X = F @ arrays.narrowed(Y.reshape(problem.R, problem.I, S, S).sum(1))
            heard = problem.images(G, X)
            power = problem.by_access_point((X.conj() * heard).real.sum(1))  # tr(X^H G X) knows the power of weak links to more digits than the power equation
            scaled = (power > 0) & ((multiplier.reshape(power.shape) > 0) | (power > problem.power_budget))
            scale = problem.of_stream(xp.where(scaled, problem.power_budget / positive(xp, power), 1 + 0 * power) ** 0.5)
            X, heard = X * scale, heard * scale
        return X


def solve(arrays, H, power_budget, weight, stream_ap, iterations, equation="eigen", systems_in_double=True):
    """Sum rates; seconds of everything from channels to precoders in the host's memory, of the iterations, of what comes before them."""
    arrays.synchronize()
    times = [time.perf_counter()]
    problem = Problem(arrays, H, power_budget, weight, stream_ap)
    G = problem.gram_matrices()
    X = local_zero_forcing(problem, G)
    arrays.synchronize()
    times.append(time.perf_counter())
    X = ReducedWmmse(problem, PowerEquation(arrays, equation, systems_in_double)).iterate(G, X, iterations)
    arrays.synchronize()
    times.append(time.perf_counter())
    P = problem.beams(X)
    rates = arrays.get(problem.sum_rate(P)).tolist()
    arrays.get(P)
    return rates, time.perf_counter() - times[0], times[2] - times[1], times[1] - times[0]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", required=True, help=".npz with H[realization, user, accessPoint, userAntenna, antenna], or .npy; y = H p")
    parser.add_argument("--precoder", default="ncjt-rwmmse", choices=["ncjt-rwmmse"])
    parser.add_argument("--serving", default="file", help="as noncoherent.py has it: file, all, strongest:L, nearest:L")
    parser.add_argument("--streams", type=int, help="from every serving access point, where the file has no table of them; 1 by default")
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", help="realizations at a time, those of the file over and over; as many as it has when left out")
    parser.add_argument("--limit-realizations", type=int)
    parser.add_argument("--snr-db", type=float, help="power over noise at every access point; by default both are the file's, 1 where it has none")
    parser.add_argument("--normalize", choices=["none", "mean", "geometric"], default="none")
    parser.add_argument("--precision", choices=["single", "double"], default="single")
    parser.add_argument("--systems", choices=["single", "double"], default="double", help="precision of the systems of order S; in single some drops lose a tenth of their rates")
    parser.add_argument("--equation", choices=["eigen", "cholesky"], default="eigen", help="how the systems with their multipliers are solved")
    parser.add_argument("--arrays", choices=["torch", "numpy"], default="torch")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arrays = Arrays(arguments.arrays, arguments.precision == "double")
    in_double = "double" in (arguments.systems, arguments.precision)
    H, power_budget, weight, table = noncoherent.load(arguments.channels, arguments)
    batches = []
    for count in arguments.batches or [len(H)]:
        channels, streams = np.resize(H, (count, *H.shape[1:])), np.resize(table, (count, *table.shape[1:]))
        try:
            runs = [solve(arrays, channels, power_budget, weight, streams, arguments.iterations, arguments.equation, in_double) for _ in range(1 + arguments.repeats)][1:]  # the first warms up
        except RuntimeError as error:  # out of the device's memory: the other sizes still count
            print(f"noncoherent_torch.py: batch of {count}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        seconds, iterating = min(run[1] for run in runs), min(run[2] for run in runs)
        batches.append({
            "batch": count, "seconds": [run[1] for run in runs], "iterate_seconds": [run[2] for run in runs], "prepare_seconds": [run[3] for run in runs], "sum_rate": runs[-1][0],
            "realizations_per_second": count / seconds, "seconds_per_iteration_and_realization": iterating / (count * max(1, arguments.iterations)),
        })
    if not batches:
        sys.exit("noncoherent_torch.py: no batch could be solved")
    last = batches[-1]
    print(json.dumps({
        "precoder": arguments.precoder, "iterations": arguments.iterations, "realizations": last["batch"], "precision": arguments.precision, "systems": "double" if in_double else "single", "equation": arguments.equation,
        **{name: last[name] for name in ("seconds", "iterate_seconds", "prepare_seconds", "sum_rate")},
        "batches": batches, "device": arrays.device_name, "arrays": arguments.arrays, "numpy": np.__version__,
        "torch": arrays.xp.__version__ if arrays.is_torch else None, "cuda": arrays.xp.version.cuda if arrays.is_torch else None,
    }))


if __name__ == "__main__":
    main()
