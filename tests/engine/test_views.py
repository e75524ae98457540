"""Views of the desk that people keep for themselves."""

import pytest

from engine import accounts, tasks
from engine.access import Actor, ActorKind
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow
from engine.tasks import Filters
from engine.tasks.views import MOST

SHOWS = {"view": "groups", "text": "surat"}


@pytest.fixture
def keeping(world):
    """Siti and Budi as users who can keep views; returns what saves one of Siti's."""
    with world.sessions.begin() as session:
        for name in ("siti", "budi"):
            accounts.create_user(
                session, name, name.title(), "a long password", agency_id=world.agency, actor="t", now=world.now
            )

    def save(name, shows=SHOWS):
        with world.sessions.begin() as session:
            return tasks.save_view(session, name, shows, actor=world.siti, now=world.now).id

    return save


def names(world, actor):
    with world.sessions() as session:
        return [(view.name, view.shows) for view in tasks.views(session, actor)]


def test_a_view_is_its_keepers_alone(world, keeping):
    view = keeping("  Surat   baru ")

    assert names(world, world.siti) == [("Surat baru", SHOWS)]
    assert names(world, world.budi) == []
    with world.sessions.begin() as session:
        for act in (
            lambda: tasks.change_view(session, view, name="Milik saya", actor=world.budi),
            lambda: tasks.remove_view(session, view, actor=world.budi),
        ):
            with pytest.raises(NotFound):
                act()


def test_a_view_of_the_same_name_takes_its_place(world, keeping):
    keeping("Surat")
    keeping("Surat", {"view": "done"})

    assert names(world, world.siti) == [("Surat", {"view": "done"})]


def test_a_view_is_called_otherwise_but_not_as_another(world, keeping):
    view = keeping("Surat")
    keeping("Izin")
    with world.sessions.begin() as session:
        with pytest.raises(NotPossibleNow):
            tasks.change_view(session, view, name="Izin", actor=world.siti)
        tasks.change_view(session, view, name="Surat lama", actor=world.siti)

    assert [name for name, _shows in names(world, world.siti)] == ["Izin", "Surat lama"]


def test_a_view_shows_something_else_under_its_name(world, keeping):
    view = keeping("Surat")
    with world.sessions.begin() as session:
        tasks.change_view(session, view, shows={"view": "done"}, actor=world.siti)

    assert names(world, world.siti) == [("Surat", {"view": "done"})]


def test_a_system_keeps_no_views(world, keeping):
    key = Actor("siti", ActorKind.KEY, world.agency)
    with world.sessions.begin() as session, pytest.raises(NotAllowed):
        tasks.save_view(session, "Surat", SHOWS, actor=key, now=world.now)


@pytest.mark.parametrize("name", ["", "   ", "x" * 61])
def test_a_view_needs_a_short_name(world, keeping, name):
    with pytest.raises(Invalid):
        keeping(name)


def test_nobody_keeps_more_views_than_a_desk_can_show(world, keeping):
    for number in range(MOST):
        keeping(f"Surat {number}")
    with pytest.raises(NotPossibleNow):
        keeping("Satu lagi")


def test_a_list_is_counted_up_to_a_limit(world, user_task):
    text = {"id": "x", "en": "x"}
    roles = {"officer": {"title": text, "kind": "office"}}
    world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>', roles=roles)
    for _ in range(3):
        world.start()

    with world.sessions() as session:
        assert tasks.count(session, world.siti, Filters(), most=5) == 3
        assert tasks.count(session, world.siti, Filters(), most=2) == 3
        assert tasks.count(session, world.siti, Filters(), most=1) == 2
        assert tasks.count(session, world.siti, Filters(text="nothing"), most=5) == 0
