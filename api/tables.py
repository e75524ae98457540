"""Tables as files for spreadsheets (CSV)."""

import csv
from collections.abc import Iterable, Sequence
from io import StringIO

from fastapi import Response

Cell = str | int | float | None
# A spreadsheet takes a text that begins so for a formula, and may run it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv_file(name: str, rows: Iterable[Sequence[Cell]]) -> Response:
    """Return a file to be saved. ``name`` is plain ASCII; None is an empty cell; no text is taken for a formula."""
    written = StringIO()
    csv.writer(written).writerows([_harmless(cell) for cell in row] for row in rows)
    # With a byte order mark, spreadsheets read UTF-8.
    return Response(
        "\ufeff" + written.getvalue(),
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
        media_type="text/csv; charset=utf-8",
    )


def _harmless(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
