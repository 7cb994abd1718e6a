#!/usr/bin/env python3
"""The coherent precoders in numpy and scipy: what the engines are raced against.

The same algorithms with the same constants as src/Precoding.Abstractions/Precoders, in complex64, one realization at a time, for the start mrt. Equations
are cited as [§n] of docs/coherent.md, symbols are those of docs/notation.md. Prints one JSON object; see README.md beside this file.
"""

import argparse
import concurrent.futures
import contextlib
import ctypes
import json
import os
import sys
import time


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--channels", required=True, help=".npz with H[realization, user, accessPoint, antenna], or .npy; y = h^H p")
    parser.add_argument("--precoder", required=True, choices=["reduced-cg", "reduced-hamiltonian", "bsp-hamiltonian", "wmmse"])
    parser.add_argument("--iterations", type=int, default=10)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--limit-realizations", type=int)
    parser.add_argument("--snr-db", type=float, default=20.0)
    parser.add_argument("--normalize", choices=["none", "mean"], default="mean")
    parser.add_argument("--threads", type=int, help="of BLAS and of the transforms; by default one per core, and 1 below 100 users, where more cost time")
    parser.add_argument("--check", metavar="FILE", help="output of './beamprecoding solve --json' to agree with; exits 1 where it does not")
    parser.add_argument("--check-tolerance", type=float, default=1e-4, help="relative, on every sum rate")
    return parser.parse_args()


def has_avx512():
    try:
        with open("/proc/cpuinfo") as file:
            return "avx512f" in file.read()
    except OSError:
        return False


ARGUMENTS = parse_arguments() if __name__ == "__main__" else None
if ARGUMENTS is not None:  # OpenBLAS reads its environment when it is loaded
    os.environ["OPENBLAS_NUM_THREADS"] = str(ARGUMENTS.threads or os.cpu_count())
    if has_avx512():
        os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"  # builds older than the processor would fall back to slower kernels

import numpy as np  # noqa: E402

try:
    import scipy
    from scipy.fft import fft, ifft
    from scipy.linalg.blas import ctrsm, saxpy
    from scipy.linalg.lapack import cpotrf
except ImportError:
    scipy = None

EPSILON = float(np.finfo(np.float32).eps)


class Blas:
    """The BLAS library that numpy has loaded; without OpenBLAS nothing is known of its threads and kernels."""

    def __init__(self):
        self.name = self.core_type = self.set_threads = None
        self.threads = os.cpu_count()
        try:
            with open("/proc/self/maps") as file:
                paths = sorted({line.split()[-1] for line in file if "blas" in line.rsplit("/", 1)[-1].lower() and "/" in line})
        except OSError:
            paths = []
        for path in paths:
            library = ctypes.CDLL(path)
            for prefix, suffix in (("", ""), ("", "64_"), ("scipy_", ""), ("scipy_", "64_")):
                with contextlib.suppress(AttributeError):
                    config, core, threads = (getattr(library, f"{prefix}openblas_{name}{suffix}") for name in ("get_config", "get_corename", "set_num_threads"))
                    config.restype = core.restype = ctypes.c_char_p
                    self.name, self.core_type, self.set_threads = " ".join(config().decode().split()[:2]), core().decode(), threads
                    return
        self.name = os.path.basename(paths[0]) if paths else None

    def use(self, threads):
        self.threads = threads
        if self.set_threads:
            self.set_threads(threads)

    @contextlib.contextmanager
    def single(self):
        """One thread a call: for many small products from several threads."""
        if self.set_threads:
            self.set_threads(1)
        try:
            yield
        finally:
            if self.set_threads:
                self.set_threads(self.threads)


BLAS = Blas()


# ---------------------------------------------------------------------------------------------------------------------------------------------------
# Matrices are complex64 [l, k, u], row k of user k. Sums and inner products go over their float32 views: half the work of complex ones.
# ---------------------------------------------------------------------------------------------------------------------------------------------------


def reals(a, rows):
    """Float32 view with the first axis, or first axes merged to that many rows, kept."""
    return a.view(np.float32).reshape(rows, -1)


def dots(a, b):
    """Re<a_l, b_l> of every row."""
    return np.matmul(a[:, None, :], b[:, :, None])[:, 0, 0].astype(float)


def dots_with(a, b):
    """Re<a_l, b> of every row with one vector."""
    return (a @ b).astype(float)


if scipy is not None:

    def add_scaled(y, a, x):
        """y_l += a_l x_l in one pass each."""
        for l in range(len(y)):
            saxpy(x[l], y[l], a=a[l])

else:

    def add_scaled(y, a, x):
        y += np.asarray(a, np.float32)[:, None] * x


def scale(y, a):
    y *= np.asarray(a, np.float32).reshape(-1, 1)


def levels(S):
    """s_kk, int_k and tot_k of S = H^H P; int_k is summed without its own signal. [§1]"""
    K = len(S)
    diagonal = S.reshape(-1)[:: K + 1]
    signal = diagonal.copy()
    diagonal[...] = 0
    rows = reals(S, K)
    interference = 1.0 + np.einsum("ku,ku->k", rows, rows)
    diagonal[...] = signal
    return signal, interference, interference + signal.real**2 + signal.imag**2


def sum_rate_nats(S, weight):
    _, interference, total = levels(S)
    return float(weight @ np.log(total / interference))


def rate_weights(S, weight, W):
    """-f in nats, W of the gradient H W, and omega_k = alpha_k |s_kk|^2/(tot_k int_k). [§1, §6]"""
    K = len(S)
    signal, interference, total = levels(S)
    omega = weight * (total - interference) / (total * interference)
    np.multiply(S, omega.astype(np.float32)[:, None], out=W)  # 1/int - 1/tot = |s_kk|^2/(tot int)
    W.reshape(-1)[:: K + 1] = -weight * signal / total
    return float(weight @ np.log(total / interference)), omega


class Problem:
    """One realization: H[user, accessPoint, antenna] divided by the noise amplitude, budgets in units of the noise."""

    def __init__(self, H, power_budget, weight):
        self.H = H
        self.K, self.L, self.M = H.shape
        self.power_budget = power_budget
        self.weight = weight
        self.H_conj = H.conj()

    def gram_matrices(self):
        """G_l = H_l^H H_l, [l, k, u]."""
        return np.matmul(self.H_conj.transpose(1, 0, 2), self.H.transpose(1, 2, 0))

    def matched_coordinates(self, G):
        """c_l: X_l = c_l I with ||H_l X_l||^2 = P_l. [§6]"""
        trace = np.einsum("lkk->l", G).real.astype(float)
        return np.where(trace > 0, np.sqrt(self.power_budget / np.where(trace > 0, trace, 1)), 0)

    def precoders(self, X):
        """P_l = H_l X_l as P[u, l, m], no block above its budget by rounding."""
        P = np.empty((self.K, self.L, self.M), np.complex64)
        np.matmul(X.transpose(0, 2, 1), self.H.transpose(1, 0, 2), out=P.transpose(1, 0, 2))
        return self.within_budget(P)

    def within_budget(self, P):
        rows = P.view(np.float32)
        power = np.einsum("ulm,ulm->l", rows, rows).astype(float)
        factor = np.sqrt(self.power_budget / np.where(power > 0, power, np.inf), where=power > 0, out=np.ones(self.L))
        if factor.min() < 1:
            P *= np.minimum(1, factor).astype(np.float32)[:, None]
        return P

    def sum_rate(self, P):
        """Sum_k alpha_k log2(tot_k/int_k), from the channels themselves."""
        S = self.H_conj.reshape(self.K, -1) @ P.reshape(self.K, -1).T
        return sum_rate_nats(S, self.weight) / np.log(2)


if scipy is not None:

    def factor_hermitian(A):
        """Cholesky factor F of conj(A) = F F^H over A (row-major, so LAPACK sees its conjugate); None where A is not positive definite."""
        factor, info = cpotrf(A.T, lower=1, overwrite_a=1, clean=0)
        return factor if info == 0 else None

    def forward(factor, B):
        """B^T := B^T F^{-H} in place, the first half of A^{-1} B."""
        ctrsm(1, factor, B.T, side=1, lower=1, trans_a=2, overwrite_b=1)

    def backward(factor, B):
        """B^T := B^T F^{-1} in place, the second half."""
        ctrsm(1, factor, B.T, side=1, lower=1, trans_a=0, overwrite_b=1)

else:

    def factor_hermitian(A):
        """F^{-1} for A = F F^H: numpy has no triangular substitution."""
        try:
            return np.linalg.inv(np.linalg.cholesky(A))
        except np.linalg.LinAlgError:
            return None

    def forward(factor, B):
        B[...] = factor @ B

    def backward(factor, B):
        B[...] = factor.conj().T @ B

    def fft(a, workers):
        return np.fft.fft(a).astype(np.complex64)

    def ifft(a, norm, workers):
        return np.fft.ifft(a, norm=norm).astype(np.complex64)


def solve_hermitian(A, B):
    """B := A^{-1} B for a positive definite A, which is overwritten."""
    factor = factor_hermitian(A)
    if factor is None:
        raise np.linalg.LinAlgError("the preconditioner is not positive definite")
    forward(factor, B)
    backward(factor, B)


def add_to_diagonal(A, value):
    A.reshape(-1)[:: len(A) + 1] += value


# ---------------------------------------------------------------------------------------------------------------------------------------------------
# reduced-cg [§6]
# ---------------------------------------------------------------------------------------------------------------------------------------------------


class ReducedConjugateGradient:
    REFRESH_INTERVAL = 10
    TRIAL_SETS = 40
    TRIALS = 2.0 ** np.arange(-2, 3)

    def __init__(self, problem):
        K, L = problem.K, problem.L
        self.problem = problem
        self.G = problem.gram_matrices()
        self.G_sum = self.G.sum(0)
        self.blocks = np.zeros((3, L, K, K), np.complex64)  # X: the current one, the best one, a free one
        self.D, self.xi, self.xi_old = np.empty((3, L, K, K), np.complex64)
        # [S_l, G_l D_l] with the sums over l last: the line search works in the basis [S_2 ... S_L, sum S_l | images likewise]
        self.images = np.empty((L + 1, 2, K, K), np.complex64)
        self.Y = np.empty((L, K, K), np.complex64)
        self.W, self.Q, self.A = np.empty((3, K, K), np.complex64)

    def iterate(self, count):
        problem, G, W, Q, A = self.problem, self.G, self.W, self.Q, self.A
        K, L, P, weight = problem.K, problem.L, problem.power_budget, problem.weight
        z = self.images.view(np.float32).reshape(L + 1, 2, -1)
        s, d_image, s_sum = z[:L, 0], z[:L, 1], self.images[L, 0]
        y, d, w, q = reals(self.Y, L), reals(self.D, L), W.view(np.float32).ravel(), Q.view(np.float32).ravel()
        xi, xi_old = reals(self.xi, L), reals(self.xi_old, L)
        current, best, best_objective = 0, 0, -np.inf

        c = problem.matched_coordinates(G).astype(np.float32)[:, None, None]
        self.blocks[0][...] = np.eye(K, dtype=np.float32) * c
        np.multiply(G, c, out=self.images[:L, 0])
        self.images[:L, 0].sum(0, out=s_sum)
        alpha, eta_old = 1.0, 0.0
        for iteration in range(count):
            x = reals(self.blocks[current], L)
            objective, omega = rate_weights(s_sum, weight, W)
            if objective > best_objective:
                best, best_objective = current, objective

            # c_l = Re<S_l, W>/P_l, lambda
            outward = dots_with(s, w)
            c = outward / P
            lam = max(-c.sum() / L, -outward.sum() / P.sum())

            # Q = Omega^1/2 (Omega^1/2 G Omega^1/2 + lambda I)^{-1} Omega^-1/2 (W + Omega sum_l c_l S_l/lambda)
            root = np.maximum(np.sqrt(omega), 1e-15)  # invertible in float32; row k is then its right-hand side over lambda
            root32 = root.astype(np.float32)
            np.matmul((c / lam).astype(np.float32), s, out=q)
            Q *= root32[:, None]
            np.multiply(W, (1 / root).astype(np.float32)[:, None], out=A)
            Q += A
            np.multiply(self.G_sum, root32, out=A)
            np.multiply(A, root32[:, None], out=A)
            add_to_diagonal(A, np.float32(lam))
            solve_hermitian(A, Q)
            Q *= root32[:, None]

            # y_l = Q - t_l X_l, tangent; the images share their right-hand side
            np.matmul(G.reshape(L * K, K), Q, out=self.Y.reshape(L * K, K))
            t = dots_with(s, q) / P
            add_scaled(y, -t, s)

            # eta = sum Re<xi_l, G_l y_l>, beta, D_l = -y_l + beta D_l made tangent
            np.multiply(x, -c.astype(np.float32)[:, None], out=xi)
            np.add(xi, w, out=xi)
            eta = dots(xi, y).sum()
            beta = 0.0
            if iteration > 0:
                beta = max(0.0, (eta - dots(xi_old, y).sum()) / eta_old)
                if -eta + beta * dots(xi, d_image).sum() >= 0:
                    beta = 0.0
            xi, xi_old, eta_old = xi_old, xi, eta
            if eta <= 8 * EPSILON * max(1.0, abs(objective)):
                break  # a gain that the arithmetic cannot resolve
            self.direction(beta, d, d_image, q, y, x, s, t)

            step = self.search(-objective, alpha, x, s, d, d_image)
            if step is None and beta > 0:
                self.direction(0.0, d, d_image, q, y, x, s, t)
                step = self.search(-objective, alpha, x, s, d, d_image)
            if step is None:
                break
            alpha, retraction = step

            # X_l := c_l (X_l + alpha D_l), S_l likewise; every second time S_l = G_l X_l
            following = next(i for i in range(3) if i not in (current, best))
            x_next = reals(self.blocks[following], L)
            np.multiply(d, (retraction * alpha).astype(np.float32)[:, None], out=x_next)
            add_scaled(x_next, retraction, x)
            if (iteration + 1) % self.REFRESH_INTERVAL == 0:
                np.matmul(G, self.blocks[following], out=self.images[:L, 0])
                power = dots(x_next, s)
                factor = np.sqrt(P / np.where(power > 0, power, P))
                scale(x_next, factor)
                scale(s, factor)
            else:
                scale(s, retraction)
                add_scaled(s, retraction * alpha, d_image)
            self.images[:L, 0].sum(0, out=s_sum)
            current = following
        if sum_rate_nats(s_sum, weight) > best_objective:
            best = current
        return self.blocks[best]

    def direction(self, beta, d, d_image, q, y, x, s, t):
        """D_l := -y_l + beta (D_l - Re<S_l, D_l>/P_l X_l) with y_l = Q - t_l X_l, and images; y holds G_l y_l."""
        if beta == 0:
            np.multiply(x, t.astype(np.float32)[:, None], out=d)
            d -= q
            np.negative(y, out=d_image)
            return
        tangent = -beta * dots(s, d) / self.problem.power_budget
        d *= np.float32(beta)
        d -= q
        add_scaled(d, t + tangent, x)
        d_image *= np.float32(beta)
        d_image -= y
        add_scaled(d_image, tangent, s)

    def search(self, loss, centre, x, s, d, d_image):
        """
        The step alpha and its retraction c_l(alpha) = sqrt(P_l/Re<X_l + alpha D_l, S_l + alpha G_l D_l>); None where no trial set has one.
        int_k(alpha) is a quadratic form in the 2L coefficients of S(alpha) in S_l and G_l D_l: its K matrices are computed once, and trials are free.
        """
        problem = self.problem
        K, L, P, weight = problem.K, problem.L, problem.power_budget, problem.weight
        power, outward, norm = dots(x, s), dots(s, d) + dots(x, d_image), np.maximum(0, dots(d, d_image))
        power[power <= 0] = P[power <= 0]
        self.images[:L, 1].sum(0, out=self.images[L, 1])
        basis = self.images[1:].reshape(2 * L, K * K)
        own = basis[:, :: K + 1].astype(np.complex128)
        basis[:, :: K + 1] = 0
        rows = basis.view(np.float32).reshape(2 * L, K, 2 * K).transpose(1, 0, 2)
        form = np.matmul(rows, rows.transpose(0, 2, 1)).reshape(K, 4 * L * L).T.astype(float)
        basis[:, :: K + 1] = own

        def retraction(alpha):
            return np.sqrt(P / np.maximum(power + alpha * (outward + alpha * norm), 1e-30 * P))

        def losses(alpha):
            c = retraction(alpha[:, None])
            coefficients = np.empty((len(alpha), L, 2))  # sum c_l S_l = c_1 sum S_l + sum (c_l - c_1) S_l: the sum first, without cancellation
            np.subtract(c[:, 1:], c[:, :1], out=coefficients[:, :-1, 0])
            coefficients[:, -1, 0] = c[:, 0]
            np.multiply(coefficients[:, :, 0], alpha[:, None], out=coefficients[:, :, 1])
            coefficients = coefficients.reshape(-1, 2 * L)
            interference = 1 + (coefficients[:, :, None] * coefficients[:, None, :]).reshape(-1, 4 * L * L) @ form
            signal = coefficients @ own
            value = -np.log1p((signal.real**2 + signal.imag**2) / interference) @ weight
            value[~np.isfinite(value)] = np.inf
            return value

        for _ in range(self.TRIAL_SETS):
            alpha = centre * self.TRIALS
            value = losses(alpha)
            i = int(value.argmin())
            if not value[i] < loss or i == 0:
                centre = alpha[0] / 2
            elif i == len(alpha) - 1:
                centre = alpha[i] * 2
            else:
                break
        else:
            return None

        # the parabola through the best and its neighbours, where its vertex is inside and better
        (a0, a1, a2), (f0, f1, f2) = alpha[i - 1 : i + 2], value[i - 1 : i + 2]
        denominator = (a1 - a0) * (f1 - f2) - (a1 - a2) * (f1 - f0)
        if denominator != 0:
            vertex = a1 - ((a1 - a0) ** 2 * (f1 - f2) - (a1 - a2) ** 2 * (f1 - f0)) / (2 * denominator)
            if a0 < vertex < a2 and (f := losses(np.array([vertex]))[0]) < f1:
                a1 = vertex
        return a1, retraction(a1)

    def precoders(self, X):
        return self.problem.precoders(X)


# ---------------------------------------------------------------------------------------------------------------------------------------------------
# The Hamiltonian flows [BSP Alg. 1]
# ---------------------------------------------------------------------------------------------------------------------------------------------------

DAMPING = 0.4
INITIAL_STEP = 0.07
STEP_REFERENCE = 2.0
STEP_EXPONENT = 0.1


def root_nearest_zero(c2, c1, c0):
    """The root of c2 t^2 + c1 t + c0 nearest 0, and whether there is one; else -c1/(2 c2), the point nearest to one. [§3.2]"""
    discriminant = c1 * c1 - 4 * c2 * c0
    if not discriminant >= 0 or not c2 > 0:
        return (-c1 / (2 * c2) if c2 != 0 else 0.0), False
    root = discriminant**0.5
    return 2 * c0 / (root - c1 if c1 < 0 else -c1 - root), True


def return_to_budget(free, cross, normal, budget):
    """Scale and t_l that bring each block from its free step back to its budget; the powers then; whether a root is missing. [§3.2]"""
    factor, t, power, missing = np.ones(len(free)), np.zeros(len(free)), free.copy(), False
    for l in np.flatnonzero(free > budget):
        t[l], found = root_nearest_zero(normal[l], -2 * cross[l], free[l] - budget[l])
        power[l] = budget[l]
        if not found:
            missing = True
            reached = free[l] - 2 * t[l] * cross[l] + t[l] ** 2 * normal[l]
            factor[l] = np.sqrt(budget[l] / reached)
    return factor, t, power, missing


def next_step(h, delta, missing):
    """h := (r/delta)^(theta/2) h, or h/2 after a missing root. [§3]"""
    if missing:
        return h / 2
    return h * (STEP_REFERENCE / delta) ** (STEP_EXPONENT / 2) if delta != 0 else h


class ReducedHamiltonian:
    """The flow in the coordinates P_l = H_l X_l. [§5]"""

    LARGE_STEP = 4  # a free step to this multiple of the budget cancels against the way back: images are then recomputed

    def __init__(self, problem):
        K, L = problem.K, problem.L
        self.problem = problem
        self.G = problem.gram_matrices()
        self.G_sum = self.G.sum(0)
        self.blocks = np.zeros((3, L, K, K), np.complex64)  # X: the current one, the best one, a free one
        self.nu, self.S, self.S_free = np.zeros((3, L, K, K), np.complex64)
        self.W, self.W_old, self.change, self.change_image, self.S_sum = np.empty((5, K, K), np.complex64)

    def iterate(self, count):
        problem, G = self.problem, self.G
        K, L, P, weight = problem.K, problem.L, problem.power_budget, problem.weight
        W, W_old, S_sum = self.W, self.W_old, self.S_sum
        S, S_free = self.S, self.S_free
        nu = reals(self.nu, L)
        change, change_image = self.change.view(np.float32).ravel(), self.change_image.view(np.float32).ravel()

        c = problem.matched_coordinates(G).astype(np.float32)[:, None, None]
        self.blocks[0][...] = np.eye(K, dtype=np.float32) * c
        np.multiply(G, c, out=S)
        power = P.copy()
        nu[...] = 0
        S.sum(0, out=S_sum)
        best_objective, _ = rate_weights(S_sum, weight, W)
        current, best, h = 0, 0, INITIAL_STEP
        for _ in range(count):
            # nu = e^(-gamma h/2) nu - (h/2) W
            decay = np.exp(-DAMPING * h / 2)
            nu *= np.float32(decay)
            np.multiply(W, np.float32(h / 2), out=self.change)
            nu -= change

            # X~ = X + (h/2) nu, S~ = G X~, back onto the power sphere: X = X~ - t X, S = S~ - t S, nu -= (2t/h) X
            following = next(i for i in range(3) if i not in (current, best))
            x, x_free = reals(self.blocks[current], L), reals(self.blocks[following], L)
            np.multiply(nu, np.float32(h / 2), out=x_free)
            x_free += x
            np.matmul(G, self.blocks[following], out=S_free)
            s, s_free = reals(S, L), reals(S_free, L)
            free = dots(x_free, s_free)
            factor, t, new_power, missing = return_to_budget(free, dots(s, x_free), power, P)
            if t.any():
                add_scaled(x_free, -t, x)
                add_scaled(s_free, -t, s)
                add_scaled(nu, -2 * t / h, x)
            if missing:
                scale(x_free, factor)
                scale(s_free, factor)
            power, S, S_free, current = new_power, S_free, S, following
            x, s = x_free, s_free
            if (free > self.LARGE_STEP * P).any():
                np.matmul(G, self.blocks[current], out=S)
                reached = dots(x, s)
                factor = np.sqrt(np.minimum(1, P / np.where(reached > 0, reached, P)))
                scale(x, factor)
                scale(s, factor)
                power = np.minimum(reached, P)

            # W, and delta = (h/2) sqrt(tr dW^H G dW)
            W, W_old = W_old, W
            S.sum(0, out=S_sum)
            objective, _ = rate_weights(S_sum, weight, W)
            np.subtract(W, W_old, out=self.change)
            np.matmul(self.G_sum, self.change, out=self.change_image)
            delta = h / 2 * max(0.0, float(np.dot(change, change_image))) ** 0.5

            # nu = e^(-gamma h/2) (nu - (h/2)(W + mu_l X_l)), mu_l = ((2/h) Re<S_l, nu> - Re<S_l, W>)/Re<X_l, S_l>
            active = (power - P > -1e-9 * P) & (power > 0)
            mu = np.where(active, 2 / h * dots(s, nu) - dots_with(s, W.view(np.float32).ravel()), 0) / np.where(active, power, 1)
            np.multiply(W, np.float32(h / 2), out=self.change)
            nu -= change
            add_scaled(nu, -h / 2 * mu, x)
            nu *= np.float32(decay)

            h = next_step(h, delta, missing)
            if objective > best_objective:
                best, best_objective = current, objective
        return self.blocks[best]

    def precoders(self, X):
        return self.problem.precoders(X)


class BeamStructuredHamiltonian:
    """
    The flow in the beam domain, F = 2 beams per antenna, supports by matching pursuit. [§2, §3]

    The factor (-1)^m of V is put on the antennas of H and of the result, so V is M^-1/2 times the first M outputs of an N-point transform.
    Antennas [l, k, n] are zero from n = M on, which is the padding of the way back.
    """

    FINE_FACTOR = 2
    RESIDUAL = 0.03

    def __init__(self, problem):
        K, L, M = problem.K, problem.L, problem.M
        self.problem = problem
        self.N = N = self.FINE_FACTOR * M
        self.sign = np.where(np.arange(M) % 2 == 0, 1, -1).astype(np.float32)
        self.root = np.float32(M**-0.5)
        self.p, self.force, self.beams = np.zeros((3, L, K, N), np.complex64)
        self.antennas = self.p[:, :, :M]
        np.multiply(problem.H.transpose(1, 0, 2), self.sign, out=self.antennas)
        self.H = self.antennas.copy()
        self.H_conj = self.H.conj()
        table = ifft(self.p, norm="forward", workers=BLAS.threads)
        table *= self.root
        self.slots = pursuit(table.reshape(L * K, N), problem, N, self.RESIDUAL)
        self.bounds = np.searchsorted(self.slots, np.arange(L + 1) * K * N)
        self.start = table.ravel()[self.slots]
        self.u, self.momentum, self.psi, self.g, self.g_old, self.change = np.empty((6, len(self.slots)), np.complex64)
        self.W = np.empty((K, K), np.complex64)

    def to_antennas(self, u):
        """V u, [l, k, m]; a view of the transform."""
        self.beams.reshape(-1)[self.slots] = u * self.root
        return fft(self.beams, workers=BLAS.threads)[:, :, : self.problem.M]

    def to_slots(self, antennas, out):
        """Phi^T V^H x of antennas padded to N."""
        np.take(ifft(antennas, norm="forward", workers=BLAS.threads).reshape(-1), self.slots, out=out, mode="clip")
        out *= self.root

    def block_dots(self, a, b):
        """Re<a_l, b_l> over the slots of every access point."""
        a, b = a.view(np.float32), b.view(np.float32)
        return np.array([float(np.dot(a[2 * i : 2 * j], b[2 * i : 2 * j])) for i, j in zip(self.bounds, self.bounds[1:])])

    def subtract_scaled(self, y, a, x):
        """y -= a_l x on the slots of every access point."""
        for l in np.flatnonzero(a):
            part = slice(self.bounds[l], self.bounds[l + 1])
            y[part] -= np.float32(a[l]) * x[part]

    def evaluate(self):
        """f, W and the gradient Phi^T V^H (H W) at p. The couplings are H^H p: gathering table rows in numpy takes several times as long."""
        problem = self.problem
        S = np.matmul(self.H_conj, self.antennas.transpose(0, 2, 1)).sum(0)
        objective, _ = rate_weights(S, problem.weight, self.W)
        np.matmul(self.W.T, self.H, out=self.force[:, :, : problem.M])
        self.to_slots(self.force, self.g)
        return objective

    def iterate(self, count):
        P = self.problem.power_budget
        u, n, psi = self.u, self.momentum, self.psi
        u[...] = self.start
        n[...] = 0
        p = self.to_antennas(u)
        power = antenna_dots(p, p)
        factor = np.where(power > 0, np.sqrt(P / np.where(power > 0, power, 1)), 1)
        np.multiply(p, factor.astype(np.float32)[:, None, None], out=self.antennas)
        self.subtract_scaled(u, 1 - factor, u)
        self.to_slots(self.p, psi)
        best, best_objective = u.copy(), self.evaluate()
        h = INITIAL_STEP
        for _ in range(count):
            # n = e^(-gamma h/2) n - (h/2) grad f
            decay = np.float32(np.exp(-DAMPING * h / 2))
            n *= decay
            n -= np.multiply(self.g, np.float32(h / 2), out=self.change)

            # u~ = u + (h/2) n, back onto ||V u_l||^2 = P_l: u~ -= t grad psi, n -= (2t/h) grad psi
            u += np.multiply(n, np.float32(h / 2), out=self.change)
            p = self.to_antennas(u)
            power = antenna_dots(p, p)
            missing = False
            if (power > P).any():
                normal = self.to_antennas(psi)
                factor, t, power, missing = return_to_budget(power, antenna_dots(p, normal), antenna_dots(normal, normal), P)
                self.subtract_scaled(u, t, psi)
                self.subtract_scaled(n, 2 * t / h, psi)
                normal *= t.astype(np.float32)[:, None, None]
                np.subtract(p, normal, out=self.antennas)
                if missing:
                    self.antennas *= factor.astype(np.float32)[:, None, None]
                    self.subtract_scaled(u, 1 - factor, u)
            else:
                self.antennas[...] = p
            self.to_slots(self.p, psi)

            self.g, self.g_old = self.g_old, self.g
            objective = self.evaluate()
            change = np.subtract(self.g, self.g_old, out=self.change).view(np.float32)
            delta = h / 2 * float(np.dot(change, change)) ** 0.5

            # n = e^(-gamma h/2) (n - (h/2)(grad f + mu_l grad psi_l)), mu_l = ((2/h) Re<grad psi_l, n> - Re<grad psi_l, grad f>)/||grad psi_l||^2
            norm = self.block_dots(psi, psi)
            active = (power - P > -1e-6 * P) & (norm > 0)
            mu = np.where(active, 2 / h * self.block_dots(psi, n) - self.block_dots(psi, self.g), 0) / np.where(active, norm, 1)
            n -= np.multiply(self.g, np.float32(h / 2), out=self.change)
            self.subtract_scaled(n, h / 2 * mu, psi)
            n *= decay

            h = next_step(h, delta, missing)
            if objective > best_objective:
                best_objective = objective
                best[...] = u
        return best

    def precoders(self, u):
        return np.multiply(self.to_antennas(u).transpose(1, 0, 2), self.sign, out=np.empty(self.problem.H.shape, np.complex64))


def antenna_dots(a, b):
    """Re<a_l, b_l> of [l, k, m]."""
    a, b = a.view(np.float32), b.view(np.float32)
    return np.matmul(a[:, :, None, :], b[:, :, :, None]).sum((1, 2, 3), dtype=float)


def pursuit(table, problem, N, residual):
    """Slots (l, k, n) of all links, ascending: every thread pursues its share of the links, [l, k] of the table."""
    M, most = problem.M, max(1, problem.M // 2)
    energy = np.einsum("klm,klm->lk", problem.H.view(np.float32), problem.H.view(np.float32)).astype(float).ravel()
    phase = np.exp(-1j * np.pi * (M - 1) * (2 * np.arange(N) - N) / (2 * N))
    links = [range(first, len(table), BLAS.threads) for first in range(BLAS.threads)]
    with BLAS.single(), concurrent.futures.ThreadPoolExecutor(BLAS.threads) as pool:
        chosen = pool.map(lambda share: pursue(table, phase, energy, share, M, most, residual), links)
        return np.sort(np.concatenate(list(chosen)))


def pursue(table, phase, energy, links, M, most, residual):
    """
    Slots chosen by orthogonal matching pursuit of these links in the columns of V. [§2]

    v_n^H v_n' = d_n conj(d_n') R[n - n'] with |d_n| = 1 and R real, so without the phases the orthonormalised atoms q_i have real correlations
    b_i[n] = v_n^H q_i with all beams; b_i[n'] are at the same time the coefficients of the next atom n'. Some links are pursued together, to share the
    overhead of elementwise calls; the one product of each link and atom reads all its atoms.
    """
    N = table.shape[1]
    together = max(16, 2**19 // (most * N))
    n = np.arange(N)
    with np.errstate(invalid="ignore", divide="ignore"):
        R = np.where(n == 0, 1, np.sin(np.pi * ((M * n) % (2 * N)) / N) / (M * np.sin(np.pi * n / N))).astype(np.float32)
    kernel = np.lib.stride_tricks.sliding_window_view(np.concatenate([R[:0:-1], R]), N)[::-1]  # kernel[i, n] = R[|n - i|]
    waiting = (k for k in links if energy[k] > 0)
    slots = []
    atoms = np.empty((min(together, len(links)), most, N), np.float32)
    correlation = np.empty((len(atoms), 2, N), np.float32)
    link, number, left = np.empty(len(atoms), int), np.empty(len(atoms), int), np.empty(len(atoms))

    def begin(i):
        link[i] = k = next(waiting, -1)
        if k >= 0:
            start = table[k] * phase
            correlation[i, 0], correlation[i, 1] = start.real, start.imag
            number[i], left[i] = 0, energy[k]
        return k >= 0

    open_links = [i for i in range(len(atoms)) if begin(i)]
    while open_links:
        at = np.array(open_links)
        c = correlation if len(at) == len(atoms) else correlation[at]  # a copy only while the last links run out
        best = np.einsum("icn,icn->in", c, c).argmax(1)
        new = kernel[best]
        for j, i in enumerate(open_links):
            if number[i]:
                previous = atoms[i, : number[i]]
                new[j] -= previous[:, best[j]] @ previous
        rows = np.arange(len(at))
        pivot = np.sqrt(np.maximum(0, new[rows, best]))
        broken = ~(pivot > 1e-5)
        new /= np.where(broken, 1, pivot)[:, None]
        rho = c[rows, :, best] / np.where(broken, 1, pivot)[:, None]
        rho[broken] = 0
        c -= rho[:, :, None] * new[:, None, :]
        if c is not correlation:
            correlation[at] = c
        left[at] -= (rho.astype(float) ** 2).sum(1)
        atoms[at, number[at]] = new
        slots.append((link[at] * N + best)[~broken])
        number[at] += 1
        done = broken | (left[at] <= residual * energy[link[at]]) | (number[at] >= most)
        if done.any():
            open_links = [i for j, i in enumerate(open_links) if not done[j] or begin(i)]
    return np.concatenate(slots) if slots else np.empty(0, int)


# ---------------------------------------------------------------------------------------------------------------------------------------------------
# wmmse in reduced form [§4]
# ---------------------------------------------------------------------------------------------------------------------------------------------------


class Wmmse:
    TOLERANCE = 2e-6          # how exactly a block meets its budget before it is scaled onto it
    SMALLEST_MULTIPLIER = 1e-6  # as a share of the mean eigenvalue; below it the eigendecomposition decides
    STEPS = 100
    NEGLIGIBLE = 1e-12        # amplitudes of users that are switched off: zero before they are denormal

    def __init__(self, problem):
        K, L = problem.K, problem.L
        self.problem = problem
        self.G = problem.gram_matrices()
        self.X, self.S = np.empty((2, L, K, K), np.complex64)
        self.best = np.empty_like(self.X)
        self.S_sum, self.others, self.target, self.scaled, self.A, self.Z = np.empty((6, K, K), np.complex64)
        self.trace = np.einsum("lkk->lk", self.G).real.astype(float)

    def iterate(self, count):
        problem, X, S, S_sum = self.problem, self.X, self.S, self.S_sum
        K, weight = problem.K, problem.weight
        c = problem.matched_coordinates(self.G).astype(np.float32)[:, None, None]
        X[...] = np.eye(K, dtype=np.float32) * c
        np.multiply(self.G, c, out=S)
        multiplier = np.zeros(problem.L)
        best_objective = -np.inf
        for _ in range(count):
            S.sum(0, out=S_sum)
            signal, interference, total = levels(S_sum)
            objective = float(weight @ np.log(total / interference))
            if objective > best_objective:
                best_objective = objective
                self.best[...] = X
            a, w = signal / total, weight * total / interference
            magnitude = np.abs(a)
            root = np.sqrt(w) * magnitude  # Omega^1/2
            own = np.sqrt(w) * np.divide(a, magnitude, out=np.zeros_like(a), where=magnitude > 0)
            for l in range(problem.L):
                multiplier[l] = self.update_block(l, root, own, multiplier[l])
        S.sum(0, out=S_sum)
        if sum_rate_nats(S_sum, weight) > best_objective:
            self.best[...] = X
        return self.best

    def update_block(self, l, root, own, multiplier):
        """X_l = (Omega G_l + lambda I)^{-1} T_l with the smallest lambda >= 0 within the budget; S_l, and the sum of all S with it."""
        problem, X, S, S_sum, target = self.problem, self.X[l], self.S[l], self.S_sum, self.target
        K, budget = problem.K, problem.power_budget[l]
        root32 = root.astype(np.float32)

        # Y = Omega^{-1/2} T_l = diag(sqrt(w) a/|a|) - Omega^1/2 sum_{r != l} S_r; A = Omega^1/2 G_l Omega^1/2
        others = np.subtract(S_sum, S, out=self.others)
        np.multiply(others, -root32[:, None], out=target)
        target.reshape(-1)[:: K + 1] += own.astype(np.complex64)
        np.multiply(self.G[l], root32, out=self.scaled)
        self.scaled *= root32[:, None]
        mean = float(root**2 @ self.trace[l]) / K
        multiplier = self.solve(multiplier, mean, budget)
        np.multiply(self.Z, root32[:, None], out=X)

        # S_l = G_l X_l; an active block is scaled onto its budget, which removes the rounding of the root finder
        np.matmul(self.G[l], X, out=S)
        power = float(np.dot(X.view(np.float32).ravel(), S.view(np.float32).ravel()))
        if power > 0 and (multiplier > 0 or power > budget):
            factor = np.float32((budget / power) ** 0.5)
            X *= factor
            S *= factor
        if root.min() < 1e-6 * root.max():
            flush(X, self.NEGLIGIBLE * (budget / max(self.trace[l].sum(), 1e-300)) ** 0.5)
            flush(S, self.NEGLIGIBLE)
        np.add(others, S, out=S_sum)
        return multiplier

    def solve(self, multiplier, mean, budget):
        """
        Z = (A + lambda I)^{-1} Y by Newton's method on 1/sqrt(power(lambda)), bracketed, from the multiplier of the last iteration: with A + lambda I = F F^H
        the power is ||F^{-1} Y||^2 - lambda ||Z||^2 and its derivative -2 (||Z||^2 - lambda ||F^{-1} Z||^2). Returns lambda.
        """
        if not mean > 0:
            return self.solve_by_eigenvalues(budget)
        A, Z = self.A, self.Z
        z = Z.view(np.float32).ravel()
        lam = multiplier if multiplier > 0 else 0.1 * mean
        low, high = 0.0, np.inf
        for _ in range(self.STEPS):
            np.copyto(A, self.scaled)
            add_to_diagonal(A, np.float32(lam))
            np.copyto(Z, self.target)
            factor = factor_hermitian(A)
            if factor is None:
                return self.solve_by_eigenvalues(budget)
            forward(factor, Z)
            half = float(np.dot(z, z))
            backward(factor, Z)
            whole = float(np.dot(z, z))
            power = half - lam * whole
            if not np.isfinite(power):
                return self.solve_by_eigenvalues(budget)
            if abs(power - budget) <= max(self.TOLERANCE * budget, 8 * EPSILON * half):
                return lam
            forward(factor, Z)
            slope = -2 * (whole - lam * float(np.dot(z, z)))
            low, high = (lam, high) if power > budget else (low, lam)
            following = lam + 2 * power * (1 - (power / budget) ** 0.5) / slope if power > 0 and slope < 0 else np.nan
            if not low < following < high:
                following = 8 * low if np.isinf(high) else (low * high) ** 0.5 if low > 0 else high / 16
            if following < self.SMALLEST_MULTIPLIER * mean:
                return self.solve_by_eigenvalues(budget)
            if following == lam or high - low <= 4e-16 * low:
                break
            lam = following
        return self.solve_by_eigenvalues(budget)

    def solve_by_eigenvalues(self, budget):
        """The same from Omega^1/2 G_l Omega^1/2 = U diag(e) U^H with power(lambda) = sum_i e_i ||(U^H Y)_i||^2/(e_i + lambda)^2, in double."""
        e, U = np.linalg.eigh(self.scaled.astype(np.complex128))
        e = np.maximum(e, 0)
        UY = U.conj().T @ self.target
        energy = (UY.real**2 + UY.imag**2).sum(1)
        kept = e > 4 * len(e) * EPSILON * e.max()
        inverse, lam = np.divide(1, e, out=np.zeros_like(e), where=kept), 0.0
        if (energy * inverse).sum() > budget:
            low, high = 0.0, ((e * energy).sum() / budget) ** 0.5
            for _ in range(200):
                lam = (low + high) / 2
                low, high = (lam, high) if (e * energy / (e + lam) ** 2)[e > 0].sum() > budget else (low, lam)
            lam = high
            inverse = np.divide(1, e + lam, out=np.zeros_like(e), where=e > 0)
        self.Z[...] = (U * inverse) @ UY
        return lam

    def precoders(self, X):
        return self.problem.precoders(X)


def flush(a, negligible):
    a = a.view(np.float32)
    a[np.abs(a) < negligible] = 0


# ---------------------------------------------------------------------------------------------------------------------------------------------------


PRECODERS = {
    "reduced-cg": ReducedConjugateGradient,
    "reduced-hamiltonian": ReducedHamiltonian,
    "bsp-hamiltonian": BeamStructuredHamiltonian,
    "wmmse": Wmmse,
}


def load(path, normalize, snr_db, limit):
    """Channels [realization, user, accessPoint, antenna] divided by the noise amplitude, budgets in units of the noise, weights: as the tool reads them."""
    content = np.load(path)
    H, noise, weight = (content, None, None) if isinstance(content, np.ndarray) else (content["H"], content.get("noise"), content.get("weight"))
    if H.ndim == 3:
        H = H[None]
    if H.ndim != 4:
        sys.exit(f"{path}: shape {H.shape} has {H.ndim} axes; expected 3 [user, accessPoint, antenna] or 4 with realization first.")
    H = H[:limit].astype(np.complex128)
    _, K, L, M = H.shape
    if normalize == "mean":  # the mean of sum_l ||h_kl||^2/M over the users is 1
        H /= np.sqrt((H.real**2 + H.imag**2).sum((2, 3)).mean(1) / M)[:, None, None, None]
    noise = np.ones(K) if noise is None else np.broadcast_to(np.asarray(noise, float), (K,))
    if noise.min() != noise.max():
        sys.exit(f"{path}: --snr-db needs one noise power for all users; the file has values from {noise.min():g} to {noise.max():g} W.")
    H /= np.sqrt(noise[0])
    weight = np.ones(K) if weight is None else np.asarray(weight, float)
    return H.astype(np.complex64), np.full(L, 10 ** (snr_db / 10) * noise[0]), weight


def solve_all(H, power_budget, weight, precoder, iterations):
    """Every realization by itself; sum rates, and seconds of all, of the iterations and of what comes before them."""
    rates, iterate_seconds, prepare_seconds = [], 0.0, 0.0
    began = time.perf_counter()
    for r in range(len(H)):
        prepare_began = time.perf_counter()
        problem = Problem(H[r], power_budget, weight)
        solver = PRECODERS[precoder](problem)
        iterate_began = time.perf_counter()
        coordinates = solver.iterate(iterations)
        iterate_ended = time.perf_counter()
        rates.append(problem.sum_rate(solver.precoders(coordinates)))
        prepare_seconds += iterate_began - prepare_began
        iterate_seconds += iterate_ended - iterate_began
    return rates, time.perf_counter() - began, iterate_seconds, prepare_seconds


def check(path, precoder, rates, tolerance):
    """Largest relative difference from the engine's sum rates; exits 1 where it is above the tolerance."""
    with open(path) as file:
        engine = next(p for p in json.load(file)["precoders"] if p["name"] == precoder)
    expected = np.array([r["sumRateBitPerSecondPerHertz"] for r in engine["realizations"]])[: len(rates)]
    difference = float(np.abs(np.array(rates) / expected - 1).max())
    print(f"{precoder}: sum rates of {len(expected)} realizations differ by at most {difference:.1e} relative, allowed {tolerance:g}", file=sys.stderr)
    if not (len(expected) == len(rates) and difference <= tolerance):
        sys.exit(1)


def main():
    if BLAS.core_type is None:
        print(f"coherent.py: numpy does not use OpenBLAS but {BLAS.name or 'a BLAS that could not be told'}; its threads and kernels are its own choice.", file=sys.stderr)
    if scipy is None:
        print("coherent.py: scipy was not found; inverses and transforms in double precision take the place of its routines.", file=sys.stderr)
    H, power_budget, weight = load(ARGUMENTS.channels, ARGUMENTS.normalize, ARGUMENTS.snr_db, ARGUMENTS.limit_realizations)
    BLAS.use(ARGUMENTS.threads or (os.cpu_count() if H.shape[1] >= 100 else 1))
    runs = [solve_all(H, power_budget, weight, ARGUMENTS.precoder, ARGUMENTS.iterations) for _ in range(ARGUMENTS.repeats)]
    rates = runs[-1][0]
    print(
        json.dumps(
            {
                "precoder": ARGUMENTS.precoder,
                "iterations": ARGUMENTS.iterations,
                "realizations": len(H),
                "seconds": [run[1] for run in runs],
                "iterate_seconds": [run[2] for run in runs],
                "prepare_seconds": [run[3] for run in runs],
                "sum_rate": rates,
                "numpy": np.__version__,
                "scipy": None if scipy is None else scipy.__version__,
                "blas": BLAS.name,
                "threads": BLAS.threads,
                "core_type": BLAS.core_type,
            }
        )
    )
    if ARGUMENTS.check:
        check(ARGUMENTS.check, ARGUMENTS.precoder, rates, ARGUMENTS.check_tolerance)


if __name__ == "__main__":
    main()
