"""The gateway, put together: what each part is given is decided here and nowhere else."""

from __future__ import annotations

import asyncio

from starlette.routing import BaseRoute, Route, Router
from starlette.types import ASGIApp

from gateway.api.calendar_feeds import CalendarFeeds
from gateway.api.callers import Callers
from gateway.api.changes import Changes
from gateway.api.commands import Commands
from gateway.api.csrf import Csrf, read_key
from gateway.api.dashboards import Dashboards
from gateway.api.edge import Edge
from gateway.api.exports import Exports
from gateway.api.forms import Forms
from gateway.api.health import Health
from gateway.api.owners import Owners
from gateway.api.pages import static_page
from gateway.api.parked import Parked
from gateway.api.prints import Prints
from gateway.api.questions import Questions
from gateway.api.rates import SignInRates
from gateway.api.records import Records
from gateway.api.reference import Reference
from gateway.api.reports import Reports
from gateway.api.routing import Methods, router
from gateway.api.sessions import Sessions
from gateway.api.settings import GatewaySettings
from gateway.api.sync import Sync
from gateway.api.sync_leases import Leases
from gateway.api.sync_live import Live
from gateway.api.tokens import Tokens
from gateway.api.watch import Watch
from gateway.api.web import WebClient, start_route


class Gateway:
    """The ASGI application and what runs beside it. Made inside the event loop that serves it."""

    def __init__(self, settings: GatewaySettings) -> None:
        self.owners = Owners(settings.grpc_targets)
        self.watch = Watch(self.owners.identity(), patience_s=settings.watch_patience_s)
        self._live = Live(self.owners)
        self._web = WebClient(settings.web_dir)
        self._following: asyncio.Task[None] | None = None
        self.app: ASGIApp = Edge(
            self._router(settings),
            max_body_bytes=settings.max_body_bytes,
            request_timeout_s=settings.request_timeout_s,
            traced=bool(settings.trace_file),
        )

    def start(self) -> None:
        """Begin to follow identity."""
        self._following = asyncio.create_task(self.watch.follow())

    async def close(self) -> None:
        """Stop following and drop the connections."""
        if self._following is not None:
            self._following.cancel()
            await asyncio.gather(self._following, return_exceptions=True)
        await self._live.close()
        await self.owners.close()

    def _router(self, settings: GatewaySettings) -> Router:
        timeout_s = settings.call_timeout_s
        tokens = Tokens(self.watch.keys, memory_s=settings.token_memory_s)
        csrf = Csrf(read_key(settings.csrf_key, settings.secrets_dir))
        callers = Callers(tokens, self.watch, csrf)
        sessions = Sessions(
            self.owners,
            callers,
            tokens,
            csrf,
            SignInRates(per_user=settings.sign_ins_per_user, per_address=settings.sign_ins_per_address),
            call_timeout_s=timeout_s,
            cookie_lifetime_s=settings.cookie_lifetime_s,
        )
        parked = Parked(self.owners, callers, call_timeout_s=timeout_s)
        # Changes may be many: all the time that a request has, less a second to answer.
        changes = Changes(self.owners, callers, call_timeout_s=settings.request_timeout_s - 1)
        resolve = "/v1/parked/{id}:resolve"
        fixed: list[BaseRoute] = [
            Route("/v1/changes", Methods("/v1/changes", POST=changes.post)),
            Route("/v1/session", Methods("/v1/session", POST=sessions.sign_in, DELETE=sessions.sign_out)),
            Route("/v1/session:refresh", Methods("/v1/session:refresh", POST=sessions.refresh)),
            Route("/v1/parked", Methods("/v1/parked", GET=parked.list)),
            Route(resolve, Methods(resolve, POST=parked.resolve)),
            *Sync(self.owners, callers, self._live, call_timeout_s=timeout_s).routes(),
            *Questions(self.owners, callers, call_timeout_s=timeout_s).routes(),
            *CalendarFeeds(self.owners, call_timeout_s=timeout_s).routes(),
            *Forms(self.owners, callers, call_timeout_s=timeout_s).routes(),
            *Dashboards(self.owners, callers, call_timeout_s=timeout_s).routes(),
            *Reports(self.owners, callers, call_timeout_s=timeout_s).routes(),
            # A press takes some seconds at most, and says so itself.
            *Prints(self.owners, callers, call_timeout_s=settings.request_timeout_s - 1).routes(),
            *Exports(self.owners, callers, call_timeout_s=settings.request_timeout_s - 1).routes(),
            *Leases(self.owners, callers, call_timeout_s=timeout_s).routes(),
            *self._pages(Reference(self.owners, callers, call_timeout_s=timeout_s)),
        ]
        return router(
            Records(self.owners, callers, call_timeout_s=timeout_s),
            Commands(self.owners, callers, call_timeout_s=timeout_s),
            fixed,
            default=self._web,
        )

    def _pages(self, reference: Reference) -> list[BaseRoute]:
        health = Health(self.owners, self.watch)
        pages = {
            "/docs": static_page("docs.html"),
            "/docs/docs.js": static_page("docs.js"),
            "/docs/docs.css": static_page("docs.css"),
        }
        return [
            Route("/", start_route(self._web)),
            Route("/healthz", Methods("/healthz", GET=health.alive)),
            Route("/readyz", Methods("/readyz", GET=health.ready)),
            Route("/openapi.json", Methods("/openapi.json", GET=reference.get)),
            *(Route(path, Methods(path, GET=page.get)) for path, page in pages.items()),
        ]
