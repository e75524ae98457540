"""Forms: form-js schemas, read at deployment, and the check of what people entered, as the browser checks it.

The browser shows and helps; what counts is this check on the server. Semantics are those of form-js 1 and 2.
"""

from engine.forms.checking import Checked, FieldError, accepted, check
from engine.forms.model import Component, Field, FieldType, Form, Group, ListGroup
from engine.forms.reader import read_form
from engine.forms.showing import Listing, Question, Section, Shown, Written, questions, sent_as, show
from engine.forms.wording import translated

__all__ = [
    "Checked",
    "Component",
    "Field",
    "FieldError",
    "FieldType",
    "Form",
    "Group",
    "ListGroup",
    "Listing",
    "Question",
    "Section",
    "Shown",
    "Written",
    "accepted",
    "check",
    "questions",
    "read_form",
    "sent_as",
    "show",
    "translated",
]
