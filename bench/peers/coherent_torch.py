#!/usr/bin/env python3
"""The coherent precoders in PyTorch, a batch of realizations at a time: what the GPU engines are raced against.

The same algorithms with the same constants as coherent.py beside this file, whose docstrings have the equations; arrays have the realization first. Runs on
CUDA where there is a device, else on the processor; --arrays numpy takes numpy instead of PyTorch, which is how the algorithms are tested without it.
Prints one JSON object; see README.md beside this file.
"""

import argparse
import json
import sys
import time

import coherent
import numpy as np
from coherent import DAMPING, INITIAL_STEP, STEP_EXPONENT, STEP_REFERENCE


class Arrays:
    """The few calls that numpy and PyTorch spell differently; `xp` is the module."""

    def __init__(self, name, double):
        self.real, self.complex, self.device = (np.float64, np.complex128, "cpu") if double else (np.float32, np.complex64, "cpu")
        self.is_torch = name == "torch"
        if self.is_torch:
            import torch

            self.device = "cuda" if torch.cuda.is_available() else "cpu"
            torch.set_grad_enabled(False)
        self.xp = torch if self.is_torch else np
        self.epsilon = float(np.finfo(self.real).eps)

    @property
    def device_name(self):
        return self.xp.cuda.get_device_name() if self.device == "cuda" else "processor"

    def put(self, a):
        a = np.asarray(a)
        a = np.ascontiguousarray(a, {"c": self.complex, "f": self.real}.get(a.dtype.kind))
        return self.xp.from_numpy(a).to(self.device) if self.is_torch else a

    def get(self, a):
        return a.cpu().numpy() if self.is_torch else a

    def synchronize(self):
        if self.device == "cuda":
            self.xp.cuda.synchronize()

    def contiguous(self, a):
        return a.contiguous() if self.is_torch else np.ascontiguousarray(a)

    def conjugate(self, a):
        return self.xp.conj_physical(a) if self.is_torch else a.conj()  # PyTorch's own is a view that products copy every time

    def gather(self, a, at):
        return self.xp.take_along_dim(a, at, -1) if self.is_torch else np.take_along_axis(a, at, -1)

    def scatter(self, a, at, values):
        a.scatter_(-1, at, values) if self.is_torch else np.put_along_axis(a, at, values, -1)

    def solve(self, A, B):
        """A^{-1} B of positive definite matrices."""
        if not self.is_torch:
            return np.linalg.solve(A, B)
        factor, substitute = self.xp.linalg.cholesky_ex(A)[0], self.xp.linalg.solve_triangular  # _ex does not wait for the device
        return substitute(factor.mH, substitute(factor, B, upper=False), upper=True)

    def fft(self, a, back=False):
        fft = self.xp.fft
        b = fft.ifft(a, norm="forward") if back else fft.fft(a)
        return b if self.is_torch else b.astype(self.complex, copy=False)

    def reals(self, a, axes):
        """[..., n] of real numbers, the first axes kept."""
        a = a.reshape(*a.shape[:axes], -1)
        return self.xp.view_as_real(a).reshape(*a.shape[:axes], -1) if self.is_torch else np.ascontiguousarray(a).view(self.real)

    def dots(self, a, b, axes=2):
        """Re<a, b> of what is behind the first axes."""
        return (self.reals(a, axes) * self.reals(b, axes)).sum(-1)

    def dots_with(self, a, b):
        """Re<a_l, b> of every block with one of each realization."""
        return (self.reals(a, 2) * self.reals(b, 1)[:, None]).sum(-1)


def over_blocks(a):
    return a[..., None, None]


def square(a):
    return a.real**2 + a.imag**2


class Batch:
    """H[realization, user, accessPoint, antenna] divided by the noise amplitude, on the device; budgets in units of the noise."""

    def __init__(self, arrays, H, power_budget, weight):
        self.arrays, self.xp = arrays, arrays.xp
        self.H = arrays.contiguous(arrays.put(H).swapaxes(1, 2))  # [r, l, k, m]
        self.H_conj = arrays.conjugate(self.H)
        self.R, self.L, self.K, self.M = self.H.shape
        self.power_budget, self.weight = arrays.put(power_budget), arrays.put(weight)
        self.eye = arrays.put(np.eye(self.K))
        self.others = 1 - self.eye

    def gram_matrices(self):
        return self.H_conj @ self.H.swapaxes(-1, -2)

    def matched_coordinates(self, G):
        trace = G.diagonal(0, -2, -1).real.sum(-1)
        c = over_blocks(self.xp.where(trace > 0, self.power_budget / trace.clip(min=1e-30), 0 * trace) ** 0.5)
        return c * self.eye + 0 * G, c * G

    def precoders(self, X):
        """P_l = H_l X_l as [r, l, u, m], no block above its budget."""
        P = X.swapaxes(-1, -2) @ self.H
        power = self.arrays.dots(P, P)
        return P * over_blocks((self.power_budget / power.clip(min=1e-30)).clip(max=1) ** 0.5)

    def sum_rate(self, P):
        S = (self.H_conj @ P.swapaxes(-1, -2)).sum(1)
        return self.rates(S)[0] / np.log(2)

    def rates(self, S):
        """-f in nats, s_kk, tot_k - int_k, int_k, tot_k."""
        signal = S.diagonal(0, -2, -1)
        own, interference = square(signal), 1 + (square(S) * self.others).sum(-1)
        return self.xp.log1p(own / interference) @ self.weight, signal, own, interference, interference + own

    def rate_weights(self, S):
        """-f, W and omega_k."""
        objective, signal, own, interference, total = self.rates(S)
        omega = self.weight * own / (total * interference)
        return objective, S * (omega[..., None] * self.others) - (self.weight * signal / total)[..., None] * self.eye, omega


class Best:
    """The best iterate of every realization."""

    def __init__(self, xp, x, objective):
        self.xp, self.x, self.objective = xp, x, objective

    def keep(self, x, objective):
        better = objective > self.objective
        self.objective = self.xp.where(better, objective, self.objective)
        self.x = self.xp.where(better.reshape(-1, *[1] * (len(x.shape) - 1)), x, self.x)


class ReducedConjugateGradient:
    def __init__(self, batch):
        self.batch, self.xp, self.arrays = batch, batch.xp, batch.arrays
        self.G = batch.gram_matrices()
        self.G_sum = self.G.sum(1)
        self.trials = self.arrays.put(coherent.ReducedConjugateGradient.TRIALS)
        self.neighbours = self.arrays.put(np.array([[-1, 0, 1]]))

    def iterate(self, count):
        b, xp, dots, dots_with, G, P = self.batch, self.xp, self.arrays.dots, self.arrays.dots_with, self.G, self.batch.power_budget
        X, S = b.matched_coordinates(G)
        objective, W, omega = b.rate_weights(S.sum(1))
        running, alpha, D, D_image, xi_old, eta_old = objective == objective, 1 + 0 * objective, 0 * X, 0 * X, None, None
        best = Best(xp, X, objective)
        for iteration in range(count):
            c = dots_with(S, W) / P
            lam = xp.maximum(-c.sum(-1) / b.L, -(c * P).sum(-1) / P.sum())
            root = (omega**0.5).clip(min=1e-15)[..., None]
            right = (S * over_blocks(c / lam[:, None])).sum(1) * root + W / root
            Q = root * self.arrays.solve(root * self.G_sum * root.swapaxes(-1, -2) + over_blocks(lam) * b.eye, right)
            t = dots_with(S, Q) / P
            Y = (G.reshape(b.R, -1, b.K) @ Q).reshape(G.shape) - over_blocks(t) * S
            xi = W[:, None] - over_blocks(c) * X
            eta, beta = dots(xi, Y).sum(-1), 0 * lam
            if iteration > 0:
                beta = ((eta - dots(xi_old, Y).sum(-1)) / eta_old).clip(min=0)
                beta = xp.where(beta * dots(xi, D_image).sum(-1) >= eta, 0 * beta, beta)
            xi_old, eta_old = xi, eta
            running = running & (eta > 8 * self.arrays.epsilon * objective.clip(min=1))
            old = D, D_image
            D, D_image = self.direction(beta, *old, Q, Y, X, S, t)
            step, retraction, found = self.search(-objective, alpha, X, S, D, D_image, running)
            if bool((running & ~found & (beta > 0)).any()):
                again = running & ~found
                D, D_image = self.direction(xp.where(again, 0 * beta, beta), *old, Q, Y, X, S, t)
                second = self.search(-objective, alpha, X, S, D, D_image, again)
                step, retraction, found = xp.where(again, second[0], step), xp.where(again[:, None], second[1], retraction), found | second[2]
            running = running & found
            alpha = xp.where(running, step, alpha)
            retraction = xp.where(running[:, None], retraction, 0 * retraction + 1)
            moved = retraction * (step * running)[:, None]
            X = over_blocks(retraction) * X + over_blocks(moved) * D
            if (iteration + 1) % coherent.ReducedConjugateGradient.REFRESH_INTERVAL == 0:
                S = G @ X
                power = dots(X, S)
                factor = over_blocks(xp.where(power > 0, P / power.clip(min=1e-30), 0 * power + 1) ** 0.5)
                X, S = X * factor, S * factor
            else:
                S = over_blocks(retraction) * S + over_blocks(moved) * D_image
            objective, W, omega = b.rate_weights(S.sum(1))
            best.keep(X, objective)
        return best.x

    def direction(self, beta, D, D_image, Q, Y, X, S, t):
        tangent = beta[:, None] * self.arrays.dots(S, D) / self.batch.power_budget
        scale = beta[:, None, None, None]
        return scale * D - Q[:, None] + over_blocks(t - tangent) * X, scale * D_image - Y - over_blocks(tangent) * S

    def search(self, loss, centre, X, S, D, D_image, wanted):
        """Step, retraction and whether there is one, of the wanted realizations."""
        b, xp, arrays, P, L, K = self.batch, self.xp, self.arrays, self.batch.power_budget, self.batch.L, self.batch.K
        power, outward, norm = arrays.dots(X, S), arrays.dots(S, D) + arrays.dots(X, D_image), arrays.dots(D, D_image).clip(min=0)
        power = xp.where(power > 0, power, P + 0 * power)
        basis = xp.stack([S[:, 1:], D_image[:, 1:]], 2).reshape(b.R, -1, K, K) if L > 1 else S[:, :0]
        basis = xp.concatenate([basis, S.sum(1)[:, None], D_image.sum(1)[:, None]], 1)  # pairs [S_l, image_l], the sums last
        own = basis.diagonal(0, -2, -1)
        rows = arrays.reals((basis * b.others).swapaxes(1, 2), 3)  # [r, k, 2 L, 2 K]
        form = (rows @ rows.swapaxes(-1, -2)).reshape(b.R, K, -1).swapaxes(1, 2)

        def retraction(alpha):
            return (P / (power[:, None] + alpha * (outward[:, None] + alpha * norm[:, None])).clip(min=1e-30)) ** 0.5

        def losses(alpha):
            c = retraction(alpha[..., None])
            pairs = xp.concatenate([c[..., 1:] - c[..., :1], c[..., :1]], -1)
            pairs = xp.stack([pairs, pairs * alpha[..., None]], -1).reshape(b.R, -1, 2 * L)
            interference = 1 + (pairs[..., :, None] * pairs[..., None, :]).reshape(b.R, -1, 4 * L * L) @ form
            signal = (pairs @ own.real) ** 2 + (pairs @ own.imag) ** 2
            value = -(xp.log1p(signal / interference) @ b.weight)
            return xp.where(xp.isfinite(value), value, np.inf + 0 * interference[..., 0])

        found, a, f = ~wanted, centre[:, None] * self.trials[:3], None
        for _ in range(coherent.ReducedConjugateGradient.TRIAL_SETS):
            alpha = centre[:, None] * self.trials
            value = losses(alpha)
            i = value.argmin(-1)[:, None]
            down = ~(arrays.gather(value, i)[:, 0] < loss) | (i[:, 0] == 0)
            up = ~down & (i[:, 0] == len(self.trials) - 1)
            at = i.clip(1, len(self.trials) - 2) + self.neighbours
            new = ~(found | down | up)[:, None]
            a, f = xp.where(new, arrays.gather(alpha, at), a), arrays.gather(value, at) if f is None else xp.where(new, arrays.gather(value, at), f)
            centre = xp.where(down, alpha[:, 0] / 2, xp.where(up, alpha[:, -1] * 2, centre))
            found = found | new[:, 0]
            if bool(found.all()):
                break
        (a0, a1, a2), (f0, f1, f2) = (a[:, j] for j in range(3)), (f[:, j] for j in range(3))
        denominator = (a1 - a0) * (f1 - f2) - (a1 - a2) * (f1 - f0)
        safe = xp.where(denominator == 0, 1 + 0 * a1, denominator)
        vertex = a1 - ((a1 - a0) ** 2 * (f1 - f2) - (a1 - a2) ** 2 * (f1 - f0)) / (2 * safe)
        vertex = xp.where((denominator != 0) & (a0 < vertex) & (vertex < a2), vertex, a1)
        a1 = xp.where(losses(vertex[:, None])[:, 0] < f1, vertex, a1)
        return a1, retraction(a1[:, None, None])[:, 0], found & wanted


def return_to_budget(xp, free, cross, normal, budget):
    """coherent.return_to_budget with the nearest roots, of a batch."""
    over, one = free > budget, 0 * free + 1
    c1, c0 = -2 * cross, free - budget
    discriminant = c1 * c1 - 4 * normal * c0
    exists = (discriminant >= 0) & (normal > 0)
    root = discriminant.clip(min=0) ** 0.5
    divisor = xp.where(c1 < 0, root - c1, -c1 - root)
    nearest = 2 * c0 / xp.where(divisor == 0, one, divisor)
    t = xp.where(exists, nearest, xp.where(normal != 0, -c1 / xp.where(normal == 0, one, 2 * normal), 0 * one))
    t, lacking = xp.where(over, t, 0 * t), over & ~exists
    reached = free - 2 * t * cross + t**2 * normal
    factor = xp.where(lacking, (budget / xp.where(lacking, reached, one)) ** 0.5, one)
    return factor, t, xp.where(over, budget + 0 * free, free), lacking.any(-1)


def next_step(xp, h, delta, missing):
    grown = xp.where(delta > 0, h * (STEP_REFERENCE / delta.clip(min=1e-30)) ** (STEP_EXPONENT / 2), h)
    return xp.where(missing, h / 2, grown)


class ReducedHamiltonian:
    def __init__(self, batch):
        self.batch, self.xp, self.arrays = batch, batch.xp, batch.arrays
        self.G = batch.gram_matrices()
        self.G_sum = self.G.sum(1)

    def iterate(self, count):
        b, xp, dots, dots_with, G, P = self.batch, self.xp, self.arrays.dots, self.arrays.dots_with, self.G, self.batch.power_budget
        X, S = b.matched_coordinates(G)
        nu = 0 * X
        objective, W, _ = b.rate_weights(S.sum(1))
        best, h, power = Best(xp, X, objective), INITIAL_STEP + 0 * objective, P + 0 * X[:, :, 0, 0].real
        for _ in range(count):
            decay, half = xp.exp(-DAMPING * h / 2)[:, None, None, None], (h / 2)[:, None, None, None]
            nu = decay * nu - half * W[:, None]
            X_free = X + half * nu
            S_free = G @ X_free
            free = dots(X_free, S_free)
            factor, t, power, missing = return_to_budget(xp, free, dots(S, X_free), power, P)
            nu = nu - over_blocks(2 * t / h[:, None]) * X
            X, S = over_blocks(factor) * (X_free - over_blocks(t) * X), over_blocks(factor) * (S_free - over_blocks(t) * S)
            large = (free > coherent.ReducedHamiltonian.LARGE_STEP * P).any(-1)
            if bool(large.any()):
                S = xp.where(large[:, None, None, None], G @ X, S)
                reached = xp.where(large[:, None], dots(X, S), power)
                factor = xp.where(large[:, None] & (reached > 0), (P / reached.clip(min=1e-30)).clip(max=1) ** 0.5, 0 * power + 1)
                X, S, power = over_blocks(factor) * X, over_blocks(factor) * S, xp.where(large[:, None] & (reached > P), P + 0 * reached, reached)
            W_old = W
            objective, W, _ = b.rate_weights(S.sum(1))
            change = W - W_old
            delta = h / 2 * dots(change, self.G_sum @ change, 1).clip(min=0) ** 0.5
            active = (power - P > -1e-9 * P) & (power > 0)
            mu = xp.where(active, (2 / h[:, None] * dots(S, nu) - dots_with(S, W)) / power.clip(min=1e-30), 0 * power)
            nu = decay * (nu - half * W[:, None] - half * over_blocks(mu) * X)
            h = next_step(xp, h, delta, missing)
            best.keep(X, objective)
        return best.x


class BeamStructuredHamiltonian:
    """Slots [r, l, c] are padded with a beam that no user has, whose amplitude stays 0. The pursuits are those of coherent.py, on the processor and once."""

    KNOWN = {}  # slots of a realization that was pursued before

    def __init__(self, batch):
        self.batch, self.xp, self.arrays = batch, batch.xp, batch.arrays
        self.N = coherent.BeamStructuredHamiltonian.FINE_FACTOR * batch.M
        self.root = batch.M**-0.5
        self.sign = self.arrays.put(np.where(np.arange(batch.M) % 2 == 0, 1.0, -1.0))
        self.H = batch.H * self.sign
        self.H_conj = self.arrays.conjugate(self.H)
        self.antennas = self.xp.concatenate([self.H, 0 * self.H], -1)  # zero from M on, the padding of the way back
        self.beams = 0 * self.antennas
        table = self.arrays.fft(self.antennas, back=True) * self.root
        self.slots, self.valid = self.supports(self.arrays.get(table).astype(np.complex64))
        self.start = self.arrays.gather(table.reshape(batch.R, batch.L, -1), self.slots) * self.valid

    def supports(self, tables):
        b, block, per_block = self.batch, self.batch.K * self.N, []
        for r, table in enumerate(tables):
            key = hash(table.tobytes())
            if key not in self.KNOWN:
                problem = coherent.Problem(self.arrays.get(b.H[r]).swapaxes(0, 1).astype(np.complex64).copy(), None, None)
                slots = coherent.pursuit(table.reshape(b.L * b.K, self.N), problem, self.N, coherent.BeamStructuredHamiltonian.RESIDUAL)
                self.KNOWN[key] = [slots[slots // block == l] % block for l in range(b.L)]
            per_block += self.KNOWN[key]
        shape = len(per_block), max(map(len, per_block))
        slots, valid = np.empty(shape, np.int64), np.zeros(shape)
        for at, chosen in enumerate(per_block):
            slots[at] = np.setdiff1d(np.arange(self.N), chosen)[0]
            slots[at, : len(chosen)], valid[at, : len(chosen)] = chosen, 1
        return self.arrays.put(slots.reshape(b.R, b.L, -1)), self.arrays.put(valid.reshape(b.R, b.L, -1))

    def to_antennas(self, u):
        self.arrays.scatter(self.beams.reshape(self.batch.R, self.batch.L, -1), self.slots, u * self.root)
        return self.arrays.fft(self.beams)[..., : self.batch.M]

    def to_slots(self, antennas):
        self.antennas[..., : self.batch.M] = antennas
        table = self.arrays.fft(self.antennas, back=True).reshape(self.batch.R, self.batch.L, -1)
        return self.arrays.gather(table, self.slots) * (self.valid * self.root)

    def evaluate(self, p):
        objective, W, _ = self.batch.rate_weights((self.H_conj @ p.swapaxes(-1, -2)).sum(1))
        return objective, self.to_slots(W.swapaxes(-1, -2)[:, None] @ self.H)

    def iterate(self, count):
        xp, dots, P = self.xp, self.arrays.dots, self.batch.power_budget
        p = self.to_antennas(self.start)
        power = dots(p, p)
        factor = xp.where(power > 0, P / power.clip(min=1e-30), 0 * power + 1) ** 0.5
        u, p = self.start * factor[..., None], p * over_blocks(factor)
        n, psi = 0 * u, self.to_slots(p)
        objective, g = self.evaluate(p)
        best, h = Best(xp, u, objective), INITIAL_STEP + 0 * objective
        for _ in range(count):
            decay, half = xp.exp(-DAMPING * h / 2)[:, None, None], (h / 2)[:, None, None]
            n = decay * n - half * g
            u = u + half * n
            p, normal = self.to_antennas(u), self.to_antennas(psi)
            factor, t, power, missing = return_to_budget(xp, dots(p, p), dots(p, normal), dots(normal, normal), P)
            u = (u - t[..., None] * psi) * factor[..., None]
            n = n - (2 * t / h[:, None])[..., None] * psi
            p = (p - over_blocks(t) * normal) * over_blocks(factor)
            psi, g_old = self.to_slots(p), g
            objective, g = self.evaluate(p)
            delta = h / 2 * dots(g - g_old, g - g_old, 1) ** 0.5
            norm = dots(psi, psi)
            active = (power - P > -1e-6 * P) & (norm > 0)
            mu = xp.where(active, (2 / h[:, None] * dots(psi, n) - dots(psi, g)) / norm.clip(min=1e-30), 0 * norm)
            n = decay * (n - half * g - half * mu[..., None] * psi)
            h = next_step(xp, h, delta, missing)
            best.keep(u, objective)
        return best.x

    def precoders(self, u):
        return self.to_antennas(u) * self.sign


PRECODERS = {"reduced-cg": ReducedConjugateGradient, "reduced-hamiltonian": ReducedHamiltonian, "bsp-hamiltonian": BeamStructuredHamiltonian}


def solve(arrays, H, power_budget, weight, precoder, iterations):
    """Sum rates; seconds of everything from channels to precoders in the host's memory, of the iterations, of what comes before them."""
    arrays.synchronize()
    times = [time.perf_counter()]
    batch = Batch(arrays, H, power_budget, weight)
    solver = PRECODERS[precoder](batch)
    arrays.synchronize()
    times.append(time.perf_counter())
    coordinates = solver.iterate(iterations)
    arrays.synchronize()
    times.append(time.perf_counter())
    P = getattr(solver, "precoders", batch.precoders)(coordinates)
    rates = arrays.get(batch.sum_rate(P)).tolist()
    arrays.get(P)
    return rates, time.perf_counter() - times[0], times[2] - times[1], times[1] - times[0]


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", required=True, help=".npz with H[realization, user, accessPoint, antenna], or .npy; y = h^H p")
    parser.add_argument("--precoder", required=True, choices=list(PRECODERS))
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--batches", type=int, nargs="+", help="realizations at a time, those of the file over and over; as many as it has when left out")
    parser.add_argument("--limit-realizations", type=int)
    parser.add_argument("--snr-db", type=float, default=20.0)
    parser.add_argument("--normalize", choices=["none", "mean"], default="mean")
    parser.add_argument("--precision", choices=["single", "double"], default="single")
    parser.add_argument("--arrays", choices=["torch", "numpy"], default="torch")
    parser.add_argument("--check", metavar="FILE", help="output of './beamprecoding solve --json' to agree with; exits 1 where it does not")
    parser.add_argument("--check-tolerance", type=float, default=1e-4, help="relative, on every sum rate")
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    arrays = Arrays(arguments.arrays, arguments.precision == "double")
    H, power_budget, weight = coherent.load(arguments.channels, arguments.normalize, arguments.snr_db, arguments.limit_realizations)
    rates, batches = [], []
    for count in arguments.batches or [len(H)]:
        channels = np.resize(H, (count, *H.shape[1:]))
        try:
            runs = [solve(arrays, channels, power_budget, weight, arguments.precoder, arguments.iterations) for _ in range(1 + arguments.repeats)][1:]  # the first warms up
        except RuntimeError as error:  # out of the device's memory: the other sizes still count
            print(f"coherent_torch.py: batch of {count}: {str(error).splitlines()[0]}", file=sys.stderr)
            continue
        rates, seconds, iterating = runs[-1][0], min(run[1] for run in runs), min(run[2] for run in runs)
        batches.append({
            "batch": count, "seconds": [run[1] for run in runs], "iterate_seconds": [run[2] for run in runs], "prepare_seconds": [run[3] for run in runs], "sum_rate": rates,
            "realizations_per_second": count / seconds, "seconds_per_iteration_and_realization": iterating / (count * arguments.iterations),
        })
    if not batches:
        sys.exit("coherent_torch.py: no batch could be solved")
    last = batches[-1]
    print(json.dumps({
        "precoder": arguments.precoder, "iterations": arguments.iterations, "realizations": last["batch"], "precision": arguments.precision,
        **{name: last[name] for name in ("seconds", "iterate_seconds", "prepare_seconds", "sum_rate")},
        "batches": batches, "device": arrays.device_name, "arrays": arguments.arrays, "numpy": np.__version__,
        "torch": arrays.xp.__version__ if arrays.is_torch else None, "cuda": arrays.xp.version.cuda if arrays.is_torch else None,
    }))
    if arguments.check:
        coherent.check(arguments.check, arguments.precoder, rates, arguments.check_tolerance)


if __name__ == "__main__":
    main()
