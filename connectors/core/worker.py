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
from connectors.database import Database, utc_now

log = structlog.get_logger()
# Without a wake-up (another process stored the job, or its pause is over) it is found within this time.
LOOK_SECONDS = 0.5


class Worker[J: Job]:
    """Works up to `at_once` jobs at the same time, never two of one conversation."""

    def __init__(
        self,
        database: Database,
        model: type[J],
        work: Callable[[J, Lease], Awaitable[None]],
        *,
        at_once: int,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._model = model
        self._work = work
        self._lease_seconds = lease_seconds
        self._slots = asyncio.Semaphore(at_once)
        self._wake = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self) -> None:
        """There may be something to do now."""
        self._wake.set()

    async def run(self) -> None:
        """Until cancelled; then jobs in hand are put back for whoever comes next."""
        try:
            while True:
                await self._slots.acquire()
                job = None
                try:
                    job = await self._claim()
                finally:
                    if job is None:
                        self._slots.release()
                if job is None:
                    await self._sleep()
                else:
                    task = asyncio.create_task(self._carry_out(job))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _claim(self) -> J | None:
        self._wake.clear()
        try:
            return await self._database.write(
                lambda session: jobs.claim(session, self._model, utc_now(), self._lease_seconds)
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
            self._slots.release()
            # The next job of this conversation has become claimable.
            self.wake()

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
