"""Forms that may carry files: read only as far as allowed, and as what they say they are."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from api import bodies
from api.pages.visitor import FORM, MOST_FIELDS, MOST_FORM_BYTES, own_page, pairs_of
from api.problems import Problem
from engine.forms import FieldError
from engine.settings import settings

_WITH_FILES = "multipart/form-data"
# Packages may have a hundred files; what is over that is named by their own reader.
MOST_FILES = 200


@dataclass(frozen=True, slots=True)
class File:
    """A file that was chosen in the field ``field``."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Posted:
    """What a form sent: its fields in their order, and its files."""

    pairs: Sequence[tuple[str, str]]
    files: Sequence[File]

    @property
    def fields(self) -> Mapping[str, str]:
        """The fields; of one that came several times, the last."""
        return dict(self.pairs)


async def posted(request: Request, _own: Annotated[None, Depends(own_page)]) -> Posted:
    """Return what a form sent, with or without files. Raises Problem.

    All files together may be as large as one document.
    """
    kind = bodies.media_type(request)
    if kind == FORM:
        return Posted(pairs_of(await bodies.read(request, MOST_FORM_BYTES)), ())
    if kind != _WITH_FILES:
        raise Problem("media-type", f"Expected a form, found {kind[:100] or 'no content type'}")
    return await read_parts(request, settings().document_bytes + MOST_FORM_BYTES)


async def read_parts(request: Request, most: int, *, most_in_field: int = MOST_FORM_BYTES) -> Posted:
    """Return the fields and files of a form in parts, at most ``most`` bytes of it. Raises Problem."""
    body = await bodies.read(request, most)
    try:
        parts = await MultiPartParser(
            request.headers, _once(body), max_files=MOST_FILES, max_fields=MOST_FIELDS, max_part_size=most_in_field
        ).parse()
    except (MultiPartException, ValueError, KeyError) as error:
        raise Problem("malformed", "Expected the parts of a form, found another body") from error
    return await _sorted(parts.multi_items())


def empty_files(sent: Posted) -> dict[str, FieldError]:
    """Return an error for each field whose file has no content."""
    message = {"id": "Berkas ini kosong; pilih yang lain.", "en": "This file is empty; choose another."}
    return {file.field: FieldError(file.field, "empty", message) for file in sent.files if not file.content}


def megabytes() -> int:
    """Return how large all files of a form may be together, for people."""
    return settings().document_bytes // 1_000_000


Sent = Annotated[Posted, Depends(posted)]


async def _once(body: bytes) -> AsyncGenerator[bytes]:
    yield body


async def _sorted(parts: Sequence[tuple[str, Any]]) -> Posted:
    pairs: list[tuple[str, str]] = []
    files: list[File] = []
    for name, value in parts:
        if isinstance(value, UploadFile):
            content = await value.read()
            await value.close()
            if value.filename or content:  # a field without a choice comes as an empty file without a name
                files.append(File(name, value.filename or "", content))
        else:
            pairs.append((name, value))
    texts = [text for pair in pairs for text in pair] + [text for file in files for text in (file.field, file.name)]
    if any(bodies.is_unstorable(text) for text in texts):
        raise Problem("malformed", "Expected texts that can be stored, found NUL or half a surrogate pair")
    return Posted(pairs, files)
