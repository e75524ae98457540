"""Services: what is offered where, and applying without an account."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from engine import accounts, instances, services
from engine.database import Page
from engine.errors import Invalid, NotAllowed, NotFound
from engine.models import Agency, Instance

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="end"/>'
TEXT = {"id": "x", "en": "x"}
ROLES = {"officer": {"title": TEXT, "kind": "office"}, "citizen": {"title": TEXT, "kind": "applicant"}}
PUBLIC = {"by": ["citizen", "officer"], "receipt": "{agency}/{number:04d}"}


@pytest.fixture
def staffed(world):
    """An officer in DKI; nobody in JABAR."""
    with world.sessions.begin() as session:
        accounts.create_user(session, "rani", "Rani", None, agency_id=None, actor="t", now=world.now)
        accounts.grant(session, "rani", world.agency, ["officer"], actor="t", now=world.now)


@pytest.fixture
def offered(world):
    """Returns the ids and versions of the services in the catalogue, page by page."""

    def act(agency_code=None, limit=50, now=None):
        found, page = [], Page(limit)
        while True:
            with world.sessions() as session:
                part = services.catalogue(session, page, now=now or world.now, agency_code=agency_code)
            found += [(each.manifest.id, each.version) for each in part.items]
            if part.next is None:
                return found
            page = Page(limit, part.next)

    return act


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_the_catalogue_shows_the_version_in_force_of_what_all_agencies_may_offer(world, user_task, offered, limit):
    for title in ("a", "b"):
        world.deploy(BEGIN, user_task("check"), END, title={"id": title})
    world.deploy(BEGIN, user_task("check"), END, process_id="appeal")
    world.deploy(BEGIN, user_task("check"), END, process_id="later", in_force_from="2030-01-01")
    world.deploy(BEGIN, user_task("check"), END, process_id="own", agency_id=world.agency)

    assert offered(limit=limit) == [("appeal", 1), ("permit", 2)]


def test_an_agency_offers_what_its_people_can_do_and_its_own_processes(world, user_task, offered, staffed):
    judges = {"judge": {"title": TEXT, "kind": "office"}}
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, user_task("try", "judge"), END, process_id="trial", roles=judges, start={"by": ["judge"]})
    world.deploy(BEGIN, user_task("check"), END, process_id="own", agency_id=world.agency)

    assert offered("DKI") == [("own", 1), ("permit", 1)]
    assert offered("JABAR") == []
    with pytest.raises(NotFound):
        offered("BALI")


def test_the_agencies_that_offer_a_service_are_those_with_people_for_it(world, user_task, staffed):
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, user_task("check"), END, process_id="own", agency_id=world.agency)

    def codes(process_id, now=world.now):
        with world.sessions() as session:
            return [found.code for found in services.agencies(session, process_id, Page(), now=now).items]

    assert codes("permit") == ["DKI"]
    assert codes("own") == ["DKI"]
    with pytest.raises(NotFound):
        codes("nothing")

    with world.sessions.begin() as session:
        later = world.now + timedelta(days=1)
        accounts.create_user(session, "asep", "Asep", None, agency_id=None, actor="t", now=later)
        accounts.grant(session, "asep", world.other_agency, ["officer"], actor="t", now=later)

    assert codes("permit") == ["DKI"]
    assert codes("permit", later) == ["DKI", "JABAR"]
    assert codes("own", later) == ["DKI"]


def test_an_agencys_own_newer_version_counts_there_and_nowhere_else(world, user_task, offered, staffed):
    world.deploy(BEGIN, user_task("check"), END)
    world.deploy(BEGIN, user_task("check"), END, title={"id": "own"}, agency_id=world.agency)

    assert offered() == [("permit", 1)]
    assert offered("DKI") == [("permit", 2)]


def test_somebody_without_an_account_applies_and_follows_the_case(world, user_task, form_file, staffed):
    start = {**PUBLIC, "form": "application"}
    world.deploy(BEGIN, user_task("check"), END, roles=ROLES, start=start, files=form_file("application", "name"))

    with world.sessions.begin() as session:
        with pytest.raises(Invalid):
            services.apply(session, "permit", {}, agency_code="DKI", now=world.now)
        moved = services.apply(session, "permit", {"name": "Ani"}, agency_code="DKI", now=world.now)
        found = instances.track(session, moved.receipt, moved.secret)

    assert (found.id, found.started_by, found.agency_id) == (moved.instance_id, "public", world.agency)
    assert world.variables(moved.instance_id)["name"] == "Ani"
    assert world.open_steps(moved.instance_id) == ["check"]


def test_nobody_applies_where_only_officers_start_or_nobody_works(world, user_task, staffed):
    world.deploy(BEGIN, user_task("check"), END, roles=ROLES, start={"by": ["officer"]})
    world.deploy(BEGIN, user_task("check"), END, process_id="open", roles=ROLES, start=PUBLIC)

    with world.sessions.begin() as session:
        shown = services.service(session, "permit", now=world.now)
        with pytest.raises(NotAllowed):
            services.apply(session, "permit", {}, agency_code="DKI", now=world.now)
        for process_id, code in (("open", "JABAR"), ("open", "BALI"), ("nothing", "DKI")):
            with pytest.raises(NotFound):
                services.apply(session, process_id, {}, agency_code=code, now=world.now)
        session.execute(update(Agency).where(Agency.code == "DKI").values(active=False))
        with pytest.raises(NotFound):
            services.apply(session, "open", {}, agency_code="DKI", now=world.now)
        assert session.scalars(select(Instance)).all() == []

    assert not shown.is_public
