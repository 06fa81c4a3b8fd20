"""Works the jobs of one table: claims, holds the lease while the work lasts, and never loses a job.

What the work is comes from outside. A job whose work raises is put back and tried again later.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from connectors.core import jobs
from connectors.core.jobs import Job, Lease, LeaseLost
from connectors.core.pressure import Pressure
from connectors.database import Database, utc_now

log = structlog.get_logger()
# Without a wake-up (another process stored the job, or its pause is over) it is found within this time.
LOOK_SECONDS = 0.5
# While much comes in only so many jobs are in hand: what waits is safe, who brings it must not wait.
UNDER_PRESSURE = 1


class Worker[J: Job]:
    """Works up to `at_once` jobs at the same time, never two of one conversation; with a `lane` only those of it."""

    def __init__(
        self,
        database: Database,
        model: type[J],
        work: Callable[[J, Lease], Awaitable[None]],
        *,
        at_once: int,
        lease_seconds: float,
        pressure: Pressure | None = None,
        lane: str | None = None,
    ) -> None:
        self._database = database
        self._model = model
        self._work = work
        self._lease_seconds = lease_seconds
        self._at_once = at_once
        self._pressure = pressure
        self._lane = lane
        if pressure is not None:
            pressure.when_relieved(self.wake)
        self._running = False
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        # Conversations that got another job while one was in hand.
        self._with_more: set[str] = set()

    @property
    def lease_seconds(self) -> float | None:
        """How long a job may be stored as claimed for `take_over`; None while there is no room for one."""
        return self._lease_seconds if self._has_room else None

    @property
    def _has_room(self) -> bool:
        high = self._pressure is not None and self._pressure.is_high
        return self._running and len(self._tasks) < (UNDER_PRESSURE if high else self._at_once)

    def wake(self, conversation_id: str | None = None, seconds: float = 0) -> None:
        """There may be something to do in so many seconds, or as soon as the conversation's job in hand is done."""
        if conversation_id is not None:
            self._with_more.add(conversation_id)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._wake.set)
        else:
            self._wake.set()

    def take_over(self, job: J, more: bool = False) -> None:
        """Work a job that is claimed already. `more`: others of its conversation may stand behind it."""
        if more:
            self._with_more.add(job.conversation_id)
        task = asyncio.create_task(self._carry_out(job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def run(self) -> None:
        """Until cancelled; then jobs in hand are put back for whoever comes next."""
        self._running = True
        try:
            while True:
                self._wake.clear()
                job = await self._claim() if self._has_room else None
                if job is None:
                    if not self._tasks:
                        self._with_more.clear()
                    await self._sleep()
                else:
                    self.take_over(job, more=True)
        finally:
            self._running = False
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim(self) -> J | None:
        try:
            if not await self._database.read(
                lambda session: jobs.is_any_due(session, self._model, utc_now(), self._lane)
            ):
                return None
            return await self._database.write(
                lambda session: jobs.claim(session, self._model, utc_now(), self._lease_seconds, self._lane)
            )
        except Exception as error:
            log.error("claim_failed", table=self._model.__name__, error_type=type(error).__name__)
            return None

    async def _sleep(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def _carry_out(self, job: J) -> None:
        lease = Lease(job.id, job.attempts)
        fields = {
            "table": self._model.__name__,
            "conversation_id": job.conversation_id,
            "attempt": job.attempts,
        }
        holding = asyncio.create_task(self._hold(lease, asyncio.current_task()))
        try:
            await self._work(job, lease)
        except LeaseLost:
            log.warning("lease_lost", **fields)
        except asyncio.CancelledError:
            await self._put_back(lease, 0, "stopped")
        except Exception as error:
            log.error("work_failed", error_type=type(error).__name__, exc_info=error, **fields)
            await self._put_back(lease, jobs.pause_after(job.attempts), type(error).__name__)
        finally:
            holding.cancel()
            if len(self._tasks) >= self._at_once or job.conversation_id in self._with_more:
                # The next job of this conversation, or of one that found no room, has become claimable.
                self._with_more.discard(job.conversation_id)
                self._wake.set()

    async def _hold(self, lease: Lease, worker: asyncio.Task[None] | None) -> None:
        while True:
            await asyncio.sleep(self._lease_seconds / 3)
            until = utc_now() + timedelta(seconds=self._lease_seconds)
            try:
                await self._database.write(
                    lambda session: jobs.renew(session, self._model, lease, until)  # noqa: B023
                )
            except LeaseLost:
                if worker is not None:
                    worker.cancel()
                return
            except Exception as error:
                log.warning("lease_not_renewed", error_type=type(error).__name__)

    async def _put_back(self, lease: Lease, pause: float, reason: str) -> None:
        run_after = utc_now() + timedelta(seconds=pause)
        with contextlib.suppress(Exception):
            await self._database.write(
                lambda session: jobs.postpone(session, self._model, lease, run_after, reason)
            )
