"""What was read of a package, before it is checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from engine.bpmn.model import EventKind, Language, Model, Node, Process
from engine.dmn import Decisions
from engine.findings import Place
from engine.forms import Form
from engine.manifest import Manifest
from engine.notation import Document
from engine.stories import Story
from engine.translations import Translation


@dataclass(frozen=True)
class Contents:
    """What was read of a package. ``folder`` is the name of the folder that it came from; None: it was a zip."""

    files: Mapping[str, bytes]
    folder: str | None
    manifest: Manifest
    document: Document
    models: tuple[Model, ...]
    decisions: Decisions | None
    forms: Mapping[str, Form]
    stories: tuple[Story, ...]
    translations: Mapping[str, Translation]

    @cached_property
    def processes(self) -> Mapping[str, Process]:
        """All processes by id."""
        return {process.id: process for model in self.models for process in model.processes.values()}

    @cached_property
    def executed(self) -> frozenset[str]:
        """The ids of the main process and of all that it can call. What else is drawn is only shown."""
        reached, waiting = set[str](), [self.manifest.id]
        while waiting:
            process = self.processes.get(waiting.pop())
            if process is None or process.id in reached:
                continue
            reached.add(process.id)
            called = [node.work.called_process for _, node in process.scope.everything() if node.work.called_process]
            waiting += [each.source for each in called]
            if any(each.language is not Language.LITERAL for each in called):
                waiting += self.processes
        return frozenset(reached)

    @cached_property
    def nodes(self) -> tuple[tuple[Process, Node], ...]:
        """All flow nodes that are executed, with their process."""
        return tuple(
            (process, node)
            for process in self.processes.values()
            if process.id in self.executed
            for _, node in process.scope.everything()
        )

    @cached_property
    def steps(self) -> Mapping[str, Node]:
        """All flow nodes by id, and by ``process:id``."""
        bare = {node.id: node for _, node in self.nodes}
        return bare | {f"{process.id}:{node.id}": node for process, node in self.nodes}

    @cached_property
    def job_types(self) -> Mapping[str, Place]:
        """The job types that steps use, with the first place of each."""
        found: dict[str, Place] = {}
        for _, node in self.nodes:
            job_type = node.work.job_type
            if job_type is not None and job_type.language is Language.LITERAL:
                found.setdefault(job_type.source, job_type.place)
        return found

    @cached_property
    def caught(self) -> Mapping[str, Place]:
        """The names of messages that steps wait for or send."""
        return {
            item.name: item.place
            for model in self.models
            for item in model.declared.values()
            if item.kind is EventKind.MESSAGE
        }
