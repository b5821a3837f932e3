"""Build hook: generate the messages of `tradecast.v1` from the contract in `proto/`."""

import subprocess
import sys
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
