#!/usr/bin/env python3
"""The non-coherent precoders in numpy, a batch of realizations at a time: what the engines are raced against.

Every stream leaves one access point; users decode all of theirs jointly. P_i = H_i^H X_i, and the iterations see only G_i = H_i H_i^H. Arrays of many small systems have
the realization last, so that a factorization is a few passes over long rows; products have it first. Prints one JSON object; see README.md beside this file.
"""

import argparse
import json
import multiprocessing
import os
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", required=True, help=".npz with H[realization, user, accessPoint, userAntenna, antenna], or .npy; y = H p")
    parser.add_argument("--precoder", default="ncjt-rwmmse", choices=["local-ezf", "ncjt-wmmse", "ncjt-rwmmse"])
    parser.add_argument("--serving", default="file", help="file (serving or streams[accessPoint, user], or streamAccessPoint and streamUser[stream], else all), all, strongest:L, nearest:L")
    parser.add_argument("--streams", type=int, help="from every serving access point, where the file has no table of them; 1 by default")
    parser.add_argument("--iterations", type=int, default=30)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limit-realizations", type=int)
    parser.add_argument("--snr-db", type=float, help="power over noise at every access point; by default both are the file's, 1 where it has none")
    parser.add_argument("--normalize", choices=["none", "mean", "geometric"], default="none", help="mean over the users, of values or of decibels, of sum_i ||H_ki||^2/(N M) is 1")
    parser.add_argument("--precision", choices=["single", "double"], default="single")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="processes that take piece after piece of the batch, each with BLAS on one thread")
    parser.add_argument("--one-at-a-time", action="store_true", help="drop by drop as the equations read, without batches: noncoherent_plain.py")
    parser.add_argument("--piece", type=int, help="realizations in a piece; by default as many as keep the systems of all access points in 2 MiB")
    return parser.parse_args()


ARGUMENTS = parse_arguments() if __name__ == "__main__" else None
if ARGUMENTS is not None:  # OpenBLAS reads its environment when it is loaded
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    if os.path.exists("/proc/cpuinfo") and "avx512f" in open("/proc/cpuinfo").read():
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"  # builds older than the processor would fall back to slower kernels

import noncoherent_plain  # noqa: E402
import numpy as np  # noqa: E402
from coherent import BLAS  # noqa: E402


# ---------------------------------------------------------------------------------------------------------------------------------------------------
# Small systems, [row, column, problem]: every statement is one pass over all problems.
# ---------------------------------------------------------------------------------------------------------------------------------------------------


def energy(a, axis=None):
    return (a.real**2 + a.imag**2).sum(axis)


def factor(A):
    """A := L below and on the diagonal, A = L L^H; 1/L_jj, real. Where A is not positive definite the result is not finite."""
    inverse = np.empty(A.shape[1:], A.real.dtype)
    with np.errstate(invalid="ignore", divide="ignore"):
        for j in range(len(A)):
            inverse[j] = 1 / np.sqrt(A[j, j].real)
            A[j:, j] *= inverse[j]
            below = A[j + 1 :, j]
            A[j + 1 :, j + 1 :] -= below[:, None] * below.conj()
    return inverse


def forward(L, inverse, B):
    """B := L^{-1} B."""
    for j in range(len(L)):
        B[j] *= inverse[j]
        B[j + 1 :] -= L[j + 1 :, j][:, None] * B[j]


def backward(L, inverse, B):
    """B := L^{-H} B."""
    for j in reversed(range(len(L))):
        B[j] *= inverse[j]
        B[:j] -= L[j, :j].conj()[:, None] * B[j]


class PowerEquation:
    """(A + lambda I)^{-1} C with the least lambda >= 0 that keeps the power within the budget."""

    STEPS = 100
    FEW = 4  # problems that are not worth another pass after some: eigenvalues settle them
    SMALLEST_MULTIPLIER = 1e-12  # as a share of the mean eigenvalue; below it the eigendecomposition decides. Strong users grade the systems: 1e-6 is a share
    # that multipliers fall below, and eigenvalues that single precision would call zero hold power

    def __init__(self, epsilon):
        self.epsilon = epsilon
        self.tolerance = 16 * epsilon

    def solve(self, A, C, budget, multiplier, exact, reduced):
        """
        A[row, column, problem], C[row, column, problem]; multipliers of the last iteration in (nan: none yet), of this one out; exact(problem) is A in double. Power is ||Y||^2, or tr(Y^H A Y) where reduced.

        Newton's method on 1/sqrt(power), bracketed, for all problems that are not done: with A + lambda I = L L^H and Y_n = L^{-n} C (n halves of the inverse)
        power = ||Y_2||^2 and slope = -2 ||Y_3||^2, or power = ||Y_1||^2 - lambda ||Y_2||^2 and slope = -2 (||Y_2||^2 - lambda ||Y_3||^2).
        """
        Y = np.zeros_like(C)
        size = len(A)
        mean = np.einsum("aap->p", A).real / size
        solvable = (mean > 0) & (budget > 0) & (energy(C, (0, 1)) > 0)
        singular = list(np.flatnonzero(solvable & (multiplier == 0)))
        at = np.flatnonzero(solvable & (multiplier != 0))
        lam = np.where(multiplier > 0, multiplier, 0.1 * mean)
        low, high, last = np.zeros(len(lam)), np.full(len(lam), np.inf), np.full(len(lam), np.inf)
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            for step in range(self.STEPS):
                if len(at) == 0 or (step >= 3 and len(at) <= self.FEW):
                    break
                L, Z = (A.copy(), C.copy()) if len(at) == len(budget) else (A.take(at, 2), C.take(at, 2))  # take keeps the rows of problems contiguous
                L[range(size), range(size)] += lam[at].astype(L.real.dtype)
                inverse = factor(L)
                forward(L, inverse, Z)
                half = energy(Z, (0, 1)).astype(float)
                backward(L, inverse, Z)
                whole = energy(Z, (0, 1)).astype(float)
                power = half - lam[at] * whole if reduced else whole
                finite = np.isfinite(power)
                done = np.abs(power - budget[at]) <= np.maximum(self.tolerance * budget[at], 8 * self.epsilon * half if reduced else 0)
                done |= finite & (np.abs(lam[at] - last[at]) <= 4 * self.epsilon * lam[at])  # the last step was rounding
                finished, rest = np.flatnonzero(done), np.flatnonzero(~done & finite)
                Y[:, :, at[finished]] = Z.take(finished, 2)
                singular.extend(at[~finite])
                if len(rest) < len(at):
                    L, Z, inverse, whole, power = L.take(rest, 2), Z.take(rest, 2), inverse.take(rest, 1), whole[rest], power[rest]
                at = at[rest]
                second = Z.copy()
                forward(L, inverse, Z)
                third = energy(Z, (0, 1)).astype(float)
                slope = -2 * (whole - lam[at] * third if reduced else third)
                above = power > budget[at]
                low[at], high[at] = np.where(above, lam[at], low[at]), np.where(above, high[at], lam[at])
                newton = lam[at] + 2 * power * (1 - np.sqrt(power / budget[at])) / slope
                middle = np.where(np.isinf(high[at]), 8 * low[at], np.where(low[at] > 0, np.sqrt(low[at] * high[at]), high[at] / 16))
                following = np.where((low[at] < newton) & (newton < high[at]), newton, middle)
                change = following - lam[at]
                stuck = following < self.SMALLEST_MULTIPLIER * mean[at]
                near = np.abs(change) <= np.sqrt(self.tolerance) * lam[at]
                last[at], lam[at] = lam[at], following
                if near.any():  # the rest is linear: (A + (lambda + change) I)^{-1} C = Y_2 - change Y_4
                    finished = np.flatnonzero(near)
                    L, inverse, Z = (L, inverse, Z) if near.all() else (L.take(finished, 2), inverse.take(finished, 1), Z.take(finished, 2))
                    backward(L, inverse, Z)
                    Z *= change[finished].astype(Z.real.dtype)
                    Y[:, :, at[finished]] = second.take(finished, 2) - Z
                singular.extend(at[stuck])
                at = at[~stuck & ~near]
        singular.extend(at)
        for problem in singular:
            Y[:, :, problem], lam[problem] = self.by_eigenvalues(exact(problem), C[:, :, problem], budget[problem], reduced)
        multiplier[...] = np.where(solvable, lam, 0)
        return Y

    def by_eigenvalues(self, A, C, budget, reduced):
        """One problem, in double; at lambda = 0 the pseudo-inverse."""
        mu, Q = np.linalg.eigh(A)
        mu = np.maximum(mu, 0)
        turned = Q.conj().T @ C
        b = energy(turned, 1) * (mu if reduced else 1)
        kept = mu > 4 * len(mu) * np.finfo(float).eps * mu.max()
        inverse, lam = np.divide(1, mu, out=np.zeros_like(mu), where=kept), 0.0
        if (b * inverse**2).sum() > budget:
            low, high = 0.0, (b.sum() / budget) ** 0.5
            for _ in range(60):
                lam = (low + high) / 2
                low, high = (lam, high) if (b / (mu + lam) ** 2).sum() > budget else (low, lam)
            lam = high
            inverse = 1 / (mu + lam)
        return (Q * inverse) @ turned, lam


# ---------------------------------------------------------------------------------------------------------------------------------------------------


class Problem:
    """
    A piece of the batch: H[r, k, i, N, M] divided by the noise amplitude, budgets in units of the noise, stream_ap[r, k, D]: the access point of user k's j-th
    stream, -1 where it has fewer. Streams s = (k, j) in this order.
    """

    def __init__(self, H, power_budget, weight, stream_ap):
        self.R, self.K, self.I, self.N, self.M = H.shape
        self.D = stream_ap.shape[2]
        self.S, self.n = self.K * self.D, self.K * self.N
        self.power_budget, self.weight = power_budget, weight
        self.dtype, self.real = H.dtype, H.real.dtype
        self.stacked = np.ascontiguousarray(H.transpose(0, 2, 1, 3, 4)).reshape(self.R, self.I, self.n, self.M)  # H_i
        self.stream_ap = stream_ap.reshape(self.R, self.S)
        self.sent = self.stream_ap[:, None, :] == np.arange(self.I)[:, None]  # [r, i, s]
        self.number = np.zeros_like(self.stream_ap)  # of a stream among those of its access point and user
        for j in range(self.D):
            self.number.reshape(stream_ap.shape)[:, :, j] = (stream_ap[:, :, :j] == stream_ap[:, :, j : j + 1]).sum(2)
        self.slots()

    def slots(self):
        """Streams of every access point in a row of equal length: slot_stream[r, i, m], -1 at the end; and where every stream is."""
        self.m = max(1, int(self.sent.sum(2).max()))
        order = np.argsort(~self.sent, axis=2, kind="stable")[:, :, : self.m]
        self.slot_live = np.take_along_axis(self.sent, order, 2)
        self.slot_stream = order
        self.slot_of = np.take_along_axis(np.cumsum(self.sent, 2) - 1, np.maximum(self.stream_ap, 0)[:, None, :], 1)[:, 0]  # [r, s]
        self.live = self.stream_ap >= 0

    def gram_matrices(self):
        """G_i, [r, i, n, n]."""
        return np.matmul(self.stacked, self.stacked.conj().swapaxes(2, 3))

    def collect(self, blocks):
        """[r, i, a, m], slots of access points, to [r, a, s], streams."""
        found = blocks[np.arange(self.R)[:, None], np.maximum(self.stream_ap, 0), :, self.slot_of]  # [r, s, a]
        found[~self.live] = 0
        return found.swapaxes(1, 2)

    def own(self, heard):
        """[r, n, s] as [N, D, r k]: what every user hears of its own streams."""
        blocks = heard.reshape(self.R, self.K, self.N, self.K, self.D)[:, np.arange(self.K), :, np.arange(self.K)]  # [k, r, N, D]
        return np.ascontiguousarray(blocks.transpose(2, 3, 1, 0)).reshape(self.N, self.D, -1)

    def interference(self, heard):
        """Omega_k = I + sum over the streams of others, [N, N, r k]; never as a difference."""
        R, K, N, D, S = self.R, self.K, self.N, self.D, self.S
        others = heard.reshape(R, K, N, K, D).copy()
        others[:, np.arange(K), :, np.arange(K)] = 0
        others = others.reshape(R * K, N, S)
        omega = np.ascontiguousarray(np.matmul(others, others.conj().swapaxes(1, 2)).transpose(1, 2, 0))
        omega[range(N), range(N)] += 1
        return omega

    def rates(self, heard):
        """Weighted sum rate, bit/s/Hz, [r]: log2 det W_k, W = I + G^H Omega^{-1} G."""
        W = self.weights(self.interference(heard), self.own(heard))[0]
        return -2 * np.log2(factor(W)).sum(0).reshape(self.R, self.K).astype(float) @ self.weight

    def weights(self, omega, own):
        """W_k [D, D, r k] and Omega^{-1} G, which is U W, [N, D, r k]."""
        inverse = factor(omega)
        half = own.copy()
        forward(omega, inverse, half)
        W = np.empty((self.D, self.D, own.shape[2]), self.dtype)
        for a in range(self.D):
            for b in range(a + 1):
                W[a, b] = (half[:, a].conj() * half[:, b]).sum(0)
                W[b, a] = W[a, b].conj()
            W[a, a] += 1
        backward(omega, inverse, half)
        return W, half

    def factors(self, heard):
        """F [r, n, s] with T = F F^H, and C in slots, [s, m, r i]: F C_i = E_i."""
        R, K, N, D, S, m = self.R, self.K, self.N, self.D, self.S, self.m
        W, Z = self.weights(self.interference(heard), self.own(heard))
        inverse = factor(W)
        half = np.ascontiguousarray(Z.conj().swapaxes(0, 1))  # U L = Omega^{-1} G L^{-H}
        forward(W, inverse, half)
        amplitude = np.sqrt(self.weight).astype(self.real)
        F = np.zeros((R, K, N, K, D), self.dtype)
        F[:, np.arange(K), :, np.arange(K)] = (half.conj().reshape(D, N, R, K) * amplitude).transpose(3, 2, 1, 0)
        root = np.zeros((D, D, R, K), self.dtype)  # sqrt(alpha) L^H
        for a in range(D):
            root[a, a:] = W[a:, a].conj().reshape(-1, R, K) * amplitude
        k, j = self.slot_stream // D, self.slot_stream % D  # [r, i, m]
        values = root[:, j, np.arange(R)[:, None, None], k] * self.slot_live  # [D, r, i, m]
        C = np.zeros((R, self.I, m, K, D), self.dtype)
        C[np.arange(R)[:, None, None], np.arange(self.I)[:, None], np.arange(m), k] = values.transpose(1, 2, 3, 0)
        return F.reshape(R, self.n, S), np.ascontiguousarray(C.reshape(R * self.I, m, S).transpose(2, 1, 0))

    def budgets(self):
        return np.tile(self.power_budget, self.R)

    def beams(self, X):
        """P_i = H_i^H X_i in slots, [r, i, M, m], no access point above its budget by rounding."""
        P = np.matmul(self.stacked.conj().swapaxes(2, 3), X)
        return self.within_budget(P)

    def within_budget(self, P):
        power = energy(P, (2, 3)).astype(float)
        P *= np.sqrt(np.minimum(1, self.power_budget / np.maximum(power, self.power_budget))).astype(self.real)[:, :, None, None]
        return P

    def sum_rate(self, P):
        """From the channels themselves."""
        return self.rates(self.collect(np.matmul(self.stacked, P)))


class LocalZeroForcing:
    """X_i = gamma_i B_i (R_i^H R_i)^{-1}: B_i has left singular vectors over singular values of the served links, R_i = H_i^H B_i the right ones."""

    SMALLEST_EIGENVALUE = 1e-8
    RIDGE = 1e-3

    def __init__(self, problem):
        self.problem = problem

    def coordinates(self, G):
        """X_i in slots, [r, i, n, m]."""
        problem = self.problem
        R, I, K, N, D, m = problem.R, problem.I, problem.K, problem.N, problem.D, problem.m
        k, live = problem.slot_stream // D, problem.slot_live
        served = np.zeros((R, I, K), bool)
        r, i = np.arange(R)[:, None, None], np.arange(I)[:, None]
        np.logical_or.at(served, (np.broadcast_to(r, k.shape)[live], np.broadcast_to(i, k.shape)[live], k[live]), True)
        links = G.reshape(R, I, K, N, K, N)[:, :, np.arange(K), :, np.arange(K)].transpose(1, 2, 0, 3, 4)[served]  # H_ki H_ki^H
        gains, vectors = np.linalg.eigh(links.astype(np.complex128))
        link_of = np.zeros((R, I, K), int)
        link_of[served] = np.arange(len(gains))
        column = N - 1 - np.minimum(problem.number[r, problem.slot_stream], N - 1)  # eigenvalues ascend
        link = link_of[r, i, k]
        gain = gains[link, column]
        live = live & (problem.number[r, problem.slot_stream] < min(N, problem.M)) & (gain > N * np.finfo(problem.real).eps * gains[link, N - 1])
        B = np.zeros((R, I, m, K, N), np.complex128)
        B[r, i, np.arange(m), k] = np.where(live[..., None], vectors[link, :, column] / np.sqrt(np.where(live, gain, 1))[..., None], 0)
        B = B.reshape(R, I, m, -1).swapaxes(2, 3).astype(problem.dtype)
        gram = np.matmul(B.conj().swapaxes(2, 3), np.matmul(G, B)).astype(np.complex128)  # R^H R, with ones for empty slots
        gram[..., range(m), range(m)] += ~live
        e = np.linalg.eigvalsh(gram)
        ridge = (live.sum(2) > problem.M) | (e[..., 0] < self.SMALLEST_EIGENVALUE * e[..., -1])
        regular = gram.copy()
        regular[..., range(m), range(m)] += np.where(ridge, self.RIDGE * e[..., -1], 0)[..., None]
        inverse = np.linalg.inv(regular) * live[..., None, :]
        power = np.einsum("riab,riab->ri", inverse.conj(), np.matmul(gram, inverse)).real
        scale = np.sqrt(problem.power_budget / np.where(power > 0, power, np.inf))
        return np.matmul(B, (inverse * scale[..., None, None]).astype(problem.dtype))


class ReducedWmmse:
    """X_i = F (F^H G_i F + lambda_i I)^{-1} C_i: systems of all streams, whatever the antennas."""

    TRUST = 1e-3  # of the budget: further from it, a solution is computed again in double

    def __init__(self, problem, equation):
        self.problem, self.equation = problem, equation

    def iterate(self, G, X, count):
        problem = self.problem
        R, I, n, S, m = problem.R, problem.I, problem.n, problem.S, problem.m
        heard = problem.collect(np.matmul(G, X))
        G_rows = G.reshape(R, I * n, n)
        multiplier, budgets = np.full(R * I, np.nan), problem.budgets()
        for _ in range(count):
            F, C = problem.factors(heard)
            GF = np.matmul(G_rows, F).reshape(R, I, n, S)
            A = np.matmul(F.conj().swapaxes(1, 2)[:, None], GF).reshape(R * I, S, S)

            def exact(one):
                f = F[one // I].astype(np.complex128)
                return f.conj().T @ (G[one // I, one % I] @ f)

            Y = self.equation.solve(np.ascontiguousarray(A.transpose(1, 2, 0)), C, budgets, multiplier, exact, reduced=True)
            Y = np.ascontiguousarray(Y.transpose(2, 0, 1)).reshape(R, I, S, m)
            X, blocks = np.matmul(F[:, None], Y), np.matmul(GF, Y)
            power = self.power(X, blocks)
            share = power / np.where(problem.power_budget > 0, problem.power_budget, 1)
            active = multiplier.reshape(R, I) > 0
            for r, i in np.argwhere((share > 1 + self.TRUST) | (active & (share < 1 - self.TRUST))):  # the system's small eigenvalues were rounding
                one = r * I + i
                y, multiplier[one] = self.equation.by_eigenvalues(exact(one), C[:, :, one], budgets[one], reduced=True)
                y = y.astype(problem.dtype)
                X[r, i], blocks[r, i] = F[r] @ y, GF[r, i] @ y
                power[r, i] = self.power(X[r : r + 1, i : i + 1], blocks[r : r + 1, i : i + 1])[0, 0]
            scaled = (power > 0) & ((multiplier.reshape(R, I) > 0) | (power > problem.power_budget))
            scale = np.sqrt(np.where(scaled, problem.power_budget / np.where(scaled, power, 1), 1)).astype(problem.real)[:, :, None, None]
            heard = problem.collect(blocks * scale)
        return X * scale if count else X

    @staticmethod
    def power(X, blocks):
        """||P_i||^2 = tr(X^H G X), [r, i]: knows the power of weak links to more digits than the power equation."""
        return np.einsum("riam,riam->ri", X.conj(), blocks).real.astype(float)

    def precoders(self, G, X, count):
        return self.problem.beams(self.iterate(G, X, count))


class Wmmse:
    """P_i = (A_i + lambda_i I)^{-1} B_i, A_i = H_i^H T H_i: systems of all antennas."""

    def __init__(self, problem, equation):
        self.problem, self.equation = problem, equation

    def precoders(self, G, X, count):
        problem = self.problem
        R, I, M, m = problem.R, problem.I, problem.M, problem.m
        P = problem.beams(X)
        multiplier, budgets = np.full(R * I, np.nan), problem.budgets()
        for _ in range(count):
            F, C = problem.factors(problem.collect(np.matmul(problem.stacked, P)))
            B = np.matmul(problem.stacked.conj().swapaxes(2, 3), F[:, None])  # H_i^H F
            A = np.matmul(B, B.conj().swapaxes(2, 3)).reshape(R * I, M, M)
            B = np.matmul(B, C.transpose(2, 0, 1).reshape(R, I, -1, m)).reshape(R * I, M, m)
            systems, right = np.ascontiguousarray(A.transpose(1, 2, 0)), np.ascontiguousarray(B.transpose(1, 2, 0))
            P = self.equation.solve(systems, right, budgets, multiplier, lambda one: A[one].astype(np.complex128), reduced=False)
            P = problem.within_budget(np.ascontiguousarray(P.transpose(2, 0, 1)).reshape(R, I, M, m))
        return P


def solve_one_at_a_time(H, power_budget, weight, stream_ap, precoder, iterations):
    began = time.perf_counter()
    rates = [noncoherent_plain.solve(h, power_budget, weight, ap, precoder, iterations)[0] for h, ap in zip(H, stream_ap)]
    return np.array(rates), began, time.perf_counter(), None


def solve_piece(H, power_budget, weight, stream_ap, precoder, iterations):
    problem = Problem(H, power_budget, weight, stream_ap)
    equation = PowerEquation(float(np.finfo(problem.real).eps))
    G = problem.gram_matrices()
    X = LocalZeroForcing(problem).coordinates(G)
    prepared = time.perf_counter()
    if precoder == "local-ezf":
        P = problem.beams(X)
    else:
        P = (ReducedWmmse if precoder == "ncjt-rwmmse" else Wmmse)(problem, equation).precoders(G, X, iterations)
    return problem.sum_rate(P), prepared, time.perf_counter(), P


class Batch:
    """All realizations, in pieces over processes: threads of Python wait for each other between calls that are as short as these."""

    def __init__(self, H, power_budget, weight, stream_ap, precoder, iterations, processes=1, piece=None, one_at_a_time=False):
        R, _, I, _, M = H.shape
        self.arguments = H, power_budget, weight, stream_ap, precoder, iterations
        size = M if precoder == "ncjt-wmmse" else stream_ap.shape[1] * stream_ap.shape[2]
        most = piece or max(1, 2**21 // (I * size * size * H.itemsize))
        pieces = -(-max(processes, -(-R // most)) // processes) * processes
        self.bounds = np.linspace(0, R, min(R, pieces) + 1).astype(int)
        self.processes = processes
        self.solve_piece = solve_one_at_a_time if one_at_a_time else solve_piece

    def __enter__(self):
        global BATCH
        BATCH = self  # children inherit the channels
        self.pool = multiprocessing.get_context("fork").Pool(self.processes) if self.processes > 1 else None
        return self

    def __exit__(self, *_):
        if self.pool:
            self.pool.terminate()

    def solve(self, number):
        H, power_budget, weight, stream_ap, precoder, iterations = self.arguments
        at = slice(*self.bounds[number : number + 2])
        began = time.perf_counter()
        rates, prepared, ended, P = self.solve_piece(H[at], power_budget, weight, stream_ap[at], precoder, iterations)
        return rates, ended - prepared, prepared - began, P

    def solve_all(self):
        """Sum rates [realization], seconds of all, and those of the iterations and of what comes before them per process."""
        began = time.perf_counter()
        numbers = range(len(self.bounds) - 1)
        done = self.pool.map(solve_number, numbers, chunksize=1) if self.pool else [self.solve(number) for number in numbers]
        seconds = time.perf_counter() - began
        rates, iterate, prepare, _ = zip(*done)
        return np.concatenate(rates), seconds, sum(iterate) / self.processes, sum(prepare) / self.processes


BATCH = None


def solve_number(number):
    return BATCH.solve(number)


def solve_all(*arguments, **options):
    with Batch(*arguments, **options) as batch:
        return batch.solve_all()


def stream_table(d):
    """stream_ap[r, k, D] from d[r, i, k]: access points ascending, -1 at the end."""
    D = max(1, int(d.sum(1).max()))
    ends = np.cumsum(d, axis=1)  # [r, i, k]
    table = (ends[:, None, :, :] <= np.arange(D)[:, None, None]).sum(2).transpose(0, 2, 1)
    return np.where(table < d.shape[1], table, -1)


def streams(H, content, serving, count):
    """d[r, i, k], how many streams access point i sends to user k."""
    R, K, I = H.shape[:3]
    rule, _, number = serving.partition(":")
    if rule == "file":
        if "streamAccessPoint" in content:
            d = np.zeros((R, I, K), int)
            ap, user = np.broadcast_arrays(np.atleast_2d(content["streamAccessPoint"]), np.atleast_2d(content["streamUser"]))
            ap, user = (np.broadcast_to(a, (R, a.shape[1])) for a in (ap, user))
            np.add.at(d, (np.arange(R)[:, None], ap, user), 1)
            return d
        table = content.get("streams") if count is None and "streams" in content else content.get("serving", np.ones((I, K), int)) * (count or 1)
        table = np.asarray(table, int)
        return np.broadcast_to(table[:R] if table.ndim == 3 else table, (R, I, K))
    if rule == "all":
        return np.full((R, I, K), count or 1)
    if rule == "strongest":
        gain = energy(H, (3, 4))  # [r, k, i]
    elif rule == "nearest":
        users, points = np.asarray(content["userPosition"], float), np.asarray(content["accessPointPosition"], float)
        users, points = (np.broadcast_to(a[:R] if a.ndim == 3 else a, (R, *a.shape[-2:])) for a in (users, points))
        gain = -np.linalg.norm(users[:, :, None] - points[:, None], axis=3)
    else:
        sys.exit(f"--serving {serving}: expected file, all, strongest:L or nearest:L.")
    best = np.argsort(-gain, axis=2, kind="stable")[:, :, : int(number)]
    d = np.zeros((R, K, I), int)
    np.put_along_axis(d, best, count or 1, 2)
    return d.transpose(0, 2, 1)


def load(path, arguments):
    """Channels divided by the noise amplitude, budgets in units of the noise, weights, access points of the streams."""
    content = np.load(path)
    content = {"H": content} if isinstance(content, np.ndarray) else dict(content)
    H = content["H"]
    if H.ndim == 4:
        H = H[None]
    if H.ndim != 5:
        sys.exit(f"{path}: shape {H.shape} has {H.ndim} axes; expected 4 [user, accessPoint, userAntenna, antenna] or 5 with realization first.")
    H = H[: arguments.limit_realizations].astype(np.complex128)
    _, K, I, N, M = H.shape
    gain = energy(H, (2, 3, 4)) / (N * M)
    if arguments.normalize != "none":
        mean = gain.mean(1) if arguments.normalize == "mean" else np.exp(np.log(gain).mean(1))
        H /= np.sqrt(mean)[:, None, None, None, None]
    noise = np.broadcast_to(np.asarray(content.get("noise", 1.0), float), (K,))
    power = np.broadcast_to(np.asarray(content.get("power", 1.0), float), (I,))
    if arguments.snr_db is not None:
        if noise.min() != noise.max():
            sys.exit(f"{path}: --snr-db needs one noise power for all users; the file has values from {noise.min():g} to {noise.max():g} W.")
        power = np.full(I, 10 ** (arguments.snr_db / 10) * noise[0])
    H /= np.sqrt(noise)[:, None, None, None]
    weight = np.broadcast_to(np.asarray(content.get("weight", 1.0), float), (K,))
    table = stream_table(streams(H, content, arguments.serving, arguments.streams))
    return H.astype(np.complex64 if arguments.precision == "single" else np.complex128), power, weight, table


def main():
    if BLAS.core_type is None:
        print(f"noncoherent.py: numpy does not use OpenBLAS but {BLAS.name or 'a BLAS that could not be told'}; its threads and kernels are its own choice.", file=sys.stderr)
    H, power_budget, weight, table = load(ARGUMENTS.channels, ARGUMENTS)
    BLAS.use(1)
    processes = max(1, min(ARGUMENTS.threads, len(H)))
    with Batch(H, power_budget, weight, table, ARGUMENTS.precoder, ARGUMENTS.iterations, processes, ARGUMENTS.piece, ARGUMENTS.one_at_a_time) as batch:
        runs = [batch.solve_all() for _ in range(ARGUMENTS.repeats)]
    print(
        json.dumps(
            {
                "precoder": ARGUMENTS.precoder,
                "iterations": ARGUMENTS.iterations,
                "realizations": len(H),
                "seconds": [run[1] for run in runs],
                "iterate_seconds": [run[2] for run in runs],
                "prepare_seconds": [run[3] for run in runs],
                "sum_rate": list(runs[-1][0]),
                "precision": ARGUMENTS.precision,
                "numpy": np.__version__,
                "blas": BLAS.name,
                "threads": processes,
                "core_type": BLAS.core_type,
            }
        )
    )


if __name__ == "__main__":
    main()
