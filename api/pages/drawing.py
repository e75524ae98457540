"""Draw pages: templates, words in two languages, dates, and the files of the browser's part.

A template says ``{{ say("Kotak tugas", "Task list") }}``: both languages stand side by side, so that neither can be
forgotten. Whatever is not written in a template is escaped.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from babel.dates import format_date
from babel.numbers import format_decimal
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from api.pages import dates
from api.pages.forms import is_masked
from api.pages.notices import notice
from api.pages.rooms import rooms
from api.pages.visitor import Visitor
from api.pages.words import article
from engine.manifest import Law

_HERE = Path(__file__).parents[1]
STATIC = _HERE / "static"
_GROUPED = 10_000
# Browsers run scripts and styles of ours alone, and none that stand in a page.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# The editors of bpmn.io write styles into their pages.
EDITOR_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
HEADERS = {
    "Content-Security-Policy": POLICY,
    # Forms must say that they come from here: with no-referrer browsers send the origin "null".
    "Referrer-Policy": "same-origin",
}


def page(
    request: Request,
    visitor: Visitor,
    template: str,
    *,
    status: int = 200,
    policy: str = POLICY,
    **values: Any,
) -> HTMLResponse:
    """Return a page from a template."""
    text = (
        _templates()
        .get_template(template)
        .render(
            visitor=visitor,
            language=visitor.language,
            path=request.url.path,
            here=_here(request),
            demo=request.app.state.demo,
            rooms=rooms(visitor, request.url.path),
            notice=notice(request.query_params.get("done"), visitor.language),
            **values,
        )
    )
    return HTMLResponse(text, status, {**HEADERS, "Content-Security-Policy": policy})


def picture(visitor: Visitor, template: str, **values: Any) -> Response:
    """Return a picture (SVG) from a template. It can be saved, and shown as an image."""
    text = _templates().get_template(template).render(visitor=visitor, language=visitor.language, **values)
    policy = "default-src 'none'; frame-ancestors 'none'"
    return Response(text, headers={**HEADERS, "Content-Security-Policy": policy}, media_type="image/svg+xml")


def go(path: str, *, done: str | None = None) -> RedirectResponse:
    """Return the answer to a form: the browser reads ``path``. ``done`` names the notice that it shows."""
    joint = "&" if "?" in path else "?"
    return RedirectResponse(path if done is None else f"{path}{joint}{urlencode({'done': done})}", 303, HEADERS)


def _here(request: Request) -> str:
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


@cache
def _templates() -> Environment:
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"say": _say, "text": _text, "day": _day, "month": _month, "moment": _moment}
    made.globals |= {"whole": _whole, "number": _number, "named": _named, "article": _article}
    made.globals["until"] = _until
    made.globals["is_masked"] = is_masked
    made.globals |= {"script": _script, "styles": _styles}
    made.filters |= {"json": json.dumps}
    return made


@pass_context
def _say(context: Context, indonesian: str, english: str, **values: Any) -> str:
    """Return a sentence in the visitor's language, with values put in place of {names}."""
    sentence = english if context["language"] == "en" else indonesian
    return sentence.format(**values) if values else sentence


@pass_context
def _text(context: Context, texts: Mapping[str, str] | None, otherwise: str = "") -> str:
    """Return a text of a process in the visitor's language, else in the one that it has."""
    if not texts:
        return otherwise
    return texts.get(context["language"]) or next(iter(texts.values()))


@pass_context
def _article(context: Context, law: Law) -> str:
    """Return the article that a value rests on: article 22(7), or what the package says in words."""
    return article(law, context["language"])


@pass_context
def _named(context: Context, titles: Mapping[str, Mapping[str, str]]) -> list[tuple[str, str]]:
    """Return keys with their titles in the visitor's language, in the order of the titles: options of a choice."""
    return sorted(
        ((key, _text(context, texts, key)) for key, texts in titles.items()), key=lambda pair: pair[1].lower()
    )


@pass_context
def _day(context: Context, value: date | datetime | str | None) -> str:
    """Return a day as people write it: 24 November 2026. Of a moment, the day where the visitor is.

    A text is a day as forms send it (ISO 8601); one that is none stays as it is.
    """
    if value is None:
        return "–"
    if isinstance(value, str):
        try:
            return _day(context, date.fromisoformat(value))
        except ValueError:
            return value
    return dates.day(value, context["language"], context["visitor"].zone)


@pass_context
def _month(context: Context, value: str, pattern: str = "MMMM y") -> str:
    """Return a month, given as 2026-11, as people write it: November 2026."""
    return format_date(date.fromisoformat(f"{value}-01"), pattern, locale=context["language"])


@pass_context
def _until(context: Context, value: datetime) -> str:
    """Return by when something is due: of a midnight the day that ends with it, which is the last one that counts."""
    local = value.astimezone(context["visitor"].zone)
    if (local.hour, local.minute, local.second, local.microsecond) == (0, 0, 0, 0):
        return _day(context, local.date() - timedelta(days=1))
    return _moment(context, value)


@pass_context
def _whole(context: Context, value: int) -> str:
    """Return a whole number as people write it: 12,500, or 12.500 in Indonesian."""
    return str(format_decimal(value, locale=context["language"]))


@pass_context
def _number(context: Context, value: Any) -> Any:
    """Return a number as people write it; years and other short ones without groups. What is no number stays."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return format_decimal(value, locale=context["language"], group_separator=abs(value) >= _GROUPED)


@pass_context
def _moment(context: Context, value: datetime | None) -> str:
    """Return a moment as people write it, where the visitor is: 24 Nov 2026, 14.30."""
    return dates.moment(value, context["language"], context["visitor"].zone)


def _script(name: str) -> str:
    """Return the address of an entry's script."""
    return "/static/" + str(_entry(name)["file"])


def _styles(name: str) -> list[str]:
    """Return the addresses of an entry's style sheets, those of the parts that it shares included."""
    found: list[str] = []
    _collect(f"src/{name}.ts", found, set())
    return found


def _collect(key: str, found: list[str], seen: set[str]) -> None:
    if key in seen:
        return
    seen.add(key)
    entry = _manifest()[key]
    for shared in entry.get("imports", ()):
        _collect(shared, found, seen)
    found += ["/static/" + sheet for sheet in entry.get("css", ())]


def _entry(name: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = _manifest()[f"src/{name}.ts"]
    return found


@cache
def _manifest() -> Mapping[str, Any]:
    """Return what Vite built, by source. Raises FileNotFoundError where the package was not built."""
    found: Mapping[str, Any] = json.loads((STATIC / "manifest.json").read_text())
    return found
