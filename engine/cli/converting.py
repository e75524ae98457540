"""The command that tells what becomes of another engine's model, and writes what a package needs beside it."""

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import Any

from engine.bpmn.form_data import forms_of
from engine.bpmn.model import Conversion, Outcome
from engine.bpmn.reader import read_bpmn
from engine.cli.printing import Output

_DIALECTS = ("camunda7", "camunda8", "flowable", "spiff")
_WORDS = {
    "en": {
        Outcome.MAPPED: "mapped",
        Outcome.JOB: "became a job type",
        Outcome.UNNEEDED: "not needed",
        Outcome.LOST: "no equivalent",
        Outcome.REFUSED: "refused",
    },
    "id": {
        Outcome.MAPPED: "dipetakan",
        Outcome.JOB: "menjadi jenis pekerjaan",
        Outcome.UNNEEDED: "tidak diperlukan",
        Outcome.LOST: "tanpa padanan",
        Outcome.REFUSED: "ditolak",
    },
}


def add(commands: Any) -> None:
    """Add the command."""
    converting = commands.add_parser("convert", help="tell what becomes of the properties of another engine's model")
    converting.add_argument("path", nargs="+", type=Path, help="BPMN files")
    converting.add_argument("--dialect", choices=_DIALECTS, help="whose files they are, where they do not show it")
    converting.add_argument(
        "--to", type=Path, metavar="FOLDER", help="the package to which forms are written that the models describe"
    )
    converting.add_argument("--json", action="store_true", help="give the report as JSON")
    converting.set_defaults(run=_convert)


def _convert(options: argparse.Namespace, output: Output) -> int:
    told = []
    for path in options.path:
        model = read_bpmn(path.read_bytes(), file=path.name, dialect=options.dialect)
        forms = forms_of(model.root) if model.root is not None else {}
        words = _WORDS[output.language]
        for conversion in model.conversions:
            output.say(f"{path}:{conversion.place.line}: {words[conversion.outcome]}: {_line(conversion)}")
        for name, form in forms.items() if options.to is not None else ():
            _write(options.to / "forms" / f"{name}.json", form)
            output.say(f"{options.to / 'forms' / name}.json: {len(form['components'])}")
        counts = Counter(conversion.outcome for conversion in model.conversions)
        figures = ", ".join(f"{counts[outcome]} {words[outcome]}" for outcome in Outcome if counts[outcome]) or "0"
        output.say(f"{path}: {model.dialect}: {figures}")
        conversions = [conversion.as_dict() for conversion in model.conversions]
        told.append({"file": str(path), "dialect": model.dialect, "conversions": conversions, "forms": forms})
    if output.as_json:
        output.give(told)
    return 0


def _line(conversion: Conversion) -> str:
    who = f"[{conversion.element}] " if conversion.element else ""
    return f"{who}{conversion.what}{f' → {conversion.became}' if conversion.became else ''}"


def _write(path: Path, form: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(form, ensure_ascii=False, indent=2) + "\n")
