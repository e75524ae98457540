"""XML that is hostile or broken is refused with the place; what tools write is read."""

import time
import tracemalloc
from collections.abc import Callable

import pytest

from engine.errors import Invalid, TooLarge
from engine.gate import XmlLimits, read_xml


def refused(data: bytes) -> tuple[str, int | None, str]:
    with pytest.raises(Invalid) as caught:
        read_xml(data, file="upload.bpmn")
    finding = caught.value.findings[0]
    assert finding.message.keys() == {"id", "en"}
    return finding.rule, finding.place.line, finding.message["en"]


def test_elements_know_names_texts_namespaces_and_places() -> None:
    root = read_xml(
        b'<?xml version="1.0" encoding="UTF-8"?>\n<d:definitions xmlns:d="urn:d" xmlns="urn:e" id="a">\n'
        b'  <task z:x="1" xmlns:z="urn:z">text<child/>more</task>\n</d:definitions>',
        file="upload.bpmn",
    )

    task = root.first("task", "urn:e")

    assert (root.namespace, root.name, root.get("id")) == ("urn:d", "definitions", "a")
    assert task is not None
    assert (task.place.line, task.place.column, task.text) == (3, 3, "textmore")
    assert task.get("x", "urn:z") == "1"
    assert task.prefixes == {"d": "urn:d", "": "urn:e", "z": "urn:z"}
    assert "z" not in root.prefixes
    assert [element.name for element in root.walk()] == ["definitions", "task", "child"]


@pytest.mark.parametrize("encoding", ["utf-8", "UTF-8", "iso-8859-1", "windows-1252"])
def test_the_encodings_that_tools_write_are_read(encoding: str) -> None:
    data = f'<?xml version="1.0" encoding="{encoding}"?><a>é</a>'.encode(encoding)

    assert read_xml(data, file="upload.bpmn").text == "é"


def test_a_byte_order_mark_of_utf8_is_no_fault() -> None:
    assert read_xml(b"\xef\xbb\xbf<a/>", file="upload.bpmn").name == "a"


BILLION = b"".join(b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10) for i in range(1, 10))
HOSTILE: dict[str, Callable[[], bytes]] = {
    "document type": lambda: b"<!DOCTYPE a><a/>",
    "document type in lower levels": lambda: b"<!-- x -->\n<!DOCTYPE a []>\n<a/>",
    "internal entity": lambda: b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
    "external entity": lambda: b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "external entity over the network": lambda: b'<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]><a>&x;</a>',
    "parameter entity": lambda: b'<!DOCTYPE a [<!ENTITY % x SYSTEM "file:///etc/passwd">%x;]><a/>',
    "external subset": lambda: b'<!DOCTYPE a SYSTEM "http://127.0.0.1/a.dtd"><a/>',
    "public subset": lambda: b'<!DOCTYPE a PUBLIC "-//A" "http://127.0.0.1/a.dtd"><a/>',
    "billion laughs": lambda: b'<!DOCTYPE a [<!ENTITY l0 "ha">' + BILLION + b"]><a>&l9;</a>",
    "quadratic blow-up": lambda: b'<!DOCTYPE a [<!ENTITY x "' + b"x" * 50_000 + b'">]><a>' + b"&x;" * 10_000 + b"</a>",
    "entity in an attribute": lambda: b'<!DOCTYPE a [<!ENTITY x "y">]><a b="&x;"/>',
    "undeclared entity": lambda: b"<a>&x;</a>",
    "default attribute": lambda: b'<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "notation": lambda: b'<!DOCTYPE a [<!NOTATION n SYSTEM "n">]><a/>',
    "utf-7": lambda: b'<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE a+AD4APA-a/+AD4-',
    "utf-16": lambda: '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a><a/>'.encode("utf-16"),
    "utf-16 without a mark": lambda: "<a/>".encode("utf-16-le"),
    "utf-32": lambda: "<a/>".encode("utf-32"),
    "ebcdic": lambda: b'<?xml version="1.0" encoding="cp037"?><a/>',
    "not what it declares": lambda: b"<a>\xe9</a>",
    "overlong utf-8": lambda: b"<a>\xc0\xbc</a>",
    "NUL": lambda: b"<a>\0</a>",
    "forbidden character": lambda: b"<a>&#1;</a>",
    "stylesheet": lambda: b'<?xml-stylesheet href="http://127.0.0.1/x.xsl"?><a/>',
    "php": lambda: b"<a><?php system('id') ?></a>",
    "gzip": lambda: b"\x1f\x8b\x08\x00" + b"x" * 100,
    "zip": lambda: b"PK\x03\x04" + b"x" * 100,
    "html": lambda: b"<!doctype html><html><p>hello</html>",
    "empty": lambda: b"",
    "cut off": lambda: b"<a><b>",
    "two roots": lambda: b"<a/><b/>",
    "double attribute": lambda: b'<a b="1" b="2"/>',
    "unbound prefix": lambda: b"<x:a/>",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_hostile_or_broken_is_refused_with_its_line(name: str) -> None:
    rule, line, _message = refused(HOSTILE[name]())

    assert rule in {"xml.forbidden", "xml.malformed", "xml.not-utf8"}
    assert line is not None


LARGE: dict[str, Callable[[], bytes]] = {
    "file": lambda: b"<a>" + b" " * 2_000_001 + b"</a>",
    "depth": lambda: b"<a>" * 100_000,
    "elements": lambda: b"<a>" + b"<b/>" * 100_000 + b"</a>",
    "attributes": lambda: b"<a " + b" ".join(b'a%d=""' % i for i in range(100_000)) + b"/>",
    "namespaces": lambda: b"<a>" + b"".join(b'<b xmlns:x%d="urn:%d"/>' % (i, i) for i in range(15_000)) + b"</a>",
    "attribute value": lambda: b'<a b="' + b"x" * 1_000_000 + b'"/>',
    "text": lambda: b"<a>" + b"x" * 1_000_000 + b"</a>",
    "text in pieces": lambda: b"<a>" + b"xxxxxxxxxx<!-- -->" * 80_000 + b"</a>",
    "cdata": lambda: b"<a><![CDATA[" + b"x" * 1_000_000 + b"]]></a>",
    "name": lambda: b"<" + b"a" * 100_000 + b"/>",
    "namespace uri": lambda: b'<a xmlns="' + b"u" * 1_000_000 + b'"/>',
}


@pytest.mark.parametrize("name", LARGE)
def test_what_is_over_a_limit_is_refused_before_it_costs_memory(name: str) -> None:
    data = LARGE[name]()
    tracemalloc.start()
    began = time.process_time()

    with pytest.raises(TooLarge) as caught:
        read_xml(data, file="upload.bpmn")

    assert "at most" in caught.value.findings[0].message["en"]
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    assert time.process_time() - began < 2
    tracemalloc.stop()


def test_limits_can_be_chosen() -> None:
    with pytest.raises(TooLarge, match="at most 2 elements"):
        read_xml(b"<a><b/><b/></a>", file="upload.bpmn", limits=XmlLimits(elements=2))
