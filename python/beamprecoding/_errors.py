"""Exceptions, with the messages of the command-line tool."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from ._result import Result


class BeamPrecodingError(Exception):
    """Anything that this package cannot do; the other exceptions are subclasses."""


class ValidationError(BeamPrecodingError, ValueError):
    """Arguments or arrays that cannot be used; the message says what was got, what is expected, and the remedy."""


class DeviceError(BeamPrecodingError, RuntimeError):
    """The .NET runtime or a device is missing, broken or too small."""


class SolveInterrupted(KeyboardInterrupt):
    """Ctrl-C during a solve. A ``KeyboardInterrupt``, so nothing that handles those has to know of it.

    Attributes
    ----------
    result : Result or dict of str to Result, or None
        What was computed: the best iterates so far, with the status ``cancelled`` where iterations were cut short. None where
        there is nothing yet.
    """

    def __init__(self, result: Result | dict[str, Result] | None) -> None:
        super().__init__("the solve was interrupted; what was computed is in .result")
        self.result = result


_USAGE, _BAD_INPUT, _DEVICE = 2, 3, 4  # exit codes of the tool


def raise_for(code: int, message: str) -> NoReturn:
    """Raises what an exit code of the tool stands for. Options are spelled as arguments: --snr-db is snr_db."""
    for said, here in _WORDS:
        message = message.replace(said, here)
    message = re.sub(r"--([a-z-]+) ([a-z]+[,:-][\w,:-]*\w)", lambda option: f'{option[1].replace("-", "_")}="{option[2]}"', message)
    message = re.sub(r"--([a-z]+(?:-[a-z]+)*)", lambda option: option[1].replace("-", "_"), message)
    if code in (_USAGE, _BAD_INPUT):
        raise ValidationError(message)
    raise DeviceError(message) if code == _DEVICE else BeamPrecodingError(message)
_WORDS = (
    ("--set ", ""), ("the channel file has no ", "H comes without "), ("the channel file has ", "noise has "), ("--warm-start FILE", "warm_start"), (" Write the file again.", ""),
    ("userPosition", "user_position"), ("accessPointPosition", "access_point_position"), ("warmStart", "warm_start"), ("'maxStreams'", "'max_streams'"), ("weight: 'weight'", "'weights'"),
)
