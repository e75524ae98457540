"""The command new: a small package that works, to start from."""

import argparse
import re
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
    _write(files("engine.cli").joinpath("template"), folder, process_id)
    output.say(f"{folder} was written. Next: alur lint {folder}; alur play {folder}")
    return 0


def _write(template: Traversable, folder: Path, process_id: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for item in template.iterdir():
        target = folder / item.name.replace("PROCESS_ID", process_id)
        if item.is_dir():
            _write(item, target, process_id)
        else:
            text = item.read_text(encoding="utf-8").replace("PROCESS_ID", process_id)
            target.write_text(text.replace("PROCESS_CODE", process_id.upper()[:12]), encoding="utf-8")
