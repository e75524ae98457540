"""Settings: read once, all described, wrong ones refused by name."""

from datetime import timedelta
from pathlib import Path

import pytest

from engine.errors import Invalid
from engine.settings import described, read_settings


def test_every_setting_has_a_default_that_works() -> None:
    settings = read_settings({})

    assert settings.url == f"sqlite:///{Path('data/alur.db').absolute()}"
    assert settings.job_lease == timedelta(seconds=60)


def test_settings_come_from_the_environment() -> None:
    environment = {
        "ALUR_DATABASE_URL": "postgresql+psycopg://alur@/alur",
        "ALUR_JOB_BACKOFF": "0.5",
        "ALUR_DEMO": "yes",
    }

    settings = read_settings(environment)

    assert settings.url == "postgresql+psycopg://alur@/alur"
    assert settings.job_backoff == timedelta(milliseconds=500)
    assert settings.demo


def test_a_value_that_cannot_be_read_is_refused_by_the_name_of_its_variable() -> None:
    with pytest.raises(Invalid, match="Expected ALUR_JOB_ATTEMPTS to be a value such as '5', found 'many'"):
        read_settings({"ALUR_JOB_ATTEMPTS": "many"})


def test_every_setting_begins_with_alur_and_says_what_it_means() -> None:
    variables = described()

    assert all(variable.name.startswith("ALUR_") and variable.meaning.endswith(".") for variable in variables)


def test_secrets_are_not_shown() -> None:
    settings = read_settings({"ALUR_SECRET": "hush", "ALUR_DATABASE_URL": "postgresql://u:hush@h/d"})

    assert "hush" not in repr(settings)
