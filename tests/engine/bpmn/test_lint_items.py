"""Rules on item types: what data, events, sets and operations must agree on."""

import pytest

from engine.bpmn.rules import check_structure
from engine.gate import read_xml

HEAD = (
    '<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="urn:test">'
    '<itemDefinition id="text" structureRef="String" isCollection="false"/>'
    '<itemDefinition id="texts" structureRef="String" isCollection="true"/>'
    '<itemDefinition id="number" structureRef="Integer"/>'
    '<message id="letter" itemRef="text"/><signal id="call" structureRef="number"/>'
    '<interface id="desk" name="Desk"><operation id="take" name="take"><inMessageRef>letter</inMessageRef></operation>'
    "</interface>"
)
PROCESS = '<process id="p" isExecutable="true">{}</process></definitions>'


def broken(content: str, *, outside: str = "") -> set[str]:
    """Return the rules that a process with this content breaks."""
    root = read_xml(f"{HEAD}{outside}{PROCESS.format(content)}".encode(), file="test.bpmn")
    return {finding.rule for finding in check_structure(root)}


@pytest.mark.parametrize(("said", "is_broken"), [("false", True), ("true", False)])
def test_data_is_a_collection_exactly_if_its_type_is_one(said: str, is_broken: bool) -> None:
    rules = broken(f'<dataObject id="o" itemSubjectRef="texts" isCollection="{said}"/>')

    assert ("bpmn.collection" in rules) is is_broken


@pytest.mark.parametrize(("name", "is_broken"), [("File", True), ("File [sent]", False), ("File[sent]", False)])
def test_a_reference_with_a_state_is_named_by_object_and_state(name: str, is_broken: bool) -> None:
    reference = f'<dataObjectReference id="r" dataObjectRef="o" name="{name}"><dataState name="sent"/>'

    rules = broken(f'<dataObject id="o" name="File"/>{reference}</dataObjectReference>')

    assert ("bpmn.data-state-name" in rules) is is_broken


def test_a_property_belongs_to_a_process_an_activity_or_an_event() -> None:
    inside = broken('<property id="x"/>')
    outside = broken("", outside='<property id="x"/>')

    assert "bpmn.property-place" not in inside
    assert "bpmn.property-place" in outside


@pytest.mark.parametrize(("back", "is_broken"), [("<inputSetRefs>in</inputSetRefs>", False), ("", True)])
def test_input_and_output_sets_name_each_other(back: str, is_broken: bool) -> None:
    sets = f'<inputSet id="in"><outputSetRefs>out</outputSetRefs></inputSet><outputSet id="out">{back}</outputSet>'

    rules = broken(f"<ioSpecification>{sets}</ioSpecification>")

    assert ("bpmn.set-pairs" in rules) is is_broken


@pytest.mark.parametrize(("item", "is_broken"), [("number", False), ("text", True)])
def test_an_event_carries_data_of_the_type_of_its_signal(item: str, is_broken: bool) -> None:
    rules = broken(
        f'<endEvent id="e"><dataInput id="i" itemSubjectRef="{item}"/>'
        '<inputSet><dataInputRefs>i</dataInputRefs></inputSet><signalEventDefinition signalRef="call"/></endEvent>'
    )

    assert ("bpmn.event-item" in rules) is is_broken


@pytest.mark.parametrize(("named", "is_broken"), [("<operationRef>take</operationRef>", False), ("", True)])
def test_an_event_with_a_typed_message_names_the_operation(named: str, is_broken: bool) -> None:
    definition = f'<messageEventDefinition messageRef="letter">{named}</messageEventDefinition>'

    rules = broken(f'<endEvent id="e">{definition}</endEvent>')

    assert ("bpmn.event-operation" in rules) is is_broken


@pytest.mark.parametrize(("item", "is_broken"), [("text", False), ("number", True)])
def test_an_operation_that_is_offered_is_bound_to_data_of_its_message(item: str, is_broken: bool) -> None:
    rules = broken(
        "<supportedInterfaceRef>desk</supportedInterfaceRef>"
        f'<ioSpecification><dataInput id="i" itemSubjectRef="{item}"/>'
        "<inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/></ioSpecification>"
        '<ioBinding operationRef="take" inputDataRef="i"/>'
    )

    assert ("bpmn.io-binding" in rules) is is_broken


@pytest.mark.parametrize(("item", "is_broken"), [("text", False), ("number", True)])
def test_an_item_of_a_repetition_has_the_type_of_the_collection(item: str, is_broken: bool) -> None:
    rules = broken(
        '<task id="t"><ioSpecification><dataInput id="i" itemSubjectRef="texts" isCollection="true"/>'
        "<inputSet><dataInputRefs>i</dataInputRefs></inputSet><outputSet/></ioSpecification>"
        "<multiInstanceLoopCharacteristics><loopDataInputRef>i</loopDataInputRef>"
        f'<inputDataItem id="each" itemSubjectRef="{item}"/></multiInstanceLoopCharacteristics></task>'
    )

    assert ("bpmn.multi-instance-item" in rules) is is_broken
