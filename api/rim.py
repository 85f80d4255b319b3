"""What every request passes first and every answer last: host, headers, a line for the log."""

import logging
import time
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import metrics
from api.problem import Problem, respond

LOG: Final = logging.getLogger("sparewise.access")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Rim:
    """The outermost layer, in plain ASGI because every request pays for it."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str]) -> None:
        self._app, self._hosts = app, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless it is for another host or of no method we know."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        refused = self._refused(scope)
        try:
            if refused is not None:
                await respond(refused)(scope, receive, send_on)
            else:
                await self._app(scope, receive, send_on)
        finally:
            seconds = time.perf_counter() - started
            route = getattr(scope.get("route"), "path", "none")
            metrics.note(scope["method"], route, status, seconds)
            if LOG.isEnabledFor(logging.INFO):
                LOG.info("%s %s %d %.1f ms", scope["method"], route, status, seconds * 1000)

    def _refused(self, scope: Scope) -> Problem | None:
        host = Request(scope).headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
        if "*" not in self._hosts and name.lower() not in self._hosts:
            return Problem(421, "host.unknown", "This server does not answer to that name.")
        if scope["method"] not in _METHODS:
            return Problem(405, "method", "That method is not used here.")
        return None
