"""Puts the core together: one object that channels are given, and the background work that goes with it."""

import asyncio
import contextlib
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import httpx
import structlog

from connectors.core.backend_client import BackendClient
from connectors.core.channel import Channel
from connectors.core.erasing import Eraser
from connectors.core.handover.handovers import Handovers
from connectors.core.handover.past_figures import forget_figures, keep_contacts
from connectors.core.messages import forget_links
from connectors.core.models import Delivery, Erasure, Turn
from connectors.core.news import NewsTeller
from connectors.core.outbox import Outbox
from connectors.core.pressure import Pressure
from connectors.core.rasa_client import RasaClient
from connectors.core.reception import Reception
from connectors.core.retention import forget_old
from connectors.core.router import Router
from connectors.core.wakeups import create_wakeups
from connectors.core.worker import Worker
from connectors.database import Database, utc_now
from connectors.settings import Settings

log = structlog.get_logger()
# Between two batches of what is to be forgotten others may write.
BREATH_SECONDS = 0.1
ERASURES_AT_ONCE = 4
# So often it is looked whether somebody at the desk left a customer without an answer.
ABANDONED_SECONDS = 10


class Gateway:
    """Everything a channel's incoming and outgoing side need. Transports may be replaced by tests."""

    def __init__(
        self,
        settings: Settings,
        channels: Sequence[Channel] = (),
        rasa_transport: httpx.AsyncBaseTransport | None = None,
        backend_transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.settings = settings
        self.database = Database(settings.database_url)
        self.backend = BackendClient(
            settings.backend_url, settings.backend_token.get_secret_value(), transport=backend_transport
        )
        self.rasa = RasaClient(
            settings.rasa_url,
            settings.rasa_channel_token.get_secret_value(),
            settings.turn_timeout_seconds,
            transport=rasa_transport,
        )
        self.wakeups = create_wakeups(settings.redis_url.get_secret_value() if settings.redis_url else None)
        pushing = {channel.name: channel for channel in channels if channel.pushes}
        self.router = Router(settings, self.database, self.rasa, self.backend, self.wakeups, pushing)
        self.pressure = Pressure()
        self._turns = Worker(
            self.database,
            Turn,
            self.router.work,
            at_once=settings.turns_at_once,
            lease_seconds=settings.turn_lease_seconds,
            pressure=self.pressure,
        )
        outbox = Outbox(self.database, pushing, self.wakeups)
        self._deliveries = [
            Worker(
                self.database,
                Delivery,
                outbox.work,
                at_once=settings.deliveries_at_once,
                lease_seconds=settings.turn_lease_seconds,
                pressure=self.pressure,
                lane=name,
            )
            for name in pushing
        ]
        self._erasures = Worker(
            self.database,
            Erasure,
            Eraser(self.database, pushing).work,
            at_once=ERASURES_AT_ONCE,
            lease_seconds=settings.turn_lease_seconds,
        )
        self._pushing = list(pushing.values())
        self.reception = Reception(
            settings, self.database, self.backend, self.router, self.wakeups, self._turns
        )
        self.handovers = Handovers(
            settings,
            self.database,
            self.wakeups,
            self.backend,
            self.router.writing,
            self._turns.wake,
            pushing,
        )
        self._news = NewsTeller(self.database, self.backend, self.router, self.wakeups)
        # Others' short-lived things: each is asked now and then to forget what is over.
        self.short_lived: list[Callable[..., None]] = []
        # Set when the process is asked to end: open event streams close by themselves.
        self.stopping = asyncio.Event()

    def stop(self) -> None:
        """The process is about to end: open event streams close now, browsers come back later."""
        self.stopping.set()
        self.wakeups.wake_all()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work turns and deliveries while this is open."""
        jobs = [
            asyncio.create_task(self._turns.run()),
            asyncio.create_task(
                self._repeat(min(1, self.settings.turn_patience_seconds / 2), self.router.apologise_where_due)
            ),
            asyncio.create_task(self._repeat(self.settings.news_seconds, self._news.tell_what_is_due)),
            asyncio.create_task(self._repeat(ABANDONED_SECONDS, self._look_after_who_waits)),
            asyncio.create_task(self._repeat(60, self.clean_up)),
            asyncio.create_task(self._repeat(3600, self._forget)),
            asyncio.create_task(self._repeat(3600, self._keep_figures)),
        ]
        if self._pushing:
            workers: list[Worker[Delivery] | Worker[Erasure]] = [*self._deliveries, self._erasures]
            for worker in workers:
                self.wakeups.watch(worker.wake)
                jobs.append(asyncio.create_task(worker.run()))
        async with self.wakeups.running(), contextlib.AsyncExitStack() as channels:
            try:
                for channel in self._pushing:
                    await channels.enter_async_context(channel.running(self.reception))
                yield
            finally:
                self.stopping.set()
                for job in jobs:
                    job.cancel()
                await asyncio.gather(*jobs, return_exceptions=True)
                await self.rasa.close()
                await self.backend.close()
                self.database.engine.dispose()

    async def _repeat(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except Exception as error:
                log.error("background_work_failed", error_type=type(error).__name__, exc_info=error)
            await asyncio.sleep(seconds)

    async def _look_after_who_waits(self) -> None:
        if self.settings.care_desk:
            await self.handovers.put_back_abandoned()
        else:
            await self.handovers.release_all()

    async def clean_up(self) -> None:
        """Forget what lives for minutes or hours only, as soon as its time is over."""
        now = utc_now()
        await self.database.write(lambda session: forget_links(session, now))
        for forget in self.short_lived:
            await self.database.write(functools.partial(forget, now=now))

    async def _forget(self) -> None:
        now = utc_now()
        before = now - timedelta(days=self.settings.transcript_days)
        more = True
        while more:
            more = await self.database.write(lambda session: forget_old(session, now, before))
            await asyncio.sleep(BREATH_SECONDS)

    async def _keep_figures(self) -> None:
        """Count the days that are over, long before what they are counted from is forgotten."""
        now = utc_now()
        whole_since = now - timedelta(days=self.settings.transcript_days)
        for market in await self.backend.list_markets():
            timezone = (await self.backend.get_market(market)).timezone
            keep = functools.partial(
                keep_contacts, market=market, timezone=timezone, now=now, whole_since=whole_since
            )
            await self.database.write(keep)
        oldest = now.date() - timedelta(days=self.settings.report_days)
        await self.database.write(lambda session: forget_figures(session, oldest))
