"""Webhooks: signed so that receivers can check it, only to public addresses, and told again what failed."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from engine import deliveries
from engine.calls import CallFailed
from engine.database import Page
from engine.deliveries import Delivery
from engine.errors import Invalid, NotFound, NotPossibleNow
from engine.models import JobKind

NOW = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)


@pytest.fixture
def receiver() -> Iterator[Any]:
    """A system that takes webhooks: ``status`` is its answer, ``taken`` is what it got."""
    made = SimpleNamespace(status=204, taken=[], url="")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            made.taken.append((self.path, dict(self.headers), body))
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    server.shutdown()
    server.server_close()


def test_a_receiver_can_check_the_signature_over_what_it_got(receiver: Any) -> None:
    sent = Delivery("i:1", f"{receiver.url}/hook/{{a}}?key=1", b"key", {"type": "task.completed", "name": "Dé"})

    deliveries.send(sent, now=NOW, private=True)

    [(path, headers, body)] = receiver.taken
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    signature = base64.b64encode(hmac.new(b"key", content, hashlib.sha256).digest()).decode()
    assert path == "/hook/%7Ba%7D?key=1"
    assert headers["webhook-signature"] == f"v1,{signature}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert json.loads(body) == {"type": "task.completed", "name": "Dé"}


def test_addresses_of_the_own_network_are_refused(receiver: Any) -> None:
    with pytest.raises(Invalid, match="public addresses only"):
        deliveries.send(Delivery("i:1", receiver.url, b"key", {}), now=NOW)

    assert receiver.taken == []


@pytest.mark.parametrize("status", [301, 404, 500])
def test_anything_but_success_is_to_be_tried_again(receiver: Any, status: int) -> None:
    receiver.status = status

    with pytest.raises(CallFailed, match=f"found {status}"):
        deliveries.send(Delivery("i:1", receiver.url, b"key", {}), now=NOW, private=True)


@pytest.fixture
def hooked(world: Any, user_task: Any) -> Any:
    """The job that tells a webhook of a started instance."""
    with world.sessions.begin() as session:
        hook, secret = deliveries.add_webhook(
            session,
            world.agency,
            "https://example.org/hook",
            ["instance.started"],
            created_by="t",
            now=world.now,
        )
    world.deploy('<startEvent id="begin"/>', user_task("check"), '<endEvent id="end"/>')
    world.start({"nik": "3171"})
    [job] = world.claim(JobKind.DELIVERY)
    return SimpleNamespace(job=job, hook=hook.id, secret=secret)


def test_what_is_told_names_the_entry_and_holds_nothing_of_the_case(world: Any, hooked: Any) -> None:
    with world.sessions() as session:
        told = deliveries.delivery(session, hooked.job)

    assert told.id == f"{hooked.job.instance_id}:{hooked.job.payload['sequence']}"
    assert (told.url, told.body["type"]) == ("https://example.org/hook", "instance.started")
    assert "3171" not in json.dumps(told.body)
    assert hooked.secret.startswith("whsec_")
    assert told.secret == base64.b64decode(hooked.secret.removeprefix("whsec_"))


def test_a_webhook_that_was_switched_off_or_removed_is_told_nothing_more(world: Any, hooked: Any) -> None:
    with world.sessions.begin() as session:
        deliveries.switch_webhook(session, hooked.hook, world.agency, active=False, actor="t", now=world.now)
        off = deliveries.delivery(session, hooked.job)
        deliveries.switch_webhook(session, hooked.hook, world.agency, active=True, actor="t", now=world.now)
        on = deliveries.delivery(session, hooked.job)
        deliveries.remove_webhook(session, hooked.hook, world.agency, actor="t", now=world.now)
        removed = deliveries.delivery(session, hooked.job)

    assert (off, removed) == (None, None)
    assert on is not None


@pytest.mark.parametrize(
    "url",
    ["http://example.org", "ftp://example.org", "https://", "https://a:b@example.org/", "https://[", "https://x/#a"],
)
def test_only_plain_addresses_of_the_web_are_told(world: Any, url: str) -> None:
    with world.sessions.begin() as session, pytest.raises(Invalid):
        deliveries.add_webhook(session, world.agency, url, [], created_by="t", now=world.now)


def test_kinds_have_the_shape_of_kinds_and_an_agency_has_only_so_many_webhooks(world: Any) -> None:
    def add(*kinds: str) -> Any:
        return deliveries.add_webhook(
            session, world.agency, "https://example.org", kinds, created_by="t", now=world.now
        )

    with world.sessions.begin() as session:
        with pytest.raises(Invalid):
            add("task completed")
        for _ in range(deliveries.MOST):
            add("task.completed", "task.completed")
        with pytest.raises(NotPossibleNow):
            add()
        assert deliveries.webhooks(session, world.agency, Page()).items[0].kinds == ["task.completed"]


def test_an_agency_has_no_hand_in_anothers_webhooks(world: Any, hooked: Any) -> None:
    with world.sessions.begin() as session:
        assert deliveries.webhooks(session, world.other_agency, Page()).items == []
        with pytest.raises(NotFound):
            deliveries.remove_webhook(session, hooked.hook, world.other_agency, actor="t", now=world.now)
        with pytest.raises(NotFound):
            deliveries.switch_webhook(session, hooked.hook, world.other_agency, active=False, actor="t", now=world.now)
