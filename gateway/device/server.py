"""The gateway, as a device speaks with it: session, changes, parked changes, bundles.

Every failure becomes one of `errors.py`. An access token that is over is refreshed once, unseen.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson

from gateway.device.errors import DeviceError, Refused, ServerAway, SignInNeeded, Wiped
from gateway.device.store import Store

_PATIENCE: Final = httpx.Timeout(30, connect=5)
_SILENCE: Final = httpx.Timeout(60, connect=5)
_REVOKED: Final = ("DEVICE_REVOKED", "DEVICE_WIPED")


class Server:
    """One gateway and the session that the store keeps."""

    def __init__(
        self, store: Store, *, language: str = "it", transport: httpx.BaseTransport | None = None
    ) -> None:
        self._store = store
        headers = {"Accept-Language": language, "User-Agent": "project-sales-device"}
        self._http = httpx.Client(timeout=_PATIENCE, headers=headers, transport=transport)

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def sign_in(self, user_name: str, password: str, *, device_id: str, device_name: str) -> dict[str, Any]:
        """Exchange name and password for a session of this device; return the user."""
        session = self._send(
            "POST",
            "/v1/session",
            {
                "user_name": user_name,
                "password": password,
                "device_id": device_id,
                "device_name": device_name[:100],
            },
        ).json()
        self._keep(session)
        return dict(session["user"])

    def _keep(self, session: dict[str, Any]) -> None:
        with self._store.transaction():
            self._store.put(access=session["access_token"], refresh=session["refresh_token"])

    def post(self, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Send a body to an address that needs a session; return the answer, {} without one."""
        answer = self._signed("POST", path, body)
        return dict(answer.json()) if answer.content else {}

    def get(self, path: str) -> dict[str, Any]:
        """Read an address that needs a session."""
        return dict(self._signed("GET", path, None).json())

    def parked(self) -> list[dict[str, Any]]:
        """Return every parked change that the server shows this user; owners that are away are left out."""
        found: list[dict[str, Any]] = []
        token = ""
        while True:
            page = self.get(f"/v1/parked?page_size=200&page_token={quote(token)}")
            found += page["parked"]
            following = page.get("next_page_token", "")
            if not following or page.get("unavailable") or following == token:
                return found
            token = following

    @contextmanager
    def pull(self, body: dict[str, Any]) -> Iterator[Iterator[bytes] | None]:
        """Ask for a bundle; gives its lines while they arrive, None if there is nothing new."""
        for attempt in ("first", "refreshed"):
            request = self._request("POST", "/v1/sync/pull", body)
            try:
                answer = self._http.send(request, stream=True)
            except httpx.TransportError as error:
                raise ServerAway(detail=str(error)) from error
            try:
                if answer.status_code == 401 and attempt == "first":
                    answer.read()
                    _require_no_order(answer)
                    self._refresh()
                    continue
                if answer.status_code >= 400:
                    answer.read()
                    raise _failure(answer)
                yield None if answer.status_code == 204 else _lines(answer)
                return
            finally:
                answer.close()

    def live(self) -> httpx.Response:
        """Open the stream of events; the caller reads and closes it. A silence of two pings breaks it."""
        for attempt in ("first", "refreshed"):
            request = self._request("GET", "/v1/sync/live", None)
            request.extensions["timeout"] = _SILENCE.as_dict()
            try:
                answer = self._http.send(request, stream=True)
                if answer.status_code >= 400:
                    answer.read()
            except httpx.TransportError as error:
                raise ServerAway(detail=str(error)) from error
            if answer.status_code < 400:
                return answer
            answer.close()
            _require_no_order(answer)
            if answer.status_code != 401 or attempt == "refreshed":
                raise _failure(answer)
            self._refresh()
        raise SignInNeeded

    def _signed(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            return self._send(method, path, body)
        except SignInNeeded:
            self._refresh()
            return self._send(method, path, body)

    def _refresh(self) -> None:
        token = self._store.get("refresh")
        if not token:
            raise SignInNeeded
        self._keep(self._send("POST", "/v1/session:refresh", {"refresh_token": token}).json())

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Response:
        try:
            answer = self._http.send(self._request(method, path, body))
        except httpx.TransportError as error:
            raise ServerAway(detail=str(error)) from error
        if answer.status_code >= 400:
            raise _failure(answer)
        return answer

    def _request(self, method: str, path: str, body: dict[str, Any] | None) -> httpx.Request:
        address = self._store.get("server")
        if not address:
            raise SignInNeeded
        headers = {"Content-Type": "application/json"} if body is not None else {}
        access = self._store.get("access")
        if access and not path.startswith("/v1/session"):
            headers["Authorization"] = f"Bearer {access}"
        content = orjson.dumps(body) if body is not None else None
        return self._http.build_request(method, address + path, content=content, headers=headers)


def _lines(answer: httpx.Response) -> Iterator[bytes]:
    rest = b""
    try:
        for chunk in answer.iter_bytes():
            *complete, rest = (rest + chunk).split(b"\n")
            yield from (line for line in complete if line)
    except (httpx.TransportError, httpx.DecodingError) as error:
        raise ServerAway(detail=str(error)) from error
    if rest:
        yield rest


def _failure(answer: httpx.Response) -> DeviceError:
    """Return the error of an answer that is none of what was hoped for."""
    try:
        problem = answer.json()
        reason, detail = str(problem["reason"]), _detail(problem)
    except (ValueError, KeyError, TypeError):
        reason, detail = f"HTTP_{answer.status_code}", ""
    if reason in _REVOKED:
        return Wiped(reason, detail)
    if answer.status_code == 401:
        return SignInNeeded(reason if reason == "WRONG_CREDENTIALS" else "", detail)
    if answer.status_code in (429, 502, 503, 504):
        return ServerAway(detail=detail)
    return Refused(reason, detail)


def _detail(problem: dict[str, Any]) -> str:
    violations = [f"{v.get('field', '')}: {v.get('detail', '')}" for v in problem.get("violations", ())]
    return "; ".join(filter(None, [str(problem.get("detail", "")), *violations]))


def _require_no_order(answer: httpx.Response) -> None:
    failure = _failure(answer)
    if isinstance(failure, Wiped):
        raise failure
