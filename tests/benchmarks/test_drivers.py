"""What can be checked of the peers' drivers without the peers: models, requests, answers, warm-up, counts."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

sys.path.insert(0, str(Path(__file__).parent))
import juel
from drivers import ENDLESS, SHAPES_OF_JAVA, STEADY, DrivenPeer, Missing, request, statements_in
from durable import beside_alur, line
from measuring import Run

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
# A driver in Python: it is ready, then answers each request with what a window cost, one act of 1 ms each.
DRIVER = """
import json, sys
costs = iter({costs})
print(json.dumps({{"ready": True}}), flush=True)
for line in sys.stdin:
    cost = next(costs, None)
    if cost is None:
        sys.exit("Expected fewer requests")
    said = {{"seconds": 0.5, "instances": 1, "cpu_s": cost, "durations": [0.001, 0.003]}}
    print(json.dumps(said | {{"asked": line}}), flush=True)
"""


def driven(costs: list[float], warm_up: float = 60) -> DrivenPeer:
    """Start a driver whose requests take so much processor time."""
    return DrivenPeer("dbos", ("start-end",), [sys.executable, "-c", DRIVER.format(costs=costs)], 8, warm_up)


def test_what_a_driver_says_becomes_a_run() -> None:
    peer = driven([0.25])

    found = peer.run("start-end", 2, 0.5, iter([1.0, 1.75]).__next__)
    peer.close()

    assert found == Run(0.5, [0.001, 0.003], 1, 0.25, 0.75)
    assert (found.per_second, found.percentile(0.99)) == (4, 3)


def test_a_peer_warms_up_until_an_act_no_longer_gets_cheaper() -> None:
    costs = [1.0, 0.5, 0.49, 0.3, *[0.3] * STEADY]
    peer = driven(costs)

    peer.warm("start-end")
    peer.close()

    assert peer.acts_before == 2 * len(costs)


def test_a_peer_that_ends_is_missing_and_says_why() -> None:
    peer = driven([])

    with pytest.raises(Missing, match="dbos ended: Expected fewer requests"):
        peer.do("start-end", 1)
    peer.close()


@pytest.mark.parametrize(("shape", "tasks"), [("user step", "-1"), ("start-end", "0"), ("3 user tasks", "3")])
def test_a_request_tells_how_many_tasks_an_instance_has(shape: str, tasks: str) -> None:
    process, *numbers = request(shape, 8, 2.0, ENDLESS)[:5]

    assert process == f"bench_{shape.replace(' ', '_').replace('-', '_')}"
    assert numbers == [tasks, "8", "2.0", "1000000000"]


def test_variables_keep_their_kind_and_an_object_becomes_its_text() -> None:
    found = juel.words({"applicant": {"name": "Siti"}, "area": 120, "approved": True, "items": [0, 1], "note": "x"})

    assert [found[at : at + 3] for at in range(0, len(found), 3)] == [
        ["applicant", "text", json.dumps({"name": "Siti"})],
        ["area", "number", "120"],
        ["approved", "boolean", "true"],
        ["items", "numbers", "0,1"],
        ["note", "text", "x"],
    ]


@pytest.mark.parametrize("engine", juel.NAMESPACES)
@pytest.mark.parametrize("shape", SHAPES_OF_JAVA)
def test_a_drawing_for_another_engine_keeps_no_word_of_ours(shape: str, engine: str) -> None:
    text = juel.drawn(shape, engine).decode()

    assert "zeebe:" not in text
    assert "scriptTask" not in text
    assert ">=" not in text.replace("&gt;=", "")


def test_a_script_a_condition_and_a_repetition_are_written_in_the_other_engines_words() -> None:
    def only(shape: str, tag: str) -> Any:
        return next(etree.fromstring(juel.drawn(shape, "flowable")).iter(f"{BPMN}{tag}"))

    flowable = "{http://flowable.org/bpmn}"
    script, repeated = (
        only("multi-instance of 10", tag) for tag in ("serviceTask", "multiInstanceLoopCharacteristics")
    )

    assert dict(script.attrib) == {
        "id": "a",
        f"{flowable}expression": "${item * 2}",
        f"{flowable}resultVariableName": "got",
    }
    assert dict(repeated.attrib) == {f"{flowable}collection": "items", f"{flowable}elementVariable": "item"}
    assert only("gateway", "conditionExpression").text == "${area > 100}"
    assert only("1 user task", "userTask").get(f"{flowable}candidateGroups") == "officer"


def test_statements_are_counted_in_postgresqls_log_once_each() -> None:
    log = (
        "2026-01-01 00:00:00.000 UTC [7] LOG:  execute <unnamed>: BEGIN\n"
        "2026-01-01 00:00:00.000 UTC [7] LOG:  execute S_1: insert into a\n\tvalues ($1)\n"
        "2026-01-01 00:00:00.000 UTC [7] DETAIL:  parameters: $1 = 'LOG:  nothing'\n"
        "2026-01-01 00:00:00.000 UTC [7] LOG:  statement: COMMIT\n"
        "2026-01-01 00:00:00.000 UTC [8] LOG:  checkpoint starting: time\n"
    )

    assert statements_in(log) == 3


def test_a_peer_is_told_as_a_share_of_what_alur_did_in_the_neighbouring_run() -> None:
    alur = [Run(1.0, [0.01] * 100, 100, 0.05, 0.05), Run(1.0, [0.02] * 50, 50, 0.05, 0.05)]
    own = [Run(1.0, [0.02] * 50, 50, 0.10, 0.10), Run(1.0, [0.04] * 25, 25, 0.10, 0.10)]

    found = beside_alur(alur, own)

    assert found == {"of_alur": 0.5, "cpu_of_alur": 4.0, "p95_of_alur": 2.0, "alur_per_second": 75}
    names = ("per_second", "per_second_min", "per_second_max", "of_floor", "floor_per_second", "floor_p50_ms")
    times = ("p50_ms", "p95_ms", "p99_ms", "cpu_us_per_step", "floor_cpu_us", "database_cpu_us_per_step")
    what = {"subject": "peer", "shape": "gateway", "database": "postgresql", "mode": "embedded", "clients": 8}
    told = line({**what, **dict.fromkeys((*names, *times, "floor_database_cpu_us"), 1.0), **found})
    assert "| 50%, cpu 4.0× |" in told
