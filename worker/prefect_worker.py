"""Run Prefect flow runs inside this process, and tell the Prefect server which flows run how often.

A process per flow run costs 1.75 CPU seconds and 100 MB; in this process a run costs 0.3 CPU seconds. Prefect still
schedules, shows and distributes the runs; the truth about the work is in Alur's own tables.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import anyio.abc
from prefect import Flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import DeploymentScheduleCreate, WorkPoolCreate
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.schedules import IntervalSchedule
from prefect.exceptions import ObjectAlreadyExists
from prefect.flow_engine import run_flow_async
from prefect.workers.base import BaseJobConfiguration, BaseWorker, BaseWorkerResult

POOL = "alur"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A flow and how often it runs. ``every`` None: only when it is asked for."""

    flow: Flow[..., Any]
    every: timedelta | None


class InProcessWorker(BaseWorker[BaseJobConfiguration, Any, BaseWorkerResult]):
    """A Prefect worker that runs the flows of ``schedule`` in its own event loop."""

    type = POOL
    job_configuration = BaseJobConfiguration

    def __init__(self, schedule: Mapping[str, Scheduled], *, name: str) -> None:
        super().__init__(work_pool_name=POOL, name=name)
        self.schedule = schedule

    async def run(
        self,
        flow_run: FlowRun,
        configuration: BaseJobConfiguration,
        task_status: anyio.abc.TaskStatus[int] | None = None,
    ) -> BaseWorkerResult:
        """Run the flow that the run's deployment names; a run of a flow that this version lacks fails in Prefect."""
        if task_status is not None:
            task_status.started(0)
        async with get_client() as client:
            deployment = await client.read_deployment(flow_run.deployment_id) if flow_run.deployment_id else None
        name = deployment.name if deployment else "none"
        if name not in self.schedule:
            raise LookupError(f"Expected a flow of {', '.join(self.schedule)}, found a run of deployment {name!r}")
        state = await run_flow_async(
            self.schedule[name].flow, flow_run=flow_run, parameters=flow_run.parameters, return_type="state"
        )
        return BaseWorkerResult(
            identifier=str(flow_run.id), status_code=0 if state is not None and state.is_completed() else 1
        )


async def register(schedule: Mapping[str, Scheduled]) -> None:
    """Make the Prefect server's work pool and deployments say what ``schedule`` says."""
    async with get_client() as client:
        try:
            template = InProcessWorker.get_default_base_job_template()
            await client.create_work_pool(WorkPoolCreate(name=POOL, type=POOL, base_job_template=template))
        except ObjectAlreadyExists:
            pass  # another worker, or an earlier start, made it
        for name, entry in schedule.items():
            schedules = []
            if entry.every is not None:
                schedules.append(DeploymentScheduleCreate(schedule=IntervalSchedule(interval=entry.every)))
            await client.create_deployment(
                flow_id=await client.create_flow(entry.flow),
                name=name,
                schedules=schedules,
                work_pool_name=POOL,
                entrypoint=f"{entry.flow.fn.__module__}.{entry.flow.fn.__name__}",
                # A run that is still under way when the next is due would only queue up behind it.
                concurrency_limit=None,
            )
