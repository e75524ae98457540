"""Tasks: claim, save, complete; who is too late is told who was first."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import definitions, instances, tasks
from engine.errors import Invalid, NotAllowed, NotFound, NotPossibleNow, Stale
from engine.instances.masking import masked_facts
from engine.models import Comment, Instance, Job, JournalEntry, Task, TaskCandidate, TaskStatus, User, UserRole

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'


@pytest.fixture
def checking(world, user_task):
    """A running instance that waits for the task ``check`` of an officer; then comes ``decide`` of the head."""
    text = {"id": "x", "en": "x"}
    roles = {"officer": {"title": text, "kind": "office"}, "head": {"title": text, "kind": "office"}}
    world.deploy(BEGIN, user_task("check"), user_task("decide", "head"), END, roles=roles)
    return world.start({"nik": "3171"})


def test_a_completed_task_moves_its_instance_and_is_gone_from_the_lists(world, checking):
    moved = world.complete(checking.tasks[0], {"ok": True})

    assert world.open_steps(checking.instance_id) == ["decide"]
    with world.sessions() as session:
        task = session.get_one(Task, checking.tasks[0])
        assert (task.status, task.ended_by, task.ended_at) == (TaskStatus.COMPLETED, "budi", world.now)
        assert session.scalars(select(TaskCandidate.task_id)).all() == list(moved.tasks)
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "task.completed")).one()
    assert entry.data["data"] == {"ok": True}
    assert entry.data["flows"] == ["check_to_decide"]


def test_a_task_is_completed_only_once(world, checking):
    world.complete(checking.tasks[0])

    with pytest.raises(NotPossibleNow, match="budi had it completed") as refusal:
        world.complete(checking.tasks[0], actor=world.siti)

    assert refusal.value.facts == {"status": "completed", "by": "budi", "at": world.now}


def test_of_two_who_complete_a_task_at_once_one_wins_and_the_other_is_told(world, checking):
    start, said = threading.Barrier(2, timeout=10), []

    def complete(actor):
        start.wait()
        try:
            world.complete(checking.tasks[0], {"by": actor.name}, actor=actor)
            said.append(None)
        except NotPossibleNow as refusal:
            said.append(refusal.facts["by"])

    threads = [threading.Thread(target=complete, args=(actor,)) for actor in (world.siti, world.budi)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(said, key=str) in ([None, "budi"][::-1], [None, "siti"][::-1], [None, "budi"], [None, "siti"])
    assert world.journal(checking.instance_id) == ["instance.started", "task.completed"]


def test_a_withdrawn_task_says_what_withdrew_it(world, user_task, boundary):
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT60S"))
    moved = world.start()
    world.fire_timers(world.now + timedelta(seconds=61))

    with pytest.raises(NotPossibleNow) as refusal:
        world.complete(moved.tasks[0])

    assert refusal.value.facts["status"] == "withdrawn"
    assert refusal.value.facts["because"] == "timer.fired late"


def test_a_task_of_another_agency_is_not_there(world, checking):
    with pytest.raises(NotFound):
        world.complete(checking.tasks[0], actor=world.stranger)

    with world.sessions() as session, pytest.raises(NotFound):
        tasks.task(session, checking.tasks[0], viewer=world.stranger)


def test_a_task_of_another_role_is_refused(world, checking):
    with pytest.raises(NotAllowed):
        world.complete(checking.tasks[0], actor=world.heni)


def test_who_decides_may_not_be_who_checked(world, user_task):
    text = {"id": "x", "en": "x"}
    lane = '+<laneSet id="lanes"><lane id="{}"><flowNodeRef>{}</flowNodeRef></lane><lane id="{}"><flowNodeRef>{}'
    lanes = lane.format("officer", "check", "decider", "decide") + "</flowNodeRef></lane></laneSet>"
    officer = {"title": text, "kind": "office"}
    world.deploy(
        BEGIN,
        lanes,
        user_task("check"),
        user_task("decide", "officer"),
        END,
        roles={"officer": officer, "decider": {**officer, "not_same_as": ["officer"]}},
    )
    moved = world.complete(world.start().tasks[0])

    with pytest.raises(NotAllowed, match="Expected another person than budi"):
        world.complete(moved.tasks[0])
    ended = world.complete(moved.tasks[0], actor=world.siti)

    assert ended.status == "completed"


def test_a_claimed_task_cannot_be_taken_or_completed_by_another(world, checking):
    with world.sessions.begin() as session:
        tasks.claim(session, checking.tasks[0], actor=world.siti, now=world.now)

    with pytest.raises(NotPossibleNow, match="siti has it since") as refusal, world.sessions.begin() as session:
        tasks.claim(session, checking.tasks[0], actor=world.budi, now=world.now)
    with pytest.raises(NotPossibleNow):
        world.complete(checking.tasks[0])

    assert refusal.value.facts == {"assignee": "siti", "since": world.now}


def test_of_two_who_claim_a_task_at_once_one_has_it(world, checking):
    start, won = threading.Barrier(2, timeout=10), []

    def claim(actor):
        start.wait()
        try:
            with world.sessions.begin() as session:
                tasks.claim(session, checking.tasks[0], actor=actor, now=world.now)
            won.append(actor.name)
        except NotPossibleNow:
            pass

    threads = [threading.Thread(target=claim, args=(actor,)) for actor in (world.siti, world.budi)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    with world.sessions() as session:
        assert [session.get_one(Task, checking.tasks[0]).assignee] == won


def test_claiming_twice_changes_nothing_and_releasing_lets_others_in(world, checking):
    with world.sessions.begin() as session:
        first = tasks.claim(session, checking.tasks[0], actor=world.siti, now=world.now).revision
        again = tasks.claim(session, checking.tasks[0], actor=world.siti, now=world.now).revision
        tasks.release(session, checking.tasks[0], actor=world.siti, now=world.now)

    world.complete(checking.tasks[0])

    assert first == again == 2
    kinds = ["instance.started", "task.claimed", "task.released", "task.completed"]
    assert world.journal(checking.instance_id) == kinds


def test_only_heads_assign_and_only_to_people_of_the_agency(world, checking):
    with world.sessions.begin() as session:
        with pytest.raises(NotAllowed):
            tasks.assign(session, checking.tasks[0], "siti", actor=world.siti, now=world.now)
        with pytest.raises(NotFound, match="Expected a user of the agency"):
            tasks.assign(session, checking.tasks[0], "siti", actor=world.heni, now=world.now)


def test_a_head_gives_a_task_to_somebody_else(world, checking):
    with world.sessions.begin() as session:
        _sign_up(session, world, "siti")
        tasks.claim(session, checking.tasks[0], actor=world.budi, now=world.now)

        given = tasks.assign(session, checking.tasks[0], "siti", actor=world.heni, now=world.now)

    assert given.assignee == "siti"
    with pytest.raises(NotPossibleNow):
        world.complete(checking.tasks[0], actor=world.budi)


def _sign_up(session, world, name):
    user = User(
        id=world.agency,
        name=name,
        full_name=name,
        email=None,
        password_hash=None,
        language="id",
        active=True,
        created_at=world.now,
        failed_logins=0,
        locked_until=None,
    )
    session.add(user)
    session.flush()
    session.add(UserRole(user_id=user.id, agency_id=world.agency, role="officer", since=world.now, until=None))
    session.flush()


def test_a_draft_is_kept_unchecked_and_an_old_page_does_not_overwrite_it(world, checking):
    task_id = checking.tasks[0]
    with world.sessions.begin() as session:
        saved = tasks.save_draft(session, task_id, {"ok": "perh"}, actor=world.siti, now=world.now)

        with pytest.raises(Stale) as refusal:
            tasks.save_draft(session, task_id, {"ok": ""}, actor=world.siti, now=world.now, expected_revision=1)

    assert (saved.draft, saved.draft_by, saved.revision) == ({"ok": "perh"}, "siti", 2)
    assert refusal.value.facts["revision"] == 2


def test_a_page_that_is_older_than_the_task_cannot_complete_it(world, checking):
    with world.sessions.begin() as session:
        tasks.save_draft(session, checking.tasks[0], {"ok": True}, actor=world.siti, now=world.now)

    with pytest.raises(Stale):
        world.complete(checking.tasks[0], expected_revision=1)
    world.complete(checking.tasks[0], expected_revision=2)


def test_what_the_form_refuses_completes_nothing(world, form_file):
    task = (
        '<userTask id="check"><extensionElements><zeebe:userTask/><zeebe:formDefinition formId="check"/>'
        '<zeebe:assignmentDefinition candidateGroups="officer"/></extensionElements></userTask>'
    )
    world.deploy(BEGIN, task, END, files=form_file("check", "finding"))
    moved = world.start()

    with pytest.raises(Invalid) as refusal:
        world.complete(moved.tasks[0], {"verdict": "yes"})
    world.complete(moved.tasks[0], {"finding": "complete"})

    assert {field["path"] for field in refusal.value.facts["fields"]} == {"finding", "verdict"}
    assert world.journal(moved.instance_id) == ["instance.started", "task.completed", "instance.completed"]


def test_a_task_shows_its_data_with_what_is_confidential_masked(world, user_task):
    text = {"id": "x", "en": "x"}
    roles = {"officer": {"title": text, "kind": "office"}, "head": {"title": text, "kind": "office"}}
    world.deploy(BEGIN, user_task("check"), END, roles=roles, confidential=[{"applicant.nik": ["head"]}])
    moved = world.start({"applicant": {"nik": "3171", "name": "Ani"}})

    with world.sessions() as session:
        officer = tasks.detail(session, moved.tasks[0], viewer=world.siti)
        head = tasks.detail(session, moved.tasks[0], viewer=world.heni)

    assert officer.data["applicant"] == {"nik": "•••", "name": "Ani"}
    assert head.data["applicant"] == {"nik": "3171", "name": "Ani"}


def test_what_was_entered_is_masked_in_the_journal_too(world, user_task):
    world.deploy(BEGIN, user_task("check"), END, confidential=["applicant.nik"])
    moved = world.start()
    world.complete(moved.tasks[0], {"applicant": {"nik": "3171", "name": "Ani"}, "list": [{"nik": 1}]})

    with world.sessions() as session:
        manifest = definitions.compiled(session, session.get_one(Instance, moved.instance_id).version_id).manifest
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "task.completed")).one()
        shown = masked_facts(entry.data, manifest, world.siti.roles)

    assert shown["data"]["applicant"] == {"nik": "•••", "name": "Ani"}
    assert entry.data["data"]["applicant"]["nik"] == "3171"
    assert shown["events"] == entry.data["events"]


def test_comments_are_kept_with_their_authors_and_journalled(world, checking):
    with world.sessions.begin() as session:
        tasks.comment(session, checking.tasks[0], "The map is missing.", actor=world.siti, now=world.now)
        with pytest.raises(NotFound):
            tasks.comment(session, checking.tasks[0], "Mine?", actor=world.stranger, now=world.now)

    with world.sessions() as session:
        shown = tasks.detail(session, checking.tasks[0], viewer=world.budi).comments
        assert [(made.actor, made.text) for made in shown] == [("siti", "The map is missing.")]
        assert session.scalars(select(Comment)).one().task_id == checking.tasks[0]
    assert world.journal(checking.instance_id) == ["instance.started", "task.commented"]


def test_a_timer_and_a_completion_at_once_leave_one_of_them(world, user_task, boundary):
    world.deploy(BEGIN, user_task("check"), END, boundary("late", "check", "PT60S"))
    later = world.now + timedelta(seconds=61)
    for _ in range(5):
        moved = world.start()
        start, said = threading.Barrier(2, timeout=10), []

        def complete(moved=moved, start=start, said=said):
            start.wait()
            try:
                world.complete(moved.tasks[0])
                said.append("completed")
            except NotPossibleNow:
                said.append("too late")

        thread = threading.Thread(target=complete)
        thread.start()
        start.wait()
        world.fire_timers(later)
        thread.join(20)

        kinds = world.journal(moved.instance_id)
        assert ("timer.fired" in kinds) == (said == ["too late"])
        assert kinds[-1] == "instance.completed" or "task.withdrawn" in kinds
        with world.sessions() as session:
            assert session.scalars(select(Job)).all() == []


HIDDEN = {"confidential": ["applicant.nik", "heirs.nik"]}
HEIRS = [{"nik": "1", "name": "Budi"}, {"nik": "2", "name": "Cici"}]
KNOWN = {"applicant": {"nik": "3171", "name": "Ani"}, "heirs": HEIRS}
MASK = "•••"


@pytest.fixture
def masked_case(world, user_task):
    """A case with confidential values, which none of its people may read."""
    world.deploy(BEGIN, user_task("check"), END, **HIDDEN)
    return world.start(KNOWN)


def test_a_mask_that_is_sent_back_leaves_the_stored_value(world, masked_case):
    heirs = [{"nik": MASK, "name": "Budi"}, {"nik": MASK, "name": "Cici"}]
    world.complete(masked_case.tasks[0], {"applicant": {"nik": MASK, "name": "Anita"}, "heirs": heirs})

    with world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "task.completed")).one()
    assert entry.data["data"] == {"applicant": {"nik": "3171", "name": "Anita"}, "heirs": HEIRS}


@pytest.mark.parametrize(
    ("sent", "path"),
    [
        ({"note": MASK}, "note"),
        ({"applicant": {"name": MASK}}, "applicant.name"),
        ({"heirs": [{"nik": MASK, "name": "Cici"}]}, "heirs"),
        ({"heirs": [{"nik": MASK, "name": "Dedi"}, {"nik": MASK, "name": "Cici"}]}, "heirs"),
    ],
)
def test_a_mask_that_stands_for_nothing_or_might_stand_for_anothers_value_is_refused(world, masked_case, sent, path):
    with pytest.raises(Invalid) as refusal:
        world.complete(masked_case.tasks[0], sent)

    assert [(field["path"], field["rule"]) for field in refusal.value.facts["fields"]] == [(path, "masked")]


def test_a_correction_leaves_what_its_author_may_not_read(world, masked_case):
    with world.sessions.begin() as session:
        sent = {"applicant": {"nik": MASK, "name": "Anita"}}
        instances.set_variables(
            session, masked_case.instance_id, sent, actor=world.heni, now=world.now, reason="a wrong name"
        )

    assert world.variables(masked_case.instance_id)["applicant"] == {"nik": "3171", "name": "Anita"}


def test_a_draft_shows_others_no_more_than_the_case_does(world, masked_case):
    (task,) = masked_case.tasks
    with world.sessions.begin() as session:
        tasks.save_draft(session, task, {"applicant": {"nik": "9999"}}, actor=world.siti, now=world.now)

    with world.sessions() as session:
        assert tasks.detail(session, task, viewer=world.siti).draft == {"applicant": {"nik": "9999"}}
        assert tasks.detail(session, task, viewer=world.budi).draft == {"applicant": {"nik": MASK}}
