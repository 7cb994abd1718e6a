"""Finds .NET, starts it in this process by hostfxr, and calls src/Precoding.Python/EntryPoints.cs."""

from __future__ import annotations

import ctypes
import functools
import math
import os
import shutil
import sys
import threading
from ctypes import POINTER, byref, c_char_p, c_int, c_int64, c_ssize_t, c_void_p
from pathlib import Path
from typing import Any, Callable

import numpy as np

from ._errors import BeamPrecodingError, DeviceError, raise_for

ASSEMBLY = "Precoding.Python"
RUNTIME = "the .NET runtime 10 (https://dotnet.microsoft.com/download/dotnet/10.0)"
WINDOWS = sys.platform == "win32"
LIBRARY = "hostfxr.dll" if WINDOWS else "libhostfxr.dylib" if sys.platform == "darwin" else "libhostfxr.so"
ALIGNMENT = 16  # bytes; of the largest element
SMALL_BYTES = 4096  # arrays that share a block of memory
WAIT_MILLISECONDS = 50  # between two looks for signals


class ForeignArray(ctypes.Structure):
    """An array that .NET reads where it lies."""

    _fields_ = [("name", c_char_p), ("data", c_void_p), ("kind", c_int), ("rank", c_int), ("extents", c_int64 * 8)]


class JobProgress(ctypes.Structure):
    """How far a job is."""

    _fields_ = [(name, c_int) for name in (
        "precoder", "precoders", "realizations_done", "realizations", "start", "starts", "iteration", "max_iterations")]


def dotnet_roots() -> list[Path]:
    """Where .NET may be installed, the most explicit place first."""
    places = [os.environ.get("DOTNET_ROOT")]
    dotnet = shutil.which("dotnet")
    places.append(str(Path(dotnet).resolve().parent) if dotnet else None)
    if WINDOWS:
        places += [os.path.join(os.environ[name], "dotnet") for name in ("ProgramFiles", "LOCALAPPDATA") if name in os.environ]
        places += [os.path.join(os.environ["LOCALAPPDATA"], "Microsoft", "dotnet")] if "LOCALAPPDATA" in os.environ else []
    else:
        try:
            places.append(Path("/etc/dotnet/install_location").read_text(encoding="utf-8").splitlines()[0].strip())
        except (OSError, IndexError):
            pass
        places += ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/usr/local/share/dotnet", "/snap/dotnet-sdk/current",
                   "/opt/homebrew/opt/dotnet/libexec", os.path.expanduser("~/.dotnet")]
    return [Path(place) for place in dict.fromkeys(places) if place]


def find_hostfxr() -> Path:
    """The newest hostfxr of the first place that has one."""
    roots = dotnet_roots()
    for root in roots:
        found = sorted((root / "host" / "fxr").glob("*/" + LIBRARY), key=_version_of)
        if found:
            return found[-1]
    raise DeviceError(
        f"No .NET was found in {', '.join(map(str, roots))}. Install {RUNTIME}, or set DOTNET_ROOT to the folder that holds 'dotnet'.")


def _version_of(path: Path) -> list[tuple[int, int | str]]:
    return [(1, int(part)) if part.isdigit() else (0, part) for part in path.parent.name.replace("-", ".").split(".")]


def find_assemblies() -> Path:
    """The folder of the managed assemblies: in the package, or where the repository builds them."""
    here = Path(__file__).resolve().parent
    places = [os.environ.get("BEAMPRECODING_ASSEMBLIES"), here / "_dotnet", here.parents[1] / "src" / ASSEMBLY / "bin" / "Release" / "net10.0"]
    for place in places:
        if place and (Path(place) / f"{ASSEMBLY}.dll").is_file():
            return Path(place)
    raise BeamPrecodingError(
        f"The assemblies of beamprecoding are not in {here / '_dotnet'}. Install the wheel (python/build-wheel), or in the repository run: "
        f"dotnet build -c Release src/{ASSEMBLY}")


class Host:
    """The entry points, as functions. The GIL is released while one runs."""

    def __init__(self) -> None:
        folder = find_assemblies()
        text = os.fsencode if not WINDOWS else str
        characters = ctypes.c_wchar_p if WINDOWS else c_char_p
        try:
            fxr = ctypes.CDLL(str(find_hostfxr()))
        except OSError as error:
            raise DeviceError(f".NET cannot be loaded: {error}. Install {RUNTIME} for this machine's processor.") from error
        complaints: list[str] = []
        writer_type = ctypes.CFUNCTYPE(None, characters)
        writer = writer_type(lambda message: complaints.append(os.fsdecode(message)))
        fxr.hostfxr_set_error_writer.argtypes, fxr.hostfxr_set_error_writer.restype = [c_void_p], c_void_p
        fxr.hostfxr_set_error_writer(ctypes.cast(writer, c_void_p))
        context, load = c_void_p(), c_void_p()
        fxr.hostfxr_initialize_for_runtime_config.argtypes = [characters, c_void_p, POINTER(c_void_p)]
        fxr.hostfxr_get_runtime_delegate.argtypes = [c_void_p, c_int, POINTER(c_void_p)]
        fxr.hostfxr_close.argtypes = [c_void_p]
        code = fxr.hostfxr_initialize_for_runtime_config(text(str(folder / f"{ASSEMBLY}.runtimeconfig.json")), None, byref(context))
        if code not in (0, 1, 2):  # 1 and 2: .NET is in this process already, as with pythonnet
            raise DeviceError(f".NET did not start (0x{code & 0xffffffff:08x}). {' '.join(complaints).strip()} Install {RUNTIME}.")
        load_function_of = 5  # hdt_load_assembly_and_get_function_pointer
        code = fxr.hostfxr_get_runtime_delegate(context, load_function_of, byref(load))
        fxr.hostfxr_close(context)
        if code != 0:
            raise DeviceError(f".NET did not start (0x{code & 0xffffffff:08x}). {' '.join(complaints).strip()} Install {RUNTIME}.")
        fxr.hostfxr_set_error_writer(None)
        load_type = ctypes.CFUNCTYPE(c_int, characters, characters, characters, c_void_p, c_void_p, POINTER(c_void_p))
        load_function = load_type(load.value)  # type: ignore[arg-type]

        def entry(name: str, result: object, *arguments: object) -> Callable:
            address = c_void_p()
            unmanaged_callers_only = c_void_p(-1)
            status = load_function(
                text(str(folder / f"{ASSEMBLY}.dll")), text(f"{ASSEMBLY}.EntryPoints, {ASSEMBLY}"), text(name), unmanaged_callers_only, None, byref(address))
            if status != 0 or not address.value:
                raise BeamPrecodingError(f"{folder / ASSEMBLY}.dll has no {name} (0x{status & 0xffffffff:08x}); package and assemblies are of different versions. Install the wheel again.")
            return ctypes.CFUNCTYPE(result, *arguments)(address.value)  # type: ignore[arg-type]

        self.open_session = entry("OpenSession", c_ssize_t, c_char_p, c_int, POINTER(c_int))
        self.start_solve = entry("StartSolve", c_ssize_t, c_ssize_t, c_void_p, c_int, c_int)
        self.start_drop = entry("StartDrop", c_ssize_t, c_char_p, c_int)
        self.ask = entry("Ask", c_ssize_t, c_char_p, c_int)
        self.wait = entry("Wait", c_int, c_ssize_t, c_int, c_void_p)
        self.cancel = entry("Cancel", None, c_ssize_t)
        self.outcome = entry("Outcome", c_int, c_ssize_t, POINTER(c_void_p), POINTER(c_int))
        self.fetch = entry("Fetch", c_int, c_ssize_t, c_void_p, c_void_p, c_int)
        self.free = entry("Free", None, c_ssize_t)


_host: Host | None = None
_owner = os.getpid()
_starting = threading.Lock()


def host() -> Host:
    """.NET, started on first use."""
    global _host, _owner
    if _host is None:
        with _starting:
            if _host is None:
                _owner = os.getpid()
                _host = Host()
    if _owner != os.getpid():
        raise BeamPrecodingError(
            "This process was forked from one that had used beamprecoding, and .NET does not survive a fork. "
            "Use multiprocessing.get_context('spawn'), or call beamprecoding in the children only.")
    return _host


def joined(words: list[str]) -> bytes:
    """Words as the entry points take them."""
    return "\0".join(words).encode()


def text_of(job: int) -> tuple[int, str]:
    """Exit code and text of a job that has ended."""
    address, length = c_void_p(), c_int()
    code = host().outcome(job, byref(address), byref(length))
    return code, ctypes.string_at(address, length.value).decode() if length.value else ""


def ask(*words: str) -> str:
    """A text from .NET."""
    request = joined(list(words))
    job = host().ask(request, len(request))
    try:
        code, text = text_of(job)
    finally:
        host().free(job)
    return text if code == 0 else raise_for(code, text)


_abandoned: list[object] = []  # jobs that go on after a second Ctrl-C, with the memory that they read


def run(job: int, memory: object, progress: Callable[[JobProgress], object] | None = None) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Waits for a job, looks for signals meanwhile, and fetches its arrays and texts.

    An exception that is raised meanwhile (KeyboardInterrupt, or by ``progress``) stops the job; it then has ``partial``: the arrays
    and texts of what was computed, or None.
    """
    library = host()
    how = JobProgress()
    where = byref(how)
    try:
        while not library.wait(job, WAIT_MILLISECONDS, where):
            if progress is not None:
                progress(how)
        return fetched(job)
    except BaseException as stop:
        if isinstance(stop, BeamPrecodingError):
            raise  # the job has ended
        library.cancel(job)
        try:
            while not library.wait(job, WAIT_MILLISECONDS, where):
                pass
            stop.partial = fetched(job)  # type: ignore[attr-defined]
        except BeamPrecodingError:
            pass
        except BaseException:
            _abandoned.append((job, memory))
            job = 0
            raise
        raise
    finally:
        if job:
            library.free(job)


def fetched(job: int) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays of a job that has ended, in memory that numpy owns, and its texts."""
    code, text = text_of(job)
    if code != 0:
        raise_for(code, text)
    arrays: dict[str, np.ndarray] = {}
    texts: dict[str, str] = {}
    addresses, sizes = [], []
    lines = [_line(line) for line in text.split("\n")[:-1]]
    block = np.empty(sum(entry[3] for entry in lines if entry[3] <= SMALL_BYTES), np.uint8)  # one for all small ones: an array costs a microsecond
    base, offset = block.ctypes.data, 0
    for name, dtype, rest, size in lines:
        if dtype is None:
            texts[name] = rest
            continue
        if size > SMALL_BYTES:
            array = np.empty(rest, dtype)
            addresses.append(array.ctypes.data)
        else:
            array = np.ndarray(rest, dtype, block, offset)
            addresses.append(base + offset)
            offset += size
        arrays[name] = array
        sizes.append(array.nbytes)
    count = len(sizes)
    if host().fetch(job, (c_void_p * count)(*addresses), (c_int64 * count)(*sizes), count) != 0:
        raise BeamPrecodingError("Internal error: the results changed while they were copied. Report it, please.")
    return arrays, texts


@functools.lru_cache(maxsize=256)
def _line(line: str) -> tuple[str, Any, Any, int]:
    """Name, dtype, shape and room of an array; or name, None, text and 0."""
    name, descr, rest = line.split("\t", 2)
    if descr == "U":
        return name, None, rest, 0
    dtype, shape = np.dtype(descr), tuple(map(int, rest.split(","))) if rest else ()
    return name, dtype, shape, -(-dtype.itemsize * math.prod(shape) // ALIGNMENT) * ALIGNMENT


def foreign(arrays: dict[str, np.ndarray]) -> ctypes.Array[ForeignArray]:
    """C-contiguous arrays as .NET reads them."""
    table = (ForeignArray * len(arrays))()
    for entry, (name, array) in zip(table, arrays.items()):
        dtype = array.dtype
        entry.name, entry.data, entry.kind, entry.rank = name.encode(), array.ctypes.data, ord(dtype.kind) << 8 | dtype.itemsize, array.ndim
        entry.extents[: array.ndim] = array.shape
    return table
