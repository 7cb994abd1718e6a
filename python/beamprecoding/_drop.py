"""Generated channels."""

from __future__ import annotations

import json
from typing import Any, Mapping

import numpy as np

from . import _host


class Drop:
    """Generated channels, with what a channel file holds beside them. `solve` takes it in place of ``H``.

    Attributes
    ----------
    H : ndarray of complex64
        ``[realization, user, accessPoint, antenna]``, y = hᴴp; for users with several antennas ``[realization, user, accessPoint, userAntenna, antenna]``, y = H p.
    fields : dict of str to ndarray
        ``power[accessPoint]`` and ``noise[user]`` in watts, ``weight[user]``, ``serving[realization, accessPoint, user]``,
        ``userPosition[realization, user, 3]`` and ``accessPointPosition`` in metres, ``carrierFrequencyHz``; as far as the scenario has them.
        ``numpy.savez(path, H=drop.H, **drop.fields)`` writes a channel file.
    """

    def __init__(self, H: np.ndarray, fields: Mapping[str, np.ndarray], meta: str) -> None:
        self.H = H
        self.fields = dict(fields)
        self._meta = meta

    @property
    def meta(self) -> dict[str, Any]:
        """Version, scenario, seed, sizes; for ``uma-nlos`` the statistics of the drop beside 3GPP's."""
        return json.loads(self._meta)

    def __repr__(self) -> str:
        meta = self.meta
        return f"Drop({meta['scenario']}, seed {meta['seed']}: H {list(self.H.shape)} {self.H.dtype}; {', '.join(self.fields)})"


def drop(
    scenario: str = "uma-nlos", *, users: int | None = None, access_points: int | None = None, antennas: int | None = None, user_antennas: int | None = None,
    serving: str | None = None, gain_spread_db: float | None = None, realizations: int = 1, seed: int = 0, device: str | None = None, threads: int | None = None,
    paths: bool = False, spherical: bool = False, subcarriers: int | None = None, bandwidth_mhz: float | None = None,
    blocks: int | None = None, block_ms: float | None = None, speed_kmh: float | None = None,
) -> Drop:
    """Generates channel realizations; the same bits for the same arguments, and those of ``beamprecoding drop``.

    Parameters
    ----------
    scenario : str, default "uma-nlos"
        ``uma-nlos``: urban macro without line of sight, 3GPP TR 38.901. ``rayleigh-cell-free``: access points and users anywhere in a square of 500 m.
        ``iid``: independent Rayleigh fading of unit gain. The first two include path loss: solve with ``normalize`` or real powers, those with precoders of streams with ``snr_db``.
    users, access_points, antennas, user_antennas : int, optional
        K, L, M per access point, N per user. By default 256, 3, 512, 1 for ``uma-nlos``; 8, 4, 64, 4 for ``rayleigh-cell-free``; 16, 3, 32, 1 for ``iid``.
    serving : str, optional
        ``rayleigh-cell-free``: ``nearest:L`` (nearest:2), ``strongest:L`` or ``all``.
    gain_spread_db : float, optional
        ``iid``: standard deviation of the users' gains.
    realizations : int, default 1
    seed : int, default 0
    device, threads, paths, spherical : optional
        ``uma-nlos``: where rays become channels; threads; keep ``pathCoefficient`` and ``pathCosine``; spherical wavefronts.
    subcarriers, bandwidth_mhz : optional
        ``uma-nlos``: so many frequencies over so many MHz; realization r·S + s is drop r at subcarrier s.
    blocks, block_ms, speed_kmh : optional
        Users move at so many km/h, and every drop is so many blocks of time, so many milliseconds apart; realization r·blocks + t is drop r at block t.

    Examples
    --------
    >>> import beamprecoding as bp
    >>> bp.drop("iid", users=4, access_points=2, antennas=8, seed=1)
    Drop(iid, seed 1: H [1, 4, 2, 8] complex64; power, noise, weight, accessPointPosition, userPosition, carrierFrequencyHz)
    """
    options = {
        "scenario": scenario, "users": users, "access-points": access_points, "antennas": antennas, "user-antennas": user_antennas, "serving": serving,
        "gain-spread-db": gain_spread_db, "realizations": realizations, "seed": seed, "device": device, "threads": threads, "subcarriers": subcarriers, "bandwidth-mhz": bandwidth_mhz,
        "blocks": blocks, "block-ms": block_ms, "speed-kmh": speed_kmh,
    }
    words = [word for name, value in options.items() if value is not None for word in ("--" + name, str(value))]
    words += [flag for flag, given in (("--paths", paths), ("--spherical", spherical)) if given]
    request = _host.joined(words)
    arrays, texts = _host.run(_host.host().start_drop(request, len(request)), request)
    return Drop(arrays.pop("H"), arrays, texts["meta"])
