"""The start of the worker: its pumps on each database, the systems it knows, and what the demonstration adds."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from engine.connectors import read_connectors
from engine.settings import read_settings, settings
from worker import app, serving
from worker.pumps import CALLING, MOVING
from worker.supervisor import Child


def test_pumps_divide_the_kinds_of_jobs_and_look_often_only_where_nobody_tells_them(database_url: str) -> None:
    pumps = app.make_pumps(read_settings({"ALUR_DATABASE_URL": database_url}))

    pause = (
        app.PAUSE_ON_POSTGRESQL if make_url(database_url).get_backend_name() == "postgresql" else app.PAUSE_ON_SQLITE
    )
    assert [pump.kinds for pump in pumps] == [MOVING, CALLING]
    assert set(MOVING).isdisjoint(CALLING)
    assert [pump.limits.longest_pause for pump in pumps] == [pause, pause]
    for pump in pumps:
        pump.close()
        pump.handlers.sessions.kw["bind"].dispose()


def test_without_a_file_no_other_system_is_known(tmp_path: Path) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text("registry: {base_url: 'https://registry.example'}\n")

    assert app.connectors_of(read_settings({})) == {}
    assert list(app.connectors_of(read_settings({"ALUR_CONNECTORS": str(file)}))) == ["registry"]


def test_a_wrong_connector_is_named_at_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "connectors.yaml"
    file.write_text("registry:\n  url: https://registry.example\n  base_url: https://registry.example\n")
    monkeypatch.setenv("ALUR_CONNECTORS", str(file))
    monkeypatch.setenv("ALUR_DATA", str(tmp_path))
    monkeypatch.setenv("ALUR_LANGUAGE", "en")
    settings.cache_clear()

    code = app.main([])
    settings.cache_clear()

    said = capsys.readouterr()
    assert code == 2
    assert f"{file}:2:3: error [registry.url]: Expected one of base_url" in said.out
    assert "Traceback" not in said.err


def test_a_wrong_setting_is_named_at_the_start(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ALUR_JOB_LEASE", "soon")
    settings.cache_clear()

    code = app.main([])
    settings.cache_clear()

    assert (code, "ALUR_JOB_LEASE" in capsys.readouterr().err) == (2, True)


def test_the_demonstration_starts_its_other_systems_first_and_lets_the_worker_reach_them(tmp_path: Path) -> None:
    environment: dict[str, str] = {}
    children = [Child("api", ["true"], environment)]

    serving._prepare_demo(environment, tmp_path, children, 9000)

    connectors = read_connectors(Path(environment["ALUR_CONNECTORS"]), {})
    assert [child.name for child in children] == ["standin", "api"]
    assert environment["ALUR_DEMO"] == "1"
    assert {each.base_url for each in connectors.values()} == {"http://127.0.0.1:9001"}
    assert all(each.private for each in connectors.values())


def test_the_operators_own_connectors_are_kept_in_the_demonstration(tmp_path: Path) -> None:
    environment = {"ALUR_CONNECTORS": "/etc/alur/connectors.yaml"}

    serving._prepare_demo(environment, tmp_path, [], 9000)

    assert environment["ALUR_CONNECTORS"] == "/etc/alur/connectors.yaml"
