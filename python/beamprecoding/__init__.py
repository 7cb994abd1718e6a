"""Precoders for several access points that serve the same users together.

``solve`` takes channels as a numpy array and returns precoders with their rates:

>>> import beamprecoding as bp
>>> drop = bp.drop("iid", users=4, access_points=2, antennas=8, seed=1)
>>> result = bp.solve(drop.H, precoder="reduced-cg", snr_db=20, device="cpu")
>>> result.P.shape  # [realization, user, accessPoint, antenna]
(1, 4, 2, 8)

The arithmetic is that of the BeamPrecoding library, which runs in this process on the .NET runtime 10; it starts with the first call.
"""

from __future__ import annotations

import json
from typing import Any, List, NamedTuple

from . import _host
from ._drop import Drop, drop
from ._errors import BeamPrecodingError, DeviceError, SolveInterrupted, ValidationError
from ._result import Result, Timings, Trace
from ._solve import Progress, Solver, solve

__version__ = "0.1.0"

__all__ = [
    "BeamPrecodingError", "DeviceError", "DeviceInfo", "Drop", "PrecoderInfo", "Progress", "Result", "SolveInterrupted", "Solver", "Timings", "Trace", "ValidationError",
    "devices", "drop", "precoders", "solve",
]


class PrecoderInfo(NamedTuple):
    """A method, as `precoders` lists it."""

    name: str
    summary: str
    streams: bool  #: For users with any number of antennas, by streams and serving sets; the others are for users with one.
    iterates: bool  #: False for closed forms.
    settings: "List[str]"  #: What `solve` takes as further arguments, with _ for -.
    defaults: dict[str, Any]  #: Every option by its name in results' ``meta``.


class DeviceInfo(NamedTuple):
    """A device, as `devices` lists it."""

    id: str  #: What ``device`` takes.
    name: str
    details: str
    memory_bytes: int | None
    solves: bool
    obstacle: str | None  #: What is missing where it cannot solve.


def precoders() -> "List[PrecoderInfo]":
    """Every method with summary and defaults.

    Examples
    --------
    >>> import beamprecoding as bp
    >>> [p.name for p in bp.precoders() if not p.iterates]
    ['mrt', 'rzf', 'dft-codebook', 'local-ezf']
    """
    return [PrecoderInfo(p["name"], p["summary"], p["streams"], p["iterates"], p["settings"], p["defaults"]) for p in json.loads(_host.ask("precoders"))]


def devices() -> "List[DeviceInfo]":
    """Every device of this machine, those included that cannot solve yet.

    Examples
    --------
    >>> import beamprecoding as bp
    >>> [d.id for d in bp.devices() if d.solves][:2]
    ['reference', 'cpu']
    """
    return [DeviceInfo(d["id"], d["name"], d["details"], d["memoryBytes"], d["solves"], d["obstacle"]) for d in json.loads(_host.ask("doctor", "--try", "none", "--json"))["devices"]]
