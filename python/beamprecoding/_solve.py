"""Solves on numpy arrays."""

from __future__ import annotations

import difflib
import math
import numbers
import threading
import time
from typing import Any, Callable, Dict, NamedTuple, Sequence, Union

import numpy as np

from . import _host
from ._drop import Drop
from ._errors import SolveInterrupted, ValidationError, raise_for
from ._result import Result


SHORT_SECONDS = 0.005  #: A solver whose last solve took less is called without a way to interrupt it: that costs more than it.


class _Unsaid(float):
    """A default that can be told from the same number given."""


DEFAULT_SNR_DB = _Unsaid(20.0)

Channels = Union[np.ndarray, Drop]
Results = Union[Result, Dict[str, Result]]


class Progress(NamedTuple):
    """How far a solve is."""

    precoder: str
    realizations_done: int
    realizations: int
    start: int  #: From 0.
    starts: int
    iteration: int
    max_iterations: int
    fraction: float  #: 0…1 of this precoder, if no realization settles before the limit.


class Solver:
    """Options, device and solver memory for many solves of one shape. Arguments are those of `solve`.

    A solver whose last solve of that shape took less than 5 ms is called directly, and Ctrl-C waits for it.

    The memory is made by the first solve and kept while shape, budgets and noise stay the same; otherwise it is made anew.
    Threads may share a solver: one solve runs at a time, the others wait. ``close``, or ``with``, frees it.

    Examples
    --------
    Block fading, every block from where the last one ended:

    >>> import beamprecoding as bp
    >>> H = bp.drop("iid", users=4, antennas=8, realizations=3, seed=1).H
    >>> with bp.Solver("reduced-cg", snr_db=10, device="cpu") as solver:
    ...     result = solver.solve(H[:1])
    ...     for block in range(1, 3):
    ...         result = solver.solve(H[block:block + 1], warm_start=result)
    >>> result.starts
    ['warm']
    """

    def __init__(
        self, precoder: str | Sequence[str] | None = None, snr_db: float | None = DEFAULT_SNR_DB, device: str = "auto", *,
        snr_rule: str | None = None, power: float | Sequence[float] | np.ndarray | None = None, noise: float | np.ndarray | None = None,
        weights: np.ndarray | None = None, antenna_limit_db: float | None = None, normalize: str = "none", precision: str | None = None, threads: int | None = None,
        iterations: int | None = None, tolerance: float | None = None, starts: str | Sequence[str] | None = None, seed: int = 0,
        budget_ms: float | None = None, blocks: int | None = None, proportional_fair: int | None = None, serving: str | np.ndarray | None = None, streams: int | str | np.ndarray | None = None,
        max_streams: int | np.ndarray | None = None, user_position: np.ndarray | None = None, access_point_position: np.ndarray | None = None,
        certificate: bool = False, csi_nmse_db: float | None = None, csi_error: str | None = None, axes: str | Sequence[str] | None = None,
        downlink_gain: bool = False, **settings: Any,
    ) -> None:
        self._sessions: dict[bool, int] = {}
        self._opening = threading.Lock()
        self._last_seconds, self._last_shape = math.inf, ()
        names = None if precoder is None else [name.strip() for name in precoder.split(",")] if isinstance(precoder, str) else list(precoder)
        self._names, self._is_list = names, precoder is not None and (not isinstance(precoder, str) or "," in precoder)
        if snr_db is DEFAULT_SNR_DB and power is not None:
            snr_db = None
        options = {
            "precoder": names, "snr-db": snr_db, "snr-rule": snr_rule, "power": power, "antenna-limit-db": antenna_limit_db, "normalize": normalize, "device": device, "precision": precision, "threads": threads,
            "iterations": iterations, "tolerance": tolerance, "starts": starts, "seed": seed, "budget-ms": budget_ms, "blocks": blocks, "proportional-fair": proportional_fair, "csi-nmse-db": csi_nmse_db, "csi-error": csi_error, "axes": axes,
        }
        self._fields: dict[str, np.ndarray] = {}
        for name, value, field, is_field in (
            ("noise", noise, "noise", np.ndim(noise) > 0), ("weights", weights, "weight", True), ("serving", serving, "serving", not isinstance(serving, str)),
            ("streams", streams, "streams", np.ndim(streams) > 0), ("max-streams", max_streams, "maxStreams", np.ndim(max_streams) > 0),
            ("user-position", user_position, "userPosition", True), ("access-point-position", access_point_position, "accessPointPosition", True),
        ):
            if value is not None and is_field:
                self._fields[field] = _readable(value, name.replace("-", "_"))
            elif value is not None:
                options[name] = value
        self._words = [word for name, value in options.items() if value is not None for word in ("--" + name, _text(value, name))]
        self._words += [flag for flag, given in (("--certificate", certificate), ("--downlink-gain", downlink_gain)) if given]
        for key, value in settings.items():
            close = difflib.get_close_matches(key, _ARGUMENTS, 1, 0.75)
            if close and key.replace("_", "") not in ("streams", "maxstreams"):
                raise ValidationError(f"'{key}' is no argument; did you mean {close[0]}?")
            self._words += ["--set", f"{key}={_text(value, key)}"]
        self._said = [f"{name.replace('-', '_')}={_text(value, name)!r}" for name, value in {**options, **settings}.items() if value is not None and (name, value) not in _DEFAULTS]
        self._said += [f"{name}=[{', '.join(map(str, array.shape))}]" for name, array in self._fields.items()]
        self._said += [f"{name}=True" for name, given in (("certificate", certificate), ("downlink_gain", downlink_gain)) if given]
        if "warm" not in _text(starts or "", "starts").split(","):
            self._session(False)  # what does not fit is said now

    def solve(
        self, H: Channels, *, warm_start: Result | np.ndarray | None = None, weights: np.ndarray | None = None,
        progress: Callable[[Progress], object] | None = None,
    ) -> Results:
        """Precoders for channels; see `beamprecoding.solve` for the arguments and what comes back.

        ``weights`` goes before those of the solver; it may be another one at every call.
        """
        channels = H.H if isinstance(H, Drop) else H
        arrays = {"H": _readable(channels, "H")}
        if warm_start is not None:
            arrays["warmStart"] = _readable(warm_start.P if isinstance(warm_start, Result) else warm_start, "warm_start")
        if isinstance(H, Drop):
            arrays.update({name: _readable(array, name) for name, array in H.fields.items() if name != "power"})
        arrays.update(self._fields)
        if weights is not None:
            arrays["weight"] = _readable(weights, "weights")
        table = _host.foreign(arrays)
        session = self._session(warm_start is not None)
        is_short = self._last_seconds < SHORT_SECONDS and progress is None and self._last_shape == arrays["H"].shape
        began = time.perf_counter()
        job = _host.host().start_solve(session, table, len(table), is_short)
        told = None if progress is None else lambda how: progress(self._progress(how))
        try:
            results = self._results(*_host.run(job, (self, arrays, table), told), arrays["H"] is channels)
            self._last_seconds, self._last_shape = time.perf_counter() - began, arrays["H"].shape
            return results
        except KeyboardInterrupt as stop:
            partial = getattr(stop, "partial", None)
            raise SolveInterrupted(None if partial is None else self._results(*partial, arrays["H"] is channels)) from None

    def close(self) -> None:
        """Frees device and memory."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            _host.host().free(session)

    def __enter__(self) -> "Solver":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # the interpreter is about to end, or this is a fork
            pass

    def __repr__(self) -> str:
        return f"Solver({', '.join(self._said)})"

    def _session(self, warm: bool) -> int:
        session = self._sessions.get(warm)
        if session is not None:
            return session
        with self._opening:
            if warm not in self._sessions:
                words = _host.joined(self._words + (["--warm-start", "warm_start"] if warm else []))
                is_job = _host.c_int()
                session = _host.host().open_session(words, len(words), _host.byref(is_job))
                if is_job.value:
                    code, text = _host.text_of(session)
                    _host.host().free(session)
                    raise_for(code, text)
                self._sessions[warm] = session
            return self._sessions[warm]

    def _results(self, arrays: dict[str, np.ndarray], texts: dict[str, str], in_place: bool) -> Results:
        in_place = in_place and texts["inPlace"] == "yes"
        if "P" not in arrays:
            return {name: Result(name, name + ".", arrays, texts, in_place) for name in (key[:-2] for key in arrays if key.endswith(".P"))}
        result = Result(texts["precoder"], "", arrays, texts, in_place)
        return {result.precoder: result} if self._is_list else result

    def _progress(self, how: "_host.JobProgress") -> Progress:
        done = how.realizations_done + (how.start + how.iteration / max(1, how.max_iterations)) / max(1, how.starts)
        name = self._names[how.precoder] if self._names is not None else ""
        return Progress(name, how.realizations_done, how.realizations, how.start, how.starts, how.iteration, how.max_iterations, min(1.0, done / max(1, how.realizations)))


def solve(
    H: Channels, precoder: str | Sequence[str] | None = None, snr_db: float | None = DEFAULT_SNR_DB, device: str = "auto", *,
    snr_rule: str | None = None, power: float | Sequence[float] | np.ndarray | None = None, noise: float | np.ndarray | None = None,
    weights: np.ndarray | None = None, antenna_limit_db: float | None = None, normalize: str = "none", precision: str | None = None, threads: int | None = None,
    iterations: int | None = None, tolerance: float | None = None, starts: str | Sequence[str] | None = None, seed: int = 0,
    warm_start: Result | np.ndarray | None = None, budget_ms: float | None = None, blocks: int | None = None, proportional_fair: int | None = None, serving: str | np.ndarray | None = None,
    streams: int | str | np.ndarray | None = None, max_streams: int | np.ndarray | None = None, user_position: np.ndarray | None = None,
    access_point_position: np.ndarray | None = None, certificate: bool = False, csi_nmse_db: float | None = None, csi_error: str | None = None,
    axes: str | Sequence[str] | None = None, downlink_gain: bool = False, progress: Callable[[Progress], object] | None = None, **settings: Any,
) -> Results:
    """Precoders that maximise the weighted sum rate under a power budget per access point.

    Parameters
    ----------
    H : ndarray of complex, or Drop
        ``[realization, user, accessPoint, antenna]``, or ``[user, accessPoint, antenna]`` for one realization: entries of h, y = hᴴp + noise.
        ``[realization, user, accessPoint, userAntenna, antenna]``: rows of H, y = H p + noise, for users with several antennas.
        complex64 and complex128 are read where they lie if they are C-contiguous; do not write to them meanwhile. Anything else is copied.
    precoder : str or sequence of str, optional
        A name of `precoders`; several, in a sequence or with commas, give a dict. By default ``reduced-cg``, for users with several antennas ``ncjt-cg``.
    snr_db : float, default 20
        Each access point may send 10^(snr_db/10) times the noise power. For precoders of streams: the average SNR of ``snr_rule``. Not used where ``power`` is given without it.
    device : str, default "auto"
        ``auto``, ``cpu``, ``reference``, ``opencl:0``, ``cuda:0``, …; see `devices`.
    snr_rule : str, optional
        What ``snr_db`` is the average of: ``geometric-isotropic``, ``linear-isotropic`` or ``geometric-frobenius``. Scales the channels.
    power : float or sequence of float, optional
        Budgets in watts, one for all or ``[accessPoint]``.
    noise : float or ndarray, optional
        Noise power in watts, one for all (1 when left out) or ``[user]``.
    weights : ndarray of float, optional
        Weights of the rates, ``[user]``; 1 when left out.
    antenna_limit_db : float, optional
        No antenna sends more than 10^(antenna_limit_db/10) times its share of the budget over its access point's antennas. Coherent precoders of users with one antenna.
    normalize : str, default "none"
        ``none``, ``mean``, ``median``, ``user`` or ``link``: scale gains so that their mean or median over users, each user's or each link's is 1 per antenna.
    precision : str, optional
        ``single`` or ``double``; by default single, on the reference double.
    threads : int, optional
        Threads of the cpu device. Results do not depend on it.
    iterations, tolerance : optional
        Iteration limit, and the relative change of the sum rate below which a realization is settled; each method has its own default.
    starts : str or sequence of str, optional
        Where iterations begin, such as ``"mrt,rzf,random:8"``; each realization keeps the best.
    seed : int, default 0
        Of random starts and channel errors.
    warm_start : Result or ndarray, optional
        Precoders to start from, ``[realization, user, accessPoint, antenna]``.
    budget_ms : float, optional
        Return from each precoder so many milliseconds after it began, preparation and final rates included, with the best so far. Neither preparation nor an iteration is cut short.
    blocks : int, optional
        Realizations are time, so many blocks a sequence: every block but the first begins with the precoders of the last one; where users outnumber all antennas it begins
        with its own start too, and keeps the better. ``starts="warm,mrt"`` does so everywhere, ``starts="mrt"`` begins every block anew. ``normalize`` then scales a sequence as a whole, and ``budget_ms`` is for each block.
    proportional_fair : int, optional
        With ``blocks``: weights that follow the users' average rates over so many blocks, inversely: ``Result.weights``.
    serving : str or ndarray of bool, optional
        Precoders of streams: ``all``, ``nearest:L``, ``strongest:L``, or a table ``[accessPoint, user]`` or ``[realization, accessPoint, user]``.
    streams : int, "average" or ndarray of int, optional
        Precoders of streams: so many from each serving access point (1), the limit shared by them, or a table ``[accessPoint, user]``.
    max_streams : int or ndarray of int, optional
        Precoders of streams: the most a user receives, one for all or ``[user]``; as many as it has antennas when left out.
    user_position, access_point_position : ndarray of float, optional
        Metres, ``[user, 3]`` and ``[accessPoint, 3]``, either with realization before; for ``nearest:L``.
    certificate : bool, default False
        Also bound the sum rate of every transmit scheme within the budgets: ``Result.upper_bound``. For users with one antenna.
    csi_nmse_db, csi_error : optional
        Design on estimates with an error of 10^(csi_nmse_db/10) times the energy of each link, independent over ``antennas`` or ``beams``; rates are those on ``H``.
    axes : str or sequence of str, optional
        Axes of ``H``, outermost first, such as ``"antenna,user,accessPoint"``, where they are in another order.
    downlink_gain : bool, default False
        The entries are those of y = h p, not of y = hᴴp.
    progress : callable, optional
        Called with a `Progress` about every 50 ms; what it raises stops the solve.
    **settings
        Settings of the method by name, such as ``damping=0.5``, or for one of several ``**{"bsp-hamiltonian.damping": 0.5}``; `precoders` lists them.
        A file of weights for ``bln-pgp``: ``**{"bln-pgp.weights": path}``.

    Returns
    -------
    Result, or dict of str to Result
        A dict where several precoders are named. Not converging is a status, not an error.

    Raises
    ------
    ValidationError
        Arguments or arrays that cannot be used (a ``ValueError``).
    DeviceError
        .NET or the device is missing, or has too little memory.
    SolveInterrupted
        Ctrl-C (a ``KeyboardInterrupt``), with what was computed.

    Notes
    -----
    Other Python threads run meanwhile. For many solves of the same shape `Solver` keeps device and memory.

    Examples
    --------
    >>> import beamprecoding as bp
    >>> H = bp.drop("iid", users=4, access_points=2, antennas=8, seed=1).H
    >>> H.shape
    (1, 4, 2, 8)
    >>> result = bp.solve(H, snr_db=10, device="cpu")
    >>> result.P.shape, result.status[0] in ("converged", "stalled")
    ((1, 4, 2, 8), True)
    >>> several = bp.solve(H, ["mrt", "rzf"], snr_db=10, device="cpu")
    >>> bool(several["rzf"].sum_rate[0] > several["mrt"].sum_rate[0])
    True
    """
    with Solver(
        precoder, snr_db, device, snr_rule=snr_rule, power=power, noise=noise, weights=weights, antenna_limit_db=antenna_limit_db, normalize=normalize, precision=precision, threads=threads, iterations=iterations,
        tolerance=tolerance, starts=starts, seed=seed, budget_ms=budget_ms, blocks=blocks, proportional_fair=proportional_fair, serving=serving, streams=streams, max_streams=max_streams, user_position=user_position,
        access_point_position=access_point_position, certificate=certificate, csi_nmse_db=csi_nmse_db, csi_error=csi_error, axes=axes, downlink_gain=downlink_gain, **settings,
    ) as solver:
        return solver.solve(H, warm_start=warm_start, progress=progress)


_ARGUMENTS = [name for name in solve.__kwdefaults__] + ["precoder", "snr_db", "device"]


_DEFAULTS = [("normalize", "none"), ("device", "auto"), ("seed", 0)]


def _readable(array: Any, name: str) -> np.ndarray:
    """The array itself where .NET can read it, else a C-contiguous copy in this machine's byte order."""
    result = np.asarray(array)
    kind, size = result.dtype.kind, result.dtype.itemsize
    if kind not in "cfiub" or result.ndim > 8:
        raise ValidationError(f"{name} has elements of type {result.dtype} and {result.ndim} axes; expected an array of numbers.")
    if kind in "cf" and size > (16 if kind == "c" else 8):
        result = result.astype("c16" if kind == "c" else "f8")  # long double
    elif not result.dtype.isnative:
        result = result.astype(result.dtype.newbyteorder("="))
    return result if result.flags.c_contiguous else np.ascontiguousarray(result)


def _text(value: Any, name: str) -> str:
    """A value as the command line spells it."""
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, (Sequence, np.ndarray)) and np.ndim(value) <= 1:
        return ",".join(_text(item, name) for item in np.atleast_1d(value).tolist())
    raise ValidationError(f"{name.replace('-', '_')} is {value!r}; expected text, a number or a sequence of them.")
