"""A service with TLS and API keys, called with and without them."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradecast import AsyncClient, Client, TradecastError
from tradecast._rpc import credentials_of, metadata_of
from tradecast.local import find_binary


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """The address of a service, the file of its authority, and an API key."""
    folder = tmp_path_factory.mktemp("secured")
    make = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    make += ["-nodes", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    make += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem"), "-days", "2"]
    made = subprocess.run(make, capture_output=True, check=False)
    if made.returncode:
        pytest.skip("openssl cannot make a certificate")
    binary = str(find_binary(None))
    keys = folder / "keys"
    new = [binary, "keys", "new", "--name", "desk", "--file", str(keys)]
    key = subprocess.run(new, capture_output=True, check=True, text=True).stdout.strip()
    serve = [binary, "serve", "--listen", "localhost:0", "--store", str(folder / "store")]
    serve += ["--tls-cert", str(folder / "cert.pem"), "--tls-key", str(folder / "key.pem")]
    serve += ["--api-keys", str(keys)]
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        port = process.stdout.readline().rsplit(":", 1)[1].strip()
        yield f"localhost:{port}", str(folder / "cert.pem"), key
    finally:
        process.terminate()
        process.wait(20)


def test_a_key_over_tls_is_let_in(secured: tuple[str, str, str]) -> None:
    address, authority, key = secured
    with Client(address, tls=authority, api_key=key) as client:
        assert client.series().is_empty()
    refused = pytest.raises(TradecastError, match="a credential is needed")
    with Client(address, tls=authority, retries=0) as client, refused:
        client.series()


async def _list(address: str, authority: str, key: str) -> bool:
    async with AsyncClient(address, tls=authority, api_key=key) as client:
        return (await client.series()).is_empty()


def test_asyncio_has_the_same_arguments(secured: tuple[str, str, str]) -> None:
    import asyncio

    assert asyncio.run(_list(*secured))


def test_https_turns_tls_on_and_plain_addresses_do_not(tmp_path: Path) -> None:
    assert credentials_of("127.0.0.1:1", False, None) is None
    assert credentials_of("https://trade.example.org", False, None) is not None
    assert credentials_of("127.0.0.1:1", True, None) is not None
    assert metadata_of("k", [("a", "b")]) == [("authorization", "Bearer k"), ("a", "b")]
    assert sys.version_info >= (3, 10)
