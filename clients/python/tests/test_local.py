"""Private services: how they are found, and that they end."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import DATA

from tradecast import Client, LocalService, LocalServiceError, Unavailable


def is_gone(address: str) -> bool:
    """Return whether nobody listens at an address within ten seconds."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with Client(address, retries=0) as client:
            try:
                client.series(timeout=2)
            except Unavailable:
                return True
        time.sleep(0.1)
    return False


def test_closing_ends_the_service() -> None:
    with Client.local(data=DATA) as client:
        assert not client.series().is_empty()
        address = client.address
    assert is_gone(address)


@pytest.mark.parametrize("how", ["ends", "is killed"])
def test_the_service_ends_with_the_process(how: str) -> None:
    script = """
        import sys
        from tradecast import Client
        client = Client.local(data=sys.argv[1])
        print(client.address, flush=True)
        sys.stdin.readline()
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(DATA)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    assert address
    if how == "is killed":
        os.kill(process.pid, signal.SIGKILL)
    process.communicate("\n" if how == "ends" else None)
    assert is_gone(address)


def test_a_missing_binary_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LocalServiceError, match="cargo build --release"):
        Client.local(binary="no-such-binary")
    monkeypatch.delenv("TRADECAST_BINARY")
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("sysconfig.get_path", lambda _: "")
    with pytest.raises(LocalServiceError, match="not on the path"):
        Client.local()


def test_the_binary_is_found_on_the_path(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, binary: str
) -> None:
    (tmp_path / "tradecast").symlink_to(binary)
    monkeypatch.delenv("TRADECAST_BINARY")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with Client.local(data=DATA) as client:
        assert client.series("USA.MEX.M").height == 1


def test_away_from_a_clone_the_arguments_for_figures_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(LocalServiceError, match=r"name figures by `data` .* or `store`"):
        Client.local()


def test_a_service_that_does_not_start_is_quoted(tmp_path: Path) -> None:
    with pytest.raises(LocalServiceError, match="nowhere"):
        LocalService(data=tmp_path / "nowhere")
    with pytest.raises(ValueError, match="not both"):
        LocalService(data=DATA, store=tmp_path)
