"""Programs of the operating system that engines use where they are installed."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from functools import cache

from edl.errors import Broken, Cancelled, EnvironmentLacks

_POLL = 0.2  # seconds between two looks at whether the run is to stop


@cache
def version_of(program: str) -> str:
    """The first words that a program prints of its version; empty where it is not installed. It stands for the digests
    of what it brings along."""
    path = shutil.which(program)
    if path is None:
        return ""
    shown = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=False)
    lines = [line.split("Data at")[0].strip() for line in (shown.stdout + shown.stderr).splitlines()]
    return next((line for line in lines if any(map(str.isdigit, line)) and "19" not in line[:60]), program)


def told_by(program: str, *asked: str) -> str:
    """What an installed program prints when it is asked for what it brings, such as its voices; empty where it is not
    installed or does not answer at once. A program is asked once in a process."""
    path = shutil.which(program)
    return _told(path, asked) if path else ""


@cache
def _told(path: str, asked: tuple[str, ...]) -> str:
    try:
        shown = subprocess.run([path, *asked], stdin=subprocess.DEVNULL, capture_output=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return shown.stdout.decode("utf-8", "replace")


def path_of(program: str, package: str) -> str:
    """Where a program is installed.

    :raises EnvironmentLacks: when it is not, with the Debian package to install
    """
    path = shutil.which(program)
    if path is None:
        raise EnvironmentLacks(f"the program {program} is not installed", remedy=f"apt-get install {package} (Debian)")
    return path


def run_program(
    command: Sequence[str], stopped: Callable[[], bool], timeout: float, given: bytes = b"", folder: str | None = None
) -> bytes:
    """Run a program to its end and return what it printed; it is killed when the run is to stop.

    :param timeout: seconds
    :raises Broken: when it fails, cannot be started or takes too long
    :raises Cancelled: when the run is to stop
    """
    name = command[0].rsplit("/", 1)[-1]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            start_new_session=True,
        )
    except OSError as error:
        raise Broken(f"{name} cannot be started: {error}") from error
    waited = 0.0
    pending: bytes | None = given
    while True:
        try:
            out, complaints = process.communicate(pending, timeout=_POLL)
            break
        except subprocess.TimeoutExpired:
            pending, waited = None, waited + _POLL
            if stopped():
                _end(process)
                raise Cancelled("stopped on request") from None
            if waited > timeout:
                _end(process)
                raise Broken(f"{name} took longer than {timeout:g} s") from None
    if process.returncode:
        words = complaints.decode("utf-8", "replace").strip().splitlines()
        raise Broken(f"{name} failed ({process.returncode}): {words[-1][:200] if words else 'it said nothing'}")
    return out


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill a program with all that it started."""
    import os
    import signal
    from contextlib import suppress

    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
