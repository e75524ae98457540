"""Forms that a model describes field by field become form-js schemas that the package's own reader takes."""

import json
from typing import Any

from engine.bpmn.form_data import forms_of
from engine.bpmn.model import Outcome
from engine.bpmn.reader import read_bpmn
from engine.findings import errors_of
from engine.forms import read_form

FIELDS = """
<c:formData>
  <c:formField id="name" label="Name" type="string" defaultValue="Siti">
    <c:validation><c:constraint name="required"/><c:constraint name="maxlength" config="40"/></c:validation>
  </c:formField>
  <c:formField id="age" label="Age" type="long" defaultValue="17">
    <c:validation><c:constraint name="min" config="0"/><c:constraint name="max" config="${x}"/></c:validation>
  </c:formField>
  <c:formField id="born" type="date"/>
  <c:formField id="agreed" type="boolean" defaultValue="true"/>
  <c:formField id="kind" type="enum"><c:value id="a" name="First"/><c:value id="b"/></c:formField>
  <c:formField id="own" type="custom"><c:validation><c:constraint name="readonly"/></c:validation></c:formField>
</c:formData>
"""


def read(fields: str, engine: str = "http://camunda.org/schema/1.0/bpmn") -> Any:
    return read_bpmn(
        (
            f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:c="{engine}" id="d" '
            f'targetNamespace="urn:t"><process id="p" isExecutable="true"><startEvent id="s"/><userTask id="ask-it">'
            f'<extensionElements>{fields}</extensionElements></userTask><endEvent id="e"/><sequenceFlow id="f" '
            'sourceRef="s" targetRef="ask-it"/><sequenceFlow id="g" sourceRef="ask-it" targetRef="e"/></process>'
            "</definitions>"
        ).encode(),
        file="t.bpmn",
    )


def test_fields_become_components_with_their_rules_and_the_step_asks_for_the_form() -> None:
    model = read(FIELDS)

    form = forms_of(model.root)["ask_it"]
    components = {each["key"]: each for each in form["components"]}
    assert model.processes["p"].scope.nodes["ask-it"].work.form == "ask_it"
    assert {key: each["type"] for key, each in components.items()} == {
        "name": "textfield",
        "age": "number",
        "born": "datetime",
        "agreed": "checkbox",
        "kind": "select",
        "own": "textfield",
    }
    assert components["name"]["validate"] == {"required": True, "maxLength": 40}
    assert (components["name"]["defaultValue"], components["age"]["defaultValue"]) == ("Siti", 17)
    assert components["age"]["validate"] == {"min": 0}
    assert components["kind"]["values"] == [{"value": "a", "label": "First"}, {"value": "b", "label": "b"}]
    assert (components["agreed"]["defaultValue"], components["own"]["readonly"]) == (True, True)
    assert [each.outcome for each in model.conversions] == [Outcome.MAPPED]


def test_the_form_is_one_that_a_package_takes() -> None:
    form = forms_of(read(FIELDS).root)["ask_it"]

    _form, findings = read_form(json.dumps(form).encode(), file="forms/ask_it.json")

    assert errors_of(findings) == []


def test_form_properties_of_flowable_and_activiti_are_fields_too() -> None:
    fields = (
        '<c:formProperty id="days" name="Days" type="long" required="true" writable="false"/>'
        '<c:formProperty id="why" name="Why" default="none"/>'
    )
    for engine in ("http://flowable.org/bpmn", "http://activiti.org/bpmn"):
        days, why = forms_of(read(fields, engine).root)["ask_it"]["components"]

        assert (days["label"], days["validate"], days["readonly"]) == ("Days", {"required": True}, True)
        assert (why["type"], why["defaultValue"]) == ("textfield", "none")


def test_a_step_without_fields_describes_no_form() -> None:
    assert forms_of(read("<c:properties/>").root) == {}
    assert forms_of(read("<c:formData/>").root) == {}


def test_forms_that_a_file_of_camunda_8_holds_are_given_out_under_the_id_that_steps_name() -> None:
    zeebe = "http://camunda.org/schema/zeebe/1.0"
    held = '<z:userTaskForm id="f1">{"type": "default", "components": []}</z:userTaskForm>'
    named = '<extensionElements><z:formDefinition formKey="camunda-forms:bpmn:f1"/></extensionElements>'
    text = (
        f'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:z="{zeebe}" id="d" '
        f'targetNamespace="urn:t"><process id="p" isExecutable="true"><extensionElements>{held}'
        '<z:userTaskForm id="f2">no JSON</z:userTaskForm></extensionElements><startEvent id="s"/>'
        f'<userTask id="a">{named}</userTask><endEvent id="e"/><sequenceFlow id="x" sourceRef="s" targetRef="a"/>'
        '<sequenceFlow id="y" sourceRef="a" targetRef="e"/></process></definitions>'
    )
    model = read_bpmn(text.encode(), file="t.bpmn")

    assert model.root is not None
    assert forms_of(model.root) == {"f1": {"type": "default", "components": [], "id": "f1"}}
    assert model.processes["p"].scope.nodes["a"].work.form == "f1"
    assert {each.outcome for each in model.conversions} == {Outcome.MAPPED}
