"""The non-coherent precoders a drop at a time, as their equations read: receivers and weights user by user, an eigendecomposition per access point, no batch."""

import numpy as np


class Drop:
    """H[k, i, N, M] divided by the noise amplitude, budgets in units of the noise, stream_ap[k, j]: who sends user k's j-th stream, -1 for nobody."""

    def __init__(self, H, power_budget, weight, stream_ap):
        self.K, self.I, self.N, self.M = H.shape
        self.H, self.power_budget, self.weight = H, power_budget, weight
        self.stacked = [np.vstack(H[:, i]) for i in range(self.I)]  # H_i
        sent = [(k, i) for k in range(self.K) for i in stream_ap[k] if i >= 0]
        self.user, self.access_point = np.array(sent, int).reshape(-1, 2).T

    def rows(self, k):
        return slice(k * self.N, (k + 1) * self.N)

    def covariances(self, heard):
        """Of every user: what it hears of its own streams, and Omega_k."""
        for k in range(self.K):
            own, others = heard[self.rows(k), self.user == k], heard[self.rows(k), self.user != k]
            yield k, own, np.eye(self.N) + others @ others.conj().T

    def sum_rate(self, P):
        """P[:, s]: the precoder of stream s."""
        heard = np.column_stack([self.stacked[i] @ P[:, s] for s, i in enumerate(self.access_point)])
        return sum(self.weight[k] * np.linalg.slogdet(np.eye(self.N) + own @ own.conj().T @ np.linalg.inv(omega))[1] for k, own, omega in self.covariances(heard)) / np.log(2)

    def receivers(self, heard):
        """U_k, and Cholesky factors of W_k, both times the square root of the weight."""
        for k, own, omega in self.covariances(heard):
            if own.shape[1] > 0:
                U = np.linalg.solve(omega + own @ own.conj().T, own)
                W = np.eye(own.shape[1]) + own.conj().T @ np.linalg.solve(omega, own)
                yield k, np.sqrt(self.weight[k]) * U, np.linalg.cholesky(W)

    def factors(self, heard):
        """F with F F^H = blkdiag(alpha U W U^H), C with F C = alpha U W in the columns of the streams."""
        F, C = np.zeros((self.K * self.N, len(self.user)), heard.dtype), np.zeros((len(self.user),) * 2, heard.dtype)
        for k, U, L in self.receivers(heard):
            mine = np.flatnonzero(self.user == k)
            F[self.rows(k), mine] = U @ L
            C[np.ix_(mine, mine)] = np.sqrt(self.weight[k]) * L.conj().T
        return F, C

    def local_zero_forcing(self):
        """X[:, s]."""
        X = np.zeros((self.K * self.N, len(self.user)), self.H.dtype)
        for i in range(self.I):
            mine = np.flatnonzero(self.access_point == i)
            if len(mine) == 0:
                continue
            B = np.zeros((self.K * self.N, len(mine)), self.H.dtype)
            for k in np.unique(self.user[mine]):
                A, s, _ = np.linalg.svd(self.H[k, i], full_matrices=False)
                columns = np.flatnonzero(self.user[mine] == k)
                used = min(len(columns), len(s))
                B[self.rows(k), columns[:used]] = A[:, :used] / s[:used]
            R = self.stacked[i].conj().T @ B
            gram = R.conj().T @ R
            e = np.linalg.eigvalsh(gram)
            if len(mine) > self.M or e[0] < 1e-8 * e[-1]:
                gram = gram + 1e-3 * e[-1] * np.eye(len(mine))
            inverse = np.linalg.inv(gram)
            X[:, mine] = B @ inverse * (np.sqrt(self.power_budget[i]) / np.linalg.norm(R @ inverse))
        return X


def multiplier(mu, b, budget):
    """The least lambda >= 0 with sum b/(mu + lambda)^2 <= budget, by Newton's method on the inverse root of the power."""
    kept = mu > 4 * len(mu) * np.finfo(mu.dtype).eps * mu[-1]
    if (b[kept] / mu[kept] ** 2).sum() <= budget:
        return 0.0, np.where(kept, 1 / np.where(kept, mu, 1), 0)
    lam = max(1e-12 * mu[-1], np.sqrt(b.sum() / budget) - mu[-1])
    for _ in range(100):
        power, slope = (b / (mu + lam) ** 2).sum(), -2 * (b / (mu + lam) ** 3).sum()
        step = 2 * power * (1 - np.sqrt(power / budget)) / slope
        lam += step
        if abs(step) <= 1e-12 * lam:
            break
    return lam, 1 / (mu + lam)


def reduced_wmmse(drop, X, iterations):
    """X_i = F (F^H G_i F + lambda_i I)^{-1} C_i."""
    G = [H @ H.conj().T for H in drop.stacked]
    for _ in range(iterations):
        heard = np.column_stack([G[i] @ X[:, s] for s, i in enumerate(drop.access_point)])
        F, C = drop.factors(heard)
        for i in range(drop.I):
            mine = drop.access_point == i
            mu, Q = np.linalg.eigh(F.conj().T @ G[i] @ F)
            mu, turned = np.maximum(mu, 0), Q.conj().T @ C[:, mine]
            if mine.any() and mu[-1] > 0:
                X[:, mine] = F @ (Q * multiplier(mu, mu * (abs(turned) ** 2).sum(1), drop.power_budget[i])[1]) @ turned
    return X


def wmmse(drop, P, iterations):
    """P_i = (H_i^H T H_i + lambda_i I)^{-1} H_i^H F C_i."""
    for _ in range(iterations):
        heard = np.column_stack([drop.stacked[i] @ P[:, s] for s, i in enumerate(drop.access_point)])
        F, C = drop.factors(heard)
        for i in range(drop.I):
            mine = drop.access_point == i
            B = drop.stacked[i].conj().T @ F
            mu, Q = np.linalg.eigh(B @ B.conj().T)
            mu, turned = np.maximum(mu, 0), Q.conj().T @ (B @ C[:, mine])
            if mine.any() and mu[-1] > 0:
                P[:, mine] = (Q * multiplier(mu, (abs(turned) ** 2).sum(1), drop.power_budget[i])[1]) @ turned
    return P


def precoders(drop, X):
    P = np.column_stack([drop.stacked[i].conj().T @ X[:, s] for s, i in enumerate(drop.access_point)])
    for i in range(drop.I):
        mine = drop.access_point == i
        power = (abs(P[:, mine]) ** 2).sum()
        if power > drop.power_budget[i]:
            P[:, mine] *= np.sqrt(drop.power_budget[i] / power)
    return P


def solve(H, power_budget, weight, stream_ap, precoder, iterations):
    """Sum rate and precoders of one drop."""
    drop = Drop(H, power_budget, weight, stream_ap)
    X = drop.local_zero_forcing()
    if precoder == "ncjt-rwmmse":
        X = reduced_wmmse(drop, X, iterations)
    P = precoders(drop, X)
    if precoder == "ncjt-wmmse":
        P = wmmse(drop, P, iterations)
    return drop.sum_rate(P), P
