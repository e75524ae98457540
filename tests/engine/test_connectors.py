"""The connectors file: secrets from the environment, and every fault with its line."""

from pathlib import Path

import pytest

from engine.connectors import read_connectors
from engine.errors import Invalid


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "connectors.yaml"


def test_secrets_of_connectors_come_from_the_environment(file: Path) -> None:
    file.write_text(
        "dukcapil:\n  base_url: https://dukcapil.example/v1/\n  headers: {Authorization: 'Bearer ${DUKCAPIL_TOKEN}'}\n"
    )

    connector = read_connectors(file, {"DUKCAPIL_TOKEN": "s3cret"})["dukcapil"]

    assert connector.headers == {"Authorization": "Bearer s3cret"}
    assert connector.base_url == "https://dukcapil.example/v1"
    assert connector.hosts == {"dukcapil.example"}
    assert "s3cret" not in repr(connector)
    with pytest.raises(Invalid) as refused:
        read_connectors(file, {})
    assert str(refused.value.findings[0]) == (
        f"{file}:3:13: error [dukcapil.headers.Authorization]: Expected the environment to have DUKCAPIL_TOKEN, "
        "found nothing. (connectors.secret)"
    )


@pytest.mark.parametrize(
    ("text", "line", "expected"),
    [
        ("- a", 1, "Expected a group of keys in the file, found a list of 1."),
        ("x:\n  base_url: ftp://a.example", 2, 'Expected an address http(s)://HOST[/PATH] in x.base_url, found "ftp'),
        ("x:\n  base_url: https://u:p@a.example", 2, "Expected an address http(s)://HOST[/PATH] in x.base_url"),
        ("x:\n  hosts: [a]", 1, "Expected the key base_url in x, found nothing."),
        ("x:\n  base_url: https://a.example\n  follow: true", 3, "Expected one of base_url, hosts, headers"),
        ("x:\n  base_url: https://a.example\n  timeout: soon", 3, 'Expected a number in x.timeout, found "soon".'),
        ("x:\n  base_url: https://a.example\n  private: 'yes'", 3, 'Expected true or false in x.private, found "yes".'),
        ("x: {base_url: [", None, ""),
    ],
)
def test_a_wrong_connectors_file_is_refused_with_line_expected_and_found(
    file: Path, text: str, line: int | None, expected: str
) -> None:
    file.write_text(text)

    with pytest.raises(Invalid) as refused:
        read_connectors(file, {})

    [finding] = refused.value.findings
    assert finding.place.file == str(file)
    assert line in (None, finding.place.line)
    assert finding.message["en"].startswith(expected)
    assert finding.message["id"]


def test_an_empty_file_names_no_system_and_a_missing_one_is_told(file: Path) -> None:
    with pytest.raises(Invalid, match="No such file"):
        read_connectors(file, {})

    file.write_text("# none yet\n")

    assert read_connectors(file, {}) == {}
