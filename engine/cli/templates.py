"""The command new: a small package that works, to start from."""

import argparse
import re
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from engine.cli.printing import Output


def add(commands: Any) -> None:
    """Add the command."""
    new = commands.add_parser("new", help="write a small working package to start from")
    new.add_argument("path", type=Path, help="the new folder; its name becomes the id of the process")
    new.set_defaults(run=_new)


def _new(options: argparse.Namespace, output: Output) -> int:
    folder: Path = options.path
    process_id = folder.resolve().name
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", process_id):
        return output.refuse(f"Expected a folder named in small letters such as data_request, found {process_id}")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        return output.refuse(f"Expected a new or empty folder, found {folder} with something in it")
    for name, content in template(process_id).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    output.say(f"{folder} was written. Next: alur lint {folder}; alur play {folder}")
    return 0


def template(process_id: str) -> dict[str, bytes]:
    """Return the files of the small package, by name, for a process of this id."""
    code = process_id.upper()[:12]
    return {
        name.replace("PROCESS_ID", process_id): text.replace("PROCESS_ID", process_id)
        .replace("PROCESS_CODE", code)
        .encode()
        for name, text in _texts(files("engine.cli").joinpath("template"), "")
    }


def _texts(folder: Traversable, prefix: str) -> Iterator[tuple[str, str]]:
    for item in folder.iterdir():
        if item.is_dir():
            yield from _texts(item, f"{prefix}{item.name}/")
        else:
            yield f"{prefix}{item.name}", item.read_text(encoding="utf-8")
