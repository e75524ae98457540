"""Messages and signals: found by name and key, kept until they are wanted, never taken twice."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import messages
from engine.errors import NotFound
from engine.models import InstanceStatus, Job, JobKind, JournalEntry, Message, MessageStatus, Subscription

BEGIN, END = '<startEvent id="begin"/>', '<endEvent id="granted"/>'
REPLY = (
    '<message id="m" name="reply"><extensionElements><zeebe:subscription correlationKey="=case"/></extensionElements>'
    "</message>"
)
WAIT = '<intermediateCatchEvent id="await_reply"><messageEventDefinition messageRef="m"/></intermediateCatchEvent>'
MINUTE = timedelta(minutes=1)


@pytest.fixture
def waiting(world):
    """Deploys a process that waits for the message ``reply`` with the variable ``case`` as its key."""
    world.deploy(BEGIN, WAIT, END, declared=REPLY)


@pytest.fixture
def publish(world):
    """Publishes the message ``reply`` in a transaction of its own."""

    def act(key, data=None, **more):
        options = {"agency_id": world.agency, "actor": world.worker, "now": world.now, **more}
        with world.sessions.begin() as session:
            return messages.publish(session, "reply", key, data or {}, **options)

    return act


def test_a_message_moves_the_instance_that_waits_for_its_key(world, waiting, publish):
    world.start({"case": "A1"})
    moved = world.start({"case": "A2"})

    published = publish("A2", {"answer": 42})

    assert published.status is MessageStatus.DELIVERED
    assert published.instances == (moved.instance_id,)
    kinds = ["instance.started", "message.received", "instance.completed"]
    assert world.journal(moved.instance_id) == kinds
    with world.sessions() as session:
        assert session.scalars(select(Subscription.correlation_key)).all() == ["A1"]


def test_a_message_that_comes_first_is_kept_until_somebody_waits_for_it(world, waiting, publish):
    published = publish("A1", {"answer": 42})

    moved = world.start({"case": "A1"})

    assert published.status is MessageStatus.BUFFERED
    assert moved.status is InstanceStatus.COMPLETED
    kinds = ["instance.started", "message.received", "instance.completed"]
    assert world.journal(moved.instance_id) == kinds
    with world.sessions() as session:
        message = session.scalars(select(Message)).one()
        assert (message.status, message.instance_id) == (MessageStatus.DELIVERED, moved.instance_id)
        assert session.scalars(select(Subscription)).all() == []


def test_a_kept_message_is_taken_by_one_instance_only(world, waiting, publish):
    publish("A1")

    first, second = world.start({"case": "A1"}), world.start({"case": "A1"})

    assert (first.status, second.status) == (InstanceStatus.COMPLETED, InstanceStatus.RUNNING)


def test_a_message_whose_time_is_over_is_not_taken(world, waiting, publish):
    publish("A1", life=MINUTE)

    moved = world.start({"case": "A1"}, now=world.now + 2 * MINUTE)

    assert moved.status is InstanceStatus.RUNNING
    with world.sessions.begin() as session:
        assert messages.expire(session, now=world.now + 2 * MINUTE) == 1
    with world.sessions.begin() as session:
        assert session.scalars(select(Message.status)).one() is MessageStatus.EXPIRED
        assert messages.forget(session, before=world.now + 2 * MINUTE) == 1


def test_a_message_that_may_not_wait_is_over_at_once(world, waiting, publish):
    published = publish("A1", life=timedelta())

    assert published.status is MessageStatus.EXPIRED


def test_a_second_message_of_one_id_does_nothing_and_says_what_the_first_did(world, waiting, publish):
    moved = world.start({"case": "A1"})
    first = publish("A1", message_id="x-1")
    again = world.start({"case": "A1"})

    second = publish("A1", {"other": 1}, message_id="x-1", now=world.now + MINUTE)

    assert (first.duplicate, second.duplicate) == (False, True)
    assert second.message_id == first.message_id
    assert second.published_at == world.now
    assert second.instances == (moved.instance_id,)
    assert world.journal(again.instance_id) == ["instance.started"]


def test_of_one_message_sent_twice_at_once_one_counts(world, waiting, publish):
    world.start({"case": "A1"})
    world.start({"case": "A1"})
    start, duplicates = threading.Barrier(2, timeout=10), []

    def send():
        start.wait()
        duplicates.append(publish("A1", message_id="x-1").duplicate)

    threads = [threading.Thread(target=send) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(duplicates) == [False, True]
    with world.sessions() as session:
        assert len(session.scalars(select(Subscription)).all()) == 1


def test_a_message_and_one_who_begins_to_wait_for_it_at_once_always_meet(world, waiting, publish):
    for number in range(10):
        start, started = threading.Barrier(2, timeout=10), []

        def begin(number=number, start=start, started=started):
            start.wait()
            started.append(world.start({"case": str(number)}))

        thread = threading.Thread(target=begin)
        thread.start()
        start.wait()
        publish(str(number))
        thread.join(20)
        _carry_out(world)

    with world.sessions() as session:
        assert session.scalars(select(Subscription)).all() == []
        assert set(session.scalars(select(Message.status))) == {MessageStatus.DELIVERED}


def _carry_out(world, at=None):
    """Do the jobs that bring messages and signals."""
    for kind in (JobKind.MESSAGE, JobKind.SIGNAL):
        for job in world.claim(kind, now=at or world.now):
            with world.sessions.begin() as session:
                messages.carry_out(session, job, now=at or world.now)


def test_messages_of_another_agency_are_not_taken(world, waiting, publish):
    moved = world.start({"case": "A1"})

    with pytest.raises(NotFound):
        publish("A1", agency_id=world.other_agency)
    publish("A1", agency_id=world.other_agency, actor=world.stranger)

    assert world.journal(moved.instance_id) == ["instance.started"]


def test_a_message_that_an_instance_throws_reaches_another_by_a_job(world, publish):
    world.deploy(BEGIN, WAIT, END, declared=REPLY)
    throw = '<intermediateThrowEvent id="send"><messageEventDefinition messageRef="m"/></intermediateThrowEvent>'
    world.deploy(BEGIN, throw, END, declared=REPLY, process_id="sender")
    waits = world.start({"case": "A1"})
    world.start({"case": "A1", "answer": 42}, process_id="sender")

    _carry_out(world)

    assert "message.received" in world.journal(waits.instance_id)
    with world.sessions() as session:
        assert session.scalars(select(Job)).all() == []


def test_one_message_reaches_one_instance_of_each_process(world, waiting, publish):
    world.deploy(BEGIN, WAIT, END, declared=REPLY, process_id="other")
    one, two = world.start({"case": "A1"}), world.start({"case": "A1"}, process_id="other")
    three = world.start({"case": "A1"})

    published = publish("A1")
    _carry_out(world)

    assert set(published.instances) == {one.instance_id, two.instance_id}
    assert "message.received" in world.journal(two.instance_id)
    assert world.journal(three.instance_id) == ["instance.started"]


def test_a_signal_reaches_all_that_wait_for_it(world):
    declared = '<signal id="s" name="outage"/>'
    catch = '<intermediateCatchEvent id="await_outage"><signalEventDefinition signalRef="s"/></intermediateCatchEvent>'
    world.deploy(BEGIN, catch, END, declared=declared)
    started = [world.start().instance_id for _ in range(3)]

    with world.sessions.begin() as session:
        reached = messages.broadcast(session, "outage", {}, agency_id=world.agency, actor=world.heni, now=world.now)
    _carry_out(world)

    assert reached == 3
    for instance_id in started:
        assert world.journal(instance_id) == ["instance.started", "signal.received", "instance.completed"]


def test_what_was_received_is_journalled_with_its_sender(world, waiting, publish):
    world.start({"case": "A1"})

    published = publish("A1")

    with world.sessions() as session:
        entry = session.scalars(select(JournalEntry).where(JournalEntry.kind == "message.received")).one()
    assert entry.step == "await_reply"
    assert entry.data["message"] == str(published.message_id)
    assert entry.data["from"] == "key:worker"
