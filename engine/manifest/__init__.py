"""The manifest of a package, process.yaml: what a process is in law, as typed values.

The shape stands in manifest.schema.json. Checks that need more than the manifest are engine.packages' business.
"""

from engine.manifest.making import manifest_of
from engine.manifest.model import (
    FILE,
    Basis,
    Call,
    Confidential,
    Cost,
    Extension,
    Law,
    LawStatus,
    Manifest,
    MessageRule,
    Moment,
    Parameter,
    Point,
    Requirement,
    Retention,
    Role,
    RoleKind,
    Service,
    Silence,
    Start,
    TermRule,
    Texts,
    Unit,
    is_step,
)
from engine.manifest.reading import ReadManifest, read_manifest

__all__ = [
    "FILE",
    "Basis",
    "Call",
    "Confidential",
    "Cost",
    "Extension",
    "Law",
    "LawStatus",
    "Manifest",
    "MessageRule",
    "Moment",
    "Parameter",
    "Point",
    "ReadManifest",
    "Requirement",
    "Retention",
    "Role",
    "RoleKind",
    "Service",
    "Silence",
    "Start",
    "TermRule",
    "Texts",
    "Unit",
    "is_step",
    "manifest_of",
    "read_manifest",
]
