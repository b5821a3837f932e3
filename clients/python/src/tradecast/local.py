"""A private service on a free loopback port, which ends with this process."""

from __future__ import annotations

import atexit
import contextlib
import os
import queue
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import threading
import time
import weakref
from os import PathLike
from typing import IO

from .errors import LocalServiceError

# The service ends when the pipe of its standard input is closed, so that it outlives this process
# by no more than a moment, even if this process is killed. It does not hear a Ctrl-C of a notebook.
_GUARD = '"$@" </dev/null & s=$!; exec >/dev/null; read -r _; kill "$s" 2>/dev/null; wait "$s"'
_STARTED_WITHIN = 60.0
_STOPPED_WITHIN = 5.0


def find_binary(binary: str | PathLike[str] | None = None) -> str:
    """Return the path of the tradecast binary: the argument, else TRADECAST_BINARY.

    Without both, it is the one that the wheel brought, else the one on the path.

    Raises LocalServiceError if there is none.
    """
    named = os.fspath(binary) if binary is not None else os.environ.get("TRADECAST_BINARY")
    if named:
        found = shutil.which(named)
    else:
        # A virtual environment that is not activated has its programs beside `python`.
        found = shutil.which("tradecast", path=sysconfig.get_path("scripts"))
        found = found or shutil.which("tradecast")
    if found is None:
        what = f"there is no program {named}" if named else "tradecast is not on the path"
        raise LocalServiceError(
            f"{what}; build it with `cargo build --release` and name target/release/tradecast by"
            " the argument `binary` or the environment variable TRADECAST_BINARY"
        )
    return found


class LocalService:
    """A running `tradecast serve`.

    `address` is its HOST:PORT, `pid` the process to signal. `close` ends it; so does the end of
    this process.
    """

    def __init__(
        self,
        *,
        data: str | PathLike[str] | None = None,
        store: str | PathLike[str] | None = None,
        binary: str | PathLike[str] | None = None,
        threads: int = 0,
        listen: str = "127.0.0.1:0",
    ) -> None:
        """Start the service and wait until it listens.

        Raises ValueError if both `data` and `store` are given, LocalServiceError with the
        service's own words if it does not start.
        """
        if data is not None and store is not None:
            raise ValueError("name data or store, not both")
        command = [find_binary(binary), "serve", "--listen", listen, "--threads", str(threads)]
        environment = dict(os.environ)
        environment.setdefault("RUST_LOG", "warn")
        for option, place in (("data", data), ("store", store)):
            if place is not None:
                command += [f"--{option}", os.fspath(place)]
                environment.pop("TRADECAST_DATA", None)
                environment.pop("TRADECAST_STORE", None)
        guarded = os.name == "posix"
        if guarded:
            command = ["/bin/sh", "-c", _GUARD, "tradecast", *command]
        log = tempfile.TemporaryFile()  # noqa: SIM115
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE if guarded else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            env=environment,
            start_new_session=guarded,
        )
        self._finish = weakref.finalize(self, _stop, process, log)
        atexit.register(self._finish)
        self.pid = process.pid
        try:
            self.address = _address(process, log)
        except BaseException as error:
            self._finish()
            if isinstance(error, LocalServiceError) and data is None and store is None:
                raise LocalServiceError(
                    f"{error.message}; name figures by `data` (a folder or file in the tidy layout)"
                    " or `store` (a place that is made if there is none)"
                ) from None
            raise

    def close(self) -> None:
        """End the service. A second call does nothing."""
        atexit.unregister(self._finish)
        self._finish()


def _address(process: subprocess.Popen[bytes], log: IO[bytes]) -> str:
    """Return the address that the service prints."""
    lines: queue.Queue[bytes] = queue.Queue()
    assert process.stdout is not None
    out = process.stdout
    threading.Thread(target=lambda: lines.put(out.readline()), daemon=True).start()
    try:
        line = lines.get(timeout=_STARTED_WITHIN).decode()
    except queue.Empty:
        raise LocalServiceError(f"the service did not listen in {_STARTED_WITHIN:g} s") from None
    if not line.startswith("listening on "):
        time.sleep(0.1)
        log.seek(0)
        words = log.read().decode(errors="replace").strip()
        raise LocalServiceError(f"the service did not start: {words or line.strip()}")
    return line.removeprefix("listening on ").strip()


def _stop(process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
    else:
        process.terminate()
    try:
        process.wait(_STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        if os.name == "posix":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
    log.close()
