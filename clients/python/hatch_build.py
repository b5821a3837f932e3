"""Build hook: generate the messages of `tradecast.v1` from the contract in `proto/`.

If TRADECAST_WHEEL_BINARY names a binary of the service, the wheel brings it and is for this
platform: its tag names the glibc that the binary needs.
"""

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class GenerateMessages(BuildHookInterface):  # type: ignore[type-arg]
    """Run protoc before the wheel is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write `src/tradecast/v1`; a source archive carries the contract instead."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        # A source archive has its own copy of the contract.
        places = [root / "proto", root.parent.parent / "proto"]
        proto = next(place for place in places if (place / "tradecast/v1").is_dir())
        out = root / "src"
        files = sorted(str(file) for file in (proto / "tradecast/v1").glob("*.proto"))
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{proto}"]
        outputs = [f"--{kind}_out={out}" for kind in ("python", "pyi", "grpc_python")]
        subprocess.run([*command, *outputs, *files], check=True)
        words = '"""Messages and stubs generated from proto/tradecast/v1."""\n'
        (out / "tradecast/v1/__init__.py").write_text(words)
        if binary := os.environ.get("TRADECAST_WHEEL_BINARY"):
            program = "tradecast.exe" if os.name == "nt" else "tradecast"
            build_data["shared_scripts"][binary] = program
            build_data["pure_python"] = False
            build_data["tag"] = f"py3-none-{_platform(Path(binary))}"


def _platform(binary: Path) -> str:
    """Return the platform tag of a binary, by the newest symbols of glibc that it uses."""
    here = re.sub(r"[-.]", "_", sysconfig.get_platform())
    if not here.startswith("linux_"):
        return here
    content = binary.read_bytes()
    needed = [int(minor) for minor in re.findall(rb"GLIBC_2\.(\d+)\0", content)]
    if b"GLIBC_ABI_DT_RELR" in content:
        needed.append(36)
    return here.replace("linux", f"manylinux_2_{max(needed)}", 1)
