"""What comes back."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, List, NamedTuple

import numpy as np

#: Words for the numbers in the tool's files; 0 never comes back.
STATUS = np.array(["running", "converged", "iteration-limit", "stalled", "diverged", "cancelled", "time-limit"])


class Timings(NamedTuple):
    """Wall times of a solve in seconds; where engines work side by side, the mean over them."""

    setup: float  #: Allocation of the solver's memory, once per `Solver`.
    upload: float  #: Channels to the engine, Gram matrices or beam tables.
    solve: float  #: Starts and iterations.
    download: float  #: Final precoders, their rates on the true channels, the copy back.
    total: float  #: The whole solve as .NET saw it, from channels at hand to precoders at hand.


class Trace:
    """Iterates of one realization, point 0 the start: arrays of equal length.

    Attributes
    ----------
    iteration : ndarray of float
        0, 1, 2, …
    seconds : ndarray of float
        Wall time since the iterations of its batch began.
    sum_rate : ndarray of float
        Weighted sum rate, bit/s/Hz.
    power_excess : ndarray of float
        Largest over the access points of power/budget - 1.
    step_size : ndarray of float
        Of flows and line searches; 0 where there is none.
    """

    __slots__ = ("iteration", "seconds", "sum_rate", "power_excess", "step_size")

    def __init__(self, table: np.ndarray) -> None:
        self.iteration, self.seconds, self.sum_rate, self.power_excess, self.step_size = table.T

    def __len__(self) -> int:
        return len(self.iteration)

    def __repr__(self) -> str:
        return "Trace(empty)" if not len(self) else f"Trace({len(self)} points, {self.sum_rate[0]:.3f} to {self.sum_rate[-1]:.3f} bit/s/Hz in {self.seconds[-1]:.4f} s)"


class Result:
    """Precoders of one method with what they achieve; R realizations, K users, L access points of M antennas, S streams.

    Attributes
    ----------
    precoder : str
        Name of the method.
    P : ndarray of complex64 or complex128
        ``[realization, user, accessPoint, antenna]`` for methods of one stream per user. ``[realization, antenna, stream]`` where every
        stream leaves one access point (``stream_access_point``), ``[realization, accessPoint, antenna, stream]`` for ``cjt-wmmse``.
        Watts are squared magnitudes. For the channels as scaled by ``normalize`` and ``snr_rule``.
    sum_rate : ndarray of float, [realization]
        Weighted sum rate, bit/s/Hz.
    rates : ndarray of float, [realization, user]
        Rate of each user, bit/s/Hz.
    iterations : ndarray of int, [realization]
    status_code : ndarray of int, [realization]
        Numbers of the tool's files; `status` has the words.
    power : ndarray of float, [realization, accessPoint]
        Transmit power, watts.
    power_excess : ndarray of float, [realization]
        Largest over the access points of power/budget - 1; at most rounding above 0.
    seconds : ndarray of float, [realization]
        Wall time attributed to a realization: its share of its batch.
    timings : Timings
    starts : list of str, [realization]
        The start that led to the precoder.
    stream_user : ndarray of int, [stream], or None
        The user of each stream.
    stream_access_point : ndarray of int, [stream], or None
        Where every stream leaves one access point: which.
    weights : ndarray of float, [realization, user], or None
        With ``proportional_fair``: the weights that each block was solved with.
    upper_bound : ndarray of float, [realization], or None
        With ``certificate=True``: no transmit scheme within the budgets has a larger weighted sum rate, bit/s/Hz.
    designed_sum_rate : ndarray of float, [realization], or None
        With ``csi_nmse_db``: what the precoders would reach if the estimates were right.
    exchanged : ndarray of int, [realization, 2], or None
        Precoders of streams: complex numbers from access points to a central unit, and back.
    gap : ndarray of float, [realization], or None
        ``ncjt-sca``: how much more any precoder reaches in the last convex sub-problem, at most, bit/s/Hz.
    in_place : bool
        Whether the solver read ``H`` where numpy has it.
    axes : str
        How ``H`` was understood.
    """

    def __init__(self, name: str, prefix: str, arrays: dict[str, np.ndarray], texts: dict[str, str], in_place: bool) -> None:
        self.precoder = name
        self.P: np.ndarray = arrays[prefix + "P"]
        self.sum_rate: np.ndarray = arrays[prefix + "sumRate"]
        self.rates: np.ndarray = arrays[prefix + "rates"]
        self.iterations: np.ndarray = arrays[prefix + "iterations"]
        self.status_code: np.ndarray = arrays[prefix + "status"]
        self.power: np.ndarray = arrays[prefix + "power"]
        self.power_excess: np.ndarray = arrays[prefix + "powerExcess"]
        self.seconds: np.ndarray = arrays[prefix + "seconds"]
        self.timings = Timings(*arrays[prefix + "timings"].tolist())
        self.starts: List[str] = texts[prefix + "starts"].split(",")
        self.stream_user: np.ndarray | None = arrays.get(prefix + "streamUser")
        self.stream_access_point: np.ndarray | None = arrays.get(prefix + "streamAccessPoint")
        self.weights: np.ndarray | None = arrays.get(prefix + "weights")
        self.upper_bound: np.ndarray | None = arrays.get("upperBound")
        self.designed_sum_rate: np.ndarray | None = arrays.get(prefix + "designedSumRate")
        self.exchanged: np.ndarray | None = arrays.get(prefix + "exchanged")
        self.gap: np.ndarray | None = arrays.get(prefix + "gap")
        self.in_place = in_place
        self.axes = texts["axes"]
        self._meta = texts["meta"]
        self._trace = arrays[prefix + "trace"], arrays[prefix + "traceLength"]

    @property
    def status(self) -> np.ndarray:
        """How each realization ended, words: converged, iteration-limit, stalled (as good as the precision allows), diverged, cancelled, time-limit. [realization]"""
        return STATUS[self.status_code]

    @property
    def traces(self) -> List[Trace]:
        """Iterates of every realization; empty ones for closed forms. [realization]"""
        table, lengths = self._trace
        ends = np.cumsum(lengths)
        return [Trace(table[end - length:end]) for end, length in zip(ends, lengths)]

    @property
    def share_of_upper_bound(self) -> np.ndarray | None:
        """At least so large a part of what any transmit scheme could reach. [realization]"""
        return None if self.upper_bound is None else self.sum_rate / self.upper_bound

    @property
    def meta(self) -> dict[str, Any]:
        """How the result came about: version, device, precision, seed, every option as it was used."""
        return json.loads(self._meta)

    def __repr__(self) -> str:
        meta = self.meta
        count = len(self.sum_rate)
        spread = f" ± {np.std(self.sum_rate, ddof=1):.3f}" if count > 1 else ""
        statuses = ", ".join(f"{number} {status}" for status, number in Counter(self.status.tolist()).most_common())
        bound = "" if self.upper_bound is None else f", {100 * np.mean(self.sum_rate / self.upper_bound):.1f} % of the bound"
        return (f"Result({self.precoder}: {np.mean(self.sum_rate):.3f}{spread} bit/s/Hz{bound}, {statuses} after {np.mean(self.iterations):.1f} iterations; "
                f"P {list(self.P.shape)} {self.P.dtype}, {count} realization{'s' if count > 1 else ''} on {meta['device']} in {self.timings.total:.3f} s)")
