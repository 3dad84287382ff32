"""RPCs that the contracts give an address to read from (google.api.http `get`): prints and figures.

Served from the annotation alone: parameters of the path and of the query fill the request, the response is
answered as JSON. A response that holds a file (`file_name`, `content_type`, `content`, `sha256`) is that
file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from google.api import annotations_pb2
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message_factory import GetMessageClass
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from gateway.api import incoming, transcode
from gateway.api.answers import file_response, json_response
from gateway.api.callers import Callers
from gateway.api.owners import Owners
from gateway.api.routing import Methods
from services.kit import rpc
from services.kit.entities import all_commands


@dataclass(frozen=True, slots=True)
class Question:
    """A question and where it is asked."""

    service: str
    path: str
    method: MethodDescriptor

    @property
    def in_path(self) -> tuple[str, ...]:
        """Parameters that the path holds."""
        return tuple(name for name in transcode.fields(self.method.input_type) if f"{{{name}}}" in self.path)

    @property
    def in_query(self) -> tuple[str, ...]:
        """Parameters of the query."""
        return tuple(name for name in transcode.fields(self.method.input_type) if name not in self.in_path)

    @property
    def gives_file(self) -> bool:
        """Whether the answer is a file."""
        return "content" in self.method.output_type.fields_by_name


@lru_cache(maxsize=1)
def questions() -> tuple[Question, ...]:
    """Return every question of the contracts."""
    return tuple(_questions())


def _questions() -> Iterator[Question]:
    files = {
        command.method.containing_service.file.name: command.method for command in all_commands().values()
    }
    for _, known in sorted(files.items()):
        file = known.containing_service.file
        for service in file.services_by_name.values():
            for method in service.methods:
                path = method.GetOptions().Extensions[annotations_pb2.http].get
                if path:
                    yield Question(file.package.split(".")[1], path, method)


class Questions:
    """`GET` of every address that the contracts give to a question."""

    def __init__(self, owners: Owners, callers: Callers, *, call_timeout_s: float) -> None:
        self._owners = owners
        self._callers = callers
        self._call_timeout_s = call_timeout_s

    def routes(self) -> list[BaseRoute]:
        """Return what is to be served."""
        return [Route(each.path, Methods(each.path, GET=partial(self._ask, each))) for each in questions()]

    async def _ask(self, question: Question, request: Request) -> Response:
        actor = self._callers.actor(request)
        given: Mapping[str, Any] = {
            **incoming.parameters(request, question.in_query),
            **{name: incoming.record_id(request.path_params[name]) for name in question.in_path},
        }
        wanted = transcode.request(GetMessageClass(question.method.input_type), given)
        with rpc.acting(actor, timeout_s=self._call_timeout_s):
            found = await self._owners.method(question.service, question.method)(wanted)
        return file_response(found) if question.gives_file else json_response(transcode.response(found))
