"""Everything wrong that a client can send: what it is told, and that no owner hears of it."""

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import pytest

from tests.gateway.conftest import Client, World

ID = "0190a000-0000-7000-8000-000000000001"
PARTIES = "/v1/crm/parties"
PARTY = f"{PARTIES}/{ID}"
FREEZE = f"/v1/offers/revisions/{ID}:freeze"
RESOLVE = f"/v1/parked/{ID}:resolve"
JSON = {"Content-Type": "application/json"}


@dataclass
class Hostile:
    """One request and the answer that it must get."""

    what: str
    method: str
    path: str
    status: int
    reason: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.what


def post(
    what: str, body: bytes, reason: str, *, path: str = PARTIES, status: int = 400, **kw: Any
) -> Hostile:
    return Hostile(what, "POST", path, status, reason, body, kw.get("headers", JSON))


def get(what: str, path: str, status: int, reason: str, **headers: str) -> Hostile:
    return Hostile(what, "GET", path, status, reason, headers=headers)


def with_headers(what: str, reason: str, status: int = 400, **headers: str) -> Hostile:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Hostile(what, "PATCH", PARTY, status, reason, b'{"name":"a"}', {**JSON, **named})


HOSTILE = [
    # Bodies
    post("no JSON", b"name=Rossi", "INVALID_JSON"),
    post("cut off", b'{"name":"Ros', "INVALID_JSON"),
    post("two values", b'{"name":"a"}{"name":"b"}', "INVALID_JSON"),
    post("trailing comma", b'{"name":"a",}', "INVALID_JSON"),
    post("single quotes", b"{'name':'a'}", "INVALID_JSON"),
    post("a comment", b'{"name":"a"/*b*/}', "INVALID_JSON"),
    post("NaN", b'{"n":NaN}', "INVALID_JSON"),
    post("Infinity", b'{"n":-Infinity}', "INVALID_JSON"),
    post("leading zero", b'{"n":007}', "INVALID_JSON"),
    post("control character", b'{"name":"a\x01"}', "INVALID_JSON"),
    post("broken UTF-8", b'{"name":"\xff\xfe"}', "INVALID_JSON"),
    post("overlong UTF-8", b'{"name":"\xc0\xaf"}', "INVALID_JSON"),
    post("lone surrogate", b'{"name":"\\ud800"}', "INVALID_JSON"),
    post("byte order mark", b'\xef\xbb\xbf{"name":"a"}', "INVALID_JSON"),
    post("UTF-16", '{"name":"a"}'.encode("utf-16"), "INVALID_JSON"),
    post("number of 5000 digits", b'{"n":' + b"9" * 5000 + b"}", "INVALID_JSON"),
    post("key twice", b'{"name":"a","name":"b"}', "DUPLICATE_KEY"),
    post("key twice, inside", b'{"custom":{"k":"1","\\u006b":"2"}}', "DUPLICATE_KEY"),
    post("deep lists", b"[" * 2000 + b"]" * 2000, "NESTED_TOO_DEEPLY"),
    post("deep objects", b'{"a":' * 900 + b"1" + b"}" * 900, "NESTED_TOO_DEEPLY"),
    post("endless opening", b'{"a":[' * 100_000, "NESTED_TOO_DEEPLY"),
    post("a list", b"[]", "OBJECT_EXPECTED"),
    post("a string", b'"x"', "OBJECT_EXPECTED"),
    post("null", b"null", "OBJECT_EXPECTED"),
    post("a number", b"1e999", "INVALID_JSON"),
    post("large body", b'"' + b"x" * (8 * 1024 * 1024) + b'"', "BODY_TOO_LARGE", status=413),
    post("own id that is none", b'{"id":"1"}', "INVALID_FIELDS"),
    post("own id that is a number", b'{"id":7}', "INVALID_FIELDS"),
    Hostile("delete with a body", "DELETE", PARTY, 400, "BODY_NOT_EXPECTED", b'{"a":1}', JSON),
    # Content types
    *(
        post(f"content type {kind}", b'{"name":"a"}', "UNSUPPORTED_MEDIA_TYPE", status=415, headers=headers)
        for kind, headers in (
            ("absent", {}),
            ("form", {"Content-Type": "application/x-www-form-urlencoded"}),
            ("text", {"Content-Type": "text/plain"}),
            ("multipart", {"Content-Type": "multipart/form-data; boundary=x"}),
            ("xml", {"Content-Type": "application/xml"}),
            ("latin", {"Content-Type": "application/json; charset=latin-1"}),
            ("compressed", {**JSON, "Content-Encoding": "gzip"}),
        )
    ),
    # Addresses and methods
    get("unknown service", "/v1/nothing/parties", 404, "NO_SUCH_ADDRESS"),
    get("unknown collection", "/v1/crm/nothing", 404, "NO_SUCH_ADDRESS"),
    get("collection of another service", "/v1/offers/parties", 404, "NO_SUCH_ADDRESS"),
    get("upper case", "/v1/CRM/parties", 404, "NO_SUCH_ADDRESS"),
    get("trailing slash", f"{PARTIES}/", 404, "NO_SUCH_ADDRESS"),
    get("too deep", f"{PARTY}/name", 404, "NO_SUCH_ADDRESS"),
    get("another version", "/v2/crm/parties", 404, "NO_SUCH_ADDRESS"),
    get("up the tree", "/v1/crm/parties/..%2f..%2fsecret", 404, "NO_SUCH_ADDRESS"),
    get("file of the server", "/docs/..%2fapp.py", 404, "NO_SUCH_ADDRESS"),
    get("id that is none", f"{PARTIES}/1", 404, "RECORD_NOT_FOUND"),
    get("id with SQL", f"{PARTIES}/1'%20or%20'1'='1", 404, "RECORD_NOT_FOUND"),
    get("id with braces", f"{PARTIES}/%7B{ID}%7D", 404, "RECORD_NOT_FOUND"),
    get("id without hyphens", f"{PARTIES}/{ID.replace('-', '')}", 404, "RECORD_NOT_FOUND"),
    get("id with a newline", f"{PARTY}%0a", 404, "RECORD_NOT_FOUND"),
    get("id with a zero byte", f"{PARTY}%00", 404, "RECORD_NOT_FOUND"),
    get("id of other digits", f"{PARTIES}/{ID[:-1]}%D9%A1", 404, "RECORD_NOT_FOUND"),
    Hostile("put", "PUT", PARTY, 405, "METHOD_NOT_ALLOWED", b"{}", JSON),
    Hostile("post to a record", "POST", PARTY, 405, "METHOD_NOT_ALLOWED", b"{}", JSON),
    Hostile("delete of a collection", "DELETE", PARTIES, 405, "METHOD_NOT_ALLOWED"),
    Hostile("trace", "TRACE", PARTIES, 405, "METHOD_NOT_ALLOWED"),
    Hostile("get of changes", "GET", "/v1/changes", 405, "METHOD_NOT_ALLOWED"),
    # Queries
    *(
        get(f"query {query[:40]}", f"{PARTIES}?{query}", 400, "INVALID_PARAMETERS")
        for query in (
            "surprise=1",
            "search=a&search=b",
            "page_size=0",
            "page_size=-1",
            "page_size=501",
            "page_size=1e2",
            "page_size=%D9%A1",
            "page_size=99999999999999999999",
            "search=%00",
            "search=%ff",
            "search=" + "x" * 2001,
            "filter=" + "x" * 2001,
            "&".join(f"a{n}=1" for n in range(60)),
        )
    ),
    get("query on a record", f"{PARTY}?fields=name", 400, "INVALID_PARAMETERS"),
    get("endless query", f"{PARTIES}?search=" + "x" * 17_000, 414, "ADDRESS_TOO_LONG"),
    # Headers
    with_headers("If-Match without quotes", "INVALID_IF_MATCH", If_Match="3"),
    with_headers("weak If-Match", "INVALID_IF_MATCH", If_Match='W/"3"'),
    with_headers("two versions", "INVALID_IF_MATCH", If_Match='"3", "4"'),
    with_headers("negative version", "INVALID_IF_MATCH", If_Match='"-1"'),
    with_headers("endless version", "INVALID_IF_MATCH", If_Match='"' + "9" * 30 + '"'),
    with_headers("empty key", "INVALID_IDEMPOTENCY_KEY", Idempotency_Key=""),
    with_headers("endless key", "INVALID_IDEMPOTENCY_KEY", Idempotency_Key="x" * 201),
    with_headers("key with a tab", "INVALID_IDEMPOTENCY_KEY", Idempotency_Key="a\tb"),
    # Changes
    post("no items", b"{}", "INVALID_FIELDS", path="/v1/changes"),
    post("empty items", b'{"items":[]}', "INVALID_FIELDS", path="/v1/changes"),
    post("items that are no list", b'{"items":{"id":1}}', "INVALID_FIELDS", path="/v1/changes"),
    post("more than items", b'{"items":[1],"atomic":true}', "INVALID_FIELDS", path="/v1/changes"),
    post("unreadable changes", b'{"items":[', "INVALID_JSON", path="/v1/changes"),
    post("no body of changes", b"", "INVALID_FIELDS", path="/v1/changes"),
    # Commands
    post("command with an unknown field", b'{"force":true}', "INVALID_FIELDS", path=FREEZE),
    post("command with a wrong type", b'{"sha256":1}', "INVALID_FIELDS", path=FREEZE),
    post("command with a surrogate", b'{"sha256":"\\udc00"}', "INVALID_JSON", path=FREEZE),
    post("command with a list", b"[]", "OBJECT_EXPECTED", path=FREEZE),
    post(
        "command with an endless version",
        b'{"base_version":99999999999999999999}',
        "INVALID_FIELDS",
        path=FREEZE,
    ),
    post("command of no record", b"{}", "RECORD_NOT_FOUND", path="/v1/offers/revisions/x:freeze", status=404),
    # Parked changes
    post("resolution of nothing", b"{}", "PARKED_NOT_FOUND", path="/v1/parked/x:resolve", status=404),
    post("resolution without choice", b'{"entity":"crm.party"}', "INVALID_FIELDS", path=RESOLVE),
    post(
        "resolution of an unknown entity", b'{"entity":"x","choice":"mine"}', "INVALID_FIELDS", path=RESOLVE
    ),
    post(
        "resolution by another owner",
        json.dumps(
            {
                "entity": "crm.party",
                "choice": "mine",
                "change": {"id": str(uuid4()), "entity": "offers.offer"},
            }
        ).encode(),
        "INVALID_FIELDS",
        path=RESOLVE,
    ),
    get("parked page size", "/v1/parked?page_size=1000", 400, "INVALID_PARAMETERS"),
    get("parked token", "/v1/parked?page_token=x", 400, "INVALID_PAGE_TOKEN"),
    get("parked token of a stranger", "/v1/parked?page_token=eyJldmlsIjoiIn0%3D", 400, "INVALID_PAGE_TOKEN"),
    get("parked token not of letters", "/v1/parked?page_token=%C3%A8", 400, "INVALID_PAGE_TOKEN"),
    # Sessions
    post(
        "sign-in with more",
        b'{"user_name":"a","password":"b","role":"admin"}',
        "INVALID_FIELDS",
        path="/v1/session",
    ),
    post("sign-in with numbers", b'{"user_name":1,"password":2}', "INVALID_FIELDS", path="/v1/session"),
    post(
        "sign-in of a device that is none",
        b'{"user_name":"a","password":"b","device_id":"x"}',
        "INVALID_FIELDS",
        path="/v1/session",
    ),
    post("sign-in with nothing", b"{}", "INVALID_REQUEST", path="/v1/session"),
    post(
        "endless user name",
        json.dumps({"user_name": "x" * 101, "password": "y"}).encode(),
        "INVALID_REQUEST",
        path="/v1/session",
    ),
    post("refresh with a number", b'{"refresh_token":1}', "INVALID_FIELDS", path="/v1/session:refresh"),
]


@pytest.mark.parametrize("given", HOSTILE, ids=str)
async def test_hostile_input_is_told_and_reaches_nobody(client: Client, world: World, given: Hostile) -> None:
    answer = await client(given.method, given.path, content=given.body, headers=given.headers)
    assert (answer.status_code, answer.json()["reason"]) == (given.status, given.reason), answer.text
    assert world.reached == []
    assert world.identity.attempts == 0


async def test_strangers_learn_nothing_about_bodies_and_ids(anonymous: Client, world: World) -> None:
    for method, path in (
        ("GET", PARTY),
        ("GET", PARTIES + "?surprise=1"),
        ("POST", PARTIES),
        ("PATCH", PARTY),
        ("DELETE", PARTY),
        ("POST", FREEZE),
        ("POST", "/v1/changes"),
        ("GET", "/v1/parked"),
        ("POST", RESOLVE),
    ):
        answer = await anonymous(method, path, content=b"broken", headers=JSON)
        assert (answer.status_code, answer.json()["reason"]) == (401, "TOKEN_MISSING")
    assert world.reached == []


async def test_a_request_id_is_taken_over_only_if_it_is_one(client: Client) -> None:
    taken = await client("GET", "/v1/nothing/x", headers={"X-Request-Id": "abcdef-123.456"})
    assert taken.headers["x-request-id"] == "abcdef-123.456"
    for odd in ("x", "a" * 65, 'a"b<script>12345', "abcdefgh ijkl"):
        assert (await client("GET", "/v1/nothing/x", headers={"X-Request-Id": odd})).headers[
            "x-request-id"
        ] != odd


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "it"),
        ("it", "it"),
        ("en", "en"),
        ("en-GB,en;q=0.9,it;q=0.8", "en"),
        ("it-IT,it;q=0.9,en-US;q=0.8", "it"),
        ("en;q=0.1, it;q=0.2", "it"),
        ("de, fr;q=0.9", "en"),
        ("de, *;q=0.1", "it"),
        ("en;q=x,;;,", "en"),
        ("it;q=0", "en"),
        ("," * 5000, "en"),
    ],
)
async def test_the_reader_s_language_is_answered(client: Client, accepted: str, language: str) -> None:
    answer = await client("GET", "/v1/nothing/x", headers={"Accept-Language": accepted})
    assert answer.headers["content-language"] == language
    assert answer.json()["title"] == {"it": "Non trovato", "en": "Not found"}[language]
