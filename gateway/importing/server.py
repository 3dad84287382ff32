"""The gateway, as an import speaks with it: signs in, reads lists, sends changes; waits while it is away."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

import httpx
import orjson

from gateway.importing.errors import ImportStopped

_PATIENCE: Final = httpx.Timeout(60, connect=5)
#: Seconds between attempts while the server is away; then the import stops, to be begun again later.
PAUSES_S: Final = (0.5, 1, 2, 4, 8, 15, 30)
_AWAY: Final = {429, 502, 503, 504}


class Server:
    """A session of one user. Calls may come from several threads."""

    def __init__(
        self,
        address: str,
        user_name: str,
        password: str,
        *,
        language: str = "it",
        device_id: str = "",
        transport: httpx.BaseTransport | None = None,
        pauses_s: Sequence[float] = PAUSES_S,
    ) -> None:
        headers = {"Accept-Language": language, "User-Agent": "project-sales-import"}
        self._http = httpx.Client(base_url=address, timeout=_PATIENCE, headers=headers, transport=transport)
        self._pauses_s = pauses_s
        self._credentials = {"user_name": user_name, "password": password}
        if device_id:
            self._credentials["device_id"] = device_id
        self._signing_in = threading.Lock()
        self._token = ""
        self.user_id = ""

    def close(self) -> None:
        """Sign out and close the connections."""
        try:
            if self._token:
                self._http.delete("/v1/session", headers={"Authorization": f"Bearer {self._token}"})
        except httpx.TransportError:
            pass  # the session ends by itself
        finally:
            self._http.close()

    def sign_in(self, old_token: str = "") -> None:
        """Begin a session; nothing to do if another thread has just replaced `old_token`.

        Raises:
            ImportStopped: WRONG_CREDENTIALS, SERVER_AWAY, SERVER_REFUSED.
        """
        with self._signing_in:
            if self._token != old_token:
                return
            answer = self._patiently("POST", "/v1/session", orjson.dumps(self._credentials), {})
            if answer.status_code == 401:
                raise ImportStopped("WRONG_CREDENTIALS")
            session = _body(answer)
            self._token, self.user_id = session["access_token"], session["user"]["id"]

    def apply(self, items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Send changes; return their results in order, without the records."""
        found = self._call("POST", "/v1/changes", {"items": list(items)}, {"Prefer": "return=minimal"})
        results: list[dict[str, Any]] = found["results"]
        return results

    def records(self, collection: str, **parameters: str) -> Iterator[dict[str, Any]]:
        """Yield all records of a list that the user may see, by id."""
        token = ""
        while True:
            query = urlencode({"page_size": "500", "order_by": "id", "page_token": token, **parameters})
            page = self._call("GET", f"/v1/{collection}?{query}", None)
            yield from page["records"]
            token = page["next_page_token"]
            if not token:
                return

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        content = orjson.dumps(body) if body is not None else None
        for _ in range(2):
            token = self._token
            own = {**(headers or {}), "Authorization": f"Bearer {token}"}
            answer = self._patiently(method, path, content, own)
            if answer.status_code != 401:
                break
            self.sign_in(token)
        return _body(answer)

    def _patiently(
        self, method: str, path: str, content: bytes | None, headers: dict[str, str]
    ) -> httpx.Response:
        """Send a request until it is answered: ids make sending again harmless."""
        for pause_s in (*self._pauses_s, None):
            try:
                kind = {"Content-Type": "application/json"} if content else {}
                answer = self._http.request(method, path, content=content, headers=headers | kind)
                if answer.status_code not in _AWAY:
                    return answer
            except httpx.TransportError as error:
                if pause_s is None:
                    raise ImportStopped("SERVER_AWAY") from error
            if pause_s is not None:
                time.sleep(pause_s)
        raise ImportStopped("SERVER_AWAY")


def _body(answer: httpx.Response) -> dict[str, Any]:
    try:
        body: dict[str, Any] = answer.json()
    except ValueError as error:
        raise ImportStopped("SERVER_REFUSED", detail=f"HTTP {answer.status_code}") from error
    if answer.status_code >= 400:
        raise ImportStopped("SERVER_REFUSED", detail=body.get("detail") or body.get("reason"))
    return body
