"""What tests share: the repository's command-line tool, and the papers' formulas in plain numpy."""

import json
import os
import subprocess
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / "src/Precoding.Cli/bin/Release/net10.0/beamprecoding.dll"


def tool(*words, at=None):
    """What the tool prints."""
    done = subprocess.run(["dotnet", str(TOOL), *map(str, words)], cwd=at, capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"{words}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def solved(path, *words, out=None):
    """The --json object of solve."""
    return json.loads(tool("solve", "--channels", path, "--json", *words, *(["--out", out] if out else [])))


def random_channels(*shape, seed=1, dtype="c16"):
    generator = np.random.default_rng(seed)
    return ((generator.standard_normal(shape) + 1j * generator.standard_normal(shape)) / np.sqrt(2)).astype(dtype)


def rates_of(H, P, noise=1.0):
    """R_k = log2(1 + |s_kk|²/(σ_k² + Σ_{u≠k} |s_ku|²)), s_ku = Σ_l h_klᴴ p_ul; [user] of one realization."""
    heard = np.abs(np.einsum("klm,ulm->ku", H.conj(), P)) ** 2
    signal = np.diag(heard)
    return np.log2(1 + signal / (noise + heard.sum(1) - signal))


def fitted(P, budgets):
    """Every access point's block scaled to its budget."""
    power = np.sum(np.abs(P) ** 2, axis=(0, 2))
    return P * np.sqrt(np.asarray(budgets) / power)[None, :, None]


def maximum_ratio(H, budgets):
    """P_l = c_l H_l; [user, accessPoint, antenna]."""
    return fitted(H, budgets)


def zero_forcing(H, budgets, noise=1.0):
    """H(HᴴH + (Kσ²/ΣP_l) I)⁻¹, every block scaled to its budget."""
    K = len(H)
    columns = H.reshape(K, -1).T
    P = columns @ np.linalg.inv(columns.conj().T @ columns + K * noise / np.sum(budgets) * np.eye(K))
    return fitted(P.T.reshape(H.shape), budgets)


def environment(**changes):
    """This process's, with the package on the path."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "python"), **changes}
