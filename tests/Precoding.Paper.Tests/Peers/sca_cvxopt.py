"""The convex sub-problem of successive convex approximation for non-coherent joint transmission, solved by CVXOPT's interior-point method.

Single-antenna users, one stream per pair of access point and user. The problem is in conic form with its slacks, from the channels in antenna space:

    maximize    sum_k weight_k log2(1 + gamma_k)                               over v_s, gamma_k, xi_k
    subject to  gamma_k <= sum_{s to k} 2 Re(z0*_ks z_ks)/xi0_k - b_k xi_k,    b_k = sum_{s to k} |z0_ks|^2/xi0_k^2
                ||(2 z_ks for s to others, 2 sqrt(noise_k), xi_k - 1)|| <= xi_k + 1
                ||v_s for s of access point i||  <= sqrt(power_i)

with z_ks = h_{k,ap(s)} v_s and xi0_k = noise_k + sum_{s to others} |z0_ks|^2. In these units the solver fails above 15 dB: the unknowns are v_s/sqrt(power),
(1 + gamma_k)/(1 + gamma0_k) and xi_k/xi0_k.

Standard input, JSON: "h" [user][accessPoint][antenna] and "z0" [user][stream] with every complex number as [re, im]; "accessPoint" and "user" of every stream;
"power" per access point; "noise" and "weight" per user.
Standard output, JSON: "status", "value" (the optimum), "bound" (the dual objective), both in bit/s/Hz, "gamma", "z" [user][stream] at the optimum.
"""
import json
import math
import sys

import numpy as np
from cvxopt import matrix, solvers, spdiag


def complex_array(nested):
    pairs = np.asarray(nested, dtype=float)
    return pairs[..., 0] + 1j * pairs[..., 1]


def solve(problem):
    h, z0 = complex_array(problem["h"]), complex_array(problem["z0"])
    ap, ue = (np.asarray(problem[name], dtype=int) for name in ("accessPoint", "user"))
    power, noise, weight = (np.asarray(problem[name], dtype=float) for name in ("power", "noise", "weight"))
    users, streams, antennas = h.shape[0], len(ap), h.shape[2]
    own = ue[None, :] == np.arange(users)[:, None]
    xi0 = noise + np.sum(np.abs(z0) ** 2 * ~own, axis=1)
    h, z0, noise = h / np.sqrt(xi0)[:, None, None], z0 / np.sqrt(xi0)[:, None], noise / xi0
    one_plus_gamma0 = 1 + np.sum(np.abs(z0) ** 2 * own, axis=1)
    rated = [k for k in range(users) if weight[k] > 0]

    # Unknowns: [Re v, Im v] of every stream over the root of its budget, then (1 + gamma)/(1 + gamma0) and xi/xi0 of the rated users. From here on xi0 = 1.
    precoders = 2 * antennas * streams
    size = precoders + 2 * len(rated)
    gamma = {k: precoders + n for n, k in enumerate(rated)}
    xi = {k: precoders + len(rated) + n for n, k in enumerate(rated)}

    def image(k, s):
        """Rows of Re z_ks and Im z_ks."""
        rows, start, link = np.zeros((2, size)), 2 * antennas * s, h[k, ap[s]] * math.sqrt(power[ap[s]])
        rows[0, start:start + antennas], rows[0, start + antennas:start + 2 * antennas] = link.real, -link.imag
        rows[1, start:start + antennas], rows[1, start + antennas:start + 2 * antennas] = link.imag, link.real
        return rows

    linear_rows, linear_sides, cones = [], [], []
    for k in rated:
        a = np.where(own[k], z0[k], 0)
        row = np.zeros(size)
        row[gamma[k]], row[xi[k]] = one_plus_gamma0[k], np.sum(np.abs(a) ** 2)
        for s in np.flatnonzero(own[k]):
            z = image(k, s)
            row -= 2 * (a[s].real * z[0] + a[s].imag * z[1])
        linear_rows.append(row / one_plus_gamma0[k])
        linear_sides.append(1 / one_plus_gamma0[k])

        unit = np.zeros(size)
        unit[xi[k]] = 1
        rows = [-unit] + [-2 * z for s in np.flatnonzero(~own[k]) for z in image(k, s)] + [np.zeros(size), -unit]
        sides = [1.0] + [0.0] * (len(rows) - 3) + [2 * math.sqrt(noise[k]), -1.0]
        cones.append((rows, sides))
    for i in range(len(power)):
        rows, sides = [np.zeros(size)], [1.0]
        for s in np.flatnonzero(ap == i):
            for n in range(2 * antennas * s, 2 * antennas * (s + 1)):
                row = np.zeros(size)
                row[n] = -1
                rows.append(row)
                sides.append(0.0)
        if len(rows) > 1:
            cones.append((rows, sides))

    indices = [gamma[k] for k in rated]
    weights = weight[rated]
    start = np.zeros(size)
    start[precoders:] = 1

    def loss(x=None, z=None):
        if x is None:
            return 0, matrix(start)
        ratio = np.array([x[n] for n in indices])
        if ratio.min() <= 0:
            return None
        gradient = np.zeros(size)
        gradient[indices] = -weights / ratio
        value = matrix(-float(weights @ np.log(ratio * one_plus_gamma0[rated])))
        if z is None:
            return value, matrix(gradient).T
        curvature = np.zeros(size)
        curvature[indices] = z[0] * weights / ratio ** 2
        return value, matrix(gradient).T, spdiag(matrix(curvature))

    G = matrix(np.vstack(linear_rows + [np.vstack(rows) for rows, _ in cones]))
    sides = matrix(np.concatenate([linear_sides] + [np.asarray(s) for _, s in cones]))
    solvers.options.update(show_progress=False, abstol=1e-10, reltol=1e-10, feastol=1e-10, maxiters=200)
    result = solvers.cp(loss, G, sides, {"l": len(linear_rows), "q": [len(s) for _, s in cones], "s": []})
    x = np.array(result["x"]).ravel()
    z = np.array([[complex(*(image(k, s) @ x)) for s in range(streams)] for k in range(users)]).reshape(users, streams) * np.sqrt(xi0)[:, None]
    return {
        "status": result["status"],
        "value": -result["primal objective"] / math.log(2),
        "bound": -result["dual objective"] / math.log(2),
        "gamma": [x[gamma[k]] * one_plus_gamma0[k] - 1 if k in gamma else 0.0 for k in range(users)],
        "z": [[[value.real, value.imag] for value in row] for row in z],
    }


if __name__ == "__main__":
    json.dump(solve(json.load(sys.stdin)), sys.stdout)
