"""Commands of a service become items of its one write path: nobody writes such a method by hand.

Each RPC with the option `(sales.sync.v1.command)` has a request with `id`, `change_id` and `base_version` at
1, 2 and 3 and the command's own fields from 10 on, and a response with one `result`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeVar

import grpc
import orjson
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from sales.sync.v1 import options_pb2, records_pb2

from services.kit.actor import Actor
from services.kit.errors import Invalid, Violation
from services.kit.rpc.call import current_actor
from services.kit.rpc.json_values import json_value

#: Runs items (JSON as bytes) of one actor in order and returns one result for each.
Apply = Callable[[Actor, Sequence[bytes]], Sequence[records_pb2.Result]]

Method = Callable[[Any, Message, grpc.ServicerContext], Message]
_Servicer = TypeVar("_Servicer")

_FIRST_OWN_FIELD = 10


def command_of(method: MethodDescriptor) -> options_pb2.CommandOptions | None:
    """Return the command option of an RPC, None for plain RPCs."""
    options = method.GetOptions()
    return options.Extensions[options_pb2.command] if options.HasExtension(options_pb2.command) else None


def item_of(method: MethodDescriptor, request: Message) -> bytes:
    """Return the command item that a typed request stands for; absent fields stay absent.

    Raises:
        Invalid: INVALID_REQUEST, without record or change id.
    """
    command = command_of(method)
    if command is None:
        raise ValueError(f"{method.full_name} is not a command")
    missing = [Violation(name, "REQUIRED") for name in ("id", "change_id") if not getattr(request, name)]
    if missing:
        raise Invalid("INVALID_REQUEST", "a command names its record and its change", violations=missing)
    item: dict[str, Any] = {
        "id": getattr(request, "change_id"),  # noqa: B009  # the type is generic
        "command": command.name,
        "entity": command.entity,
        "record_id": getattr(request, "id"),  # noqa: B009
    }
    if request.HasField("base_version"):
        item["base_version"] = getattr(request, "base_version")  # noqa: B009
    item["request"] = {
        field.name: json_value(field, value)
        for field, value in request.ListFields()
        if field.number >= _FIRST_OWN_FIELD
    }
    return orjson.dumps(item)


def command_servicer(base: type[_Servicer], service: ServiceDescriptor, apply: Apply) -> _Servicer:
    """Return a servicer of type `base` whose commands go through `apply`; `base` may bring the other RPCs."""
    servicer: _Servicer = type(base.__name__, (base,), dict(command_methods(service, apply)))()
    return servicer


def command_methods(service: ServiceDescriptor, apply: Apply) -> Mapping[str, Method]:
    """Return one method for each command of the service."""
    return {
        method.name: _method(method, apply) for method in service.methods if command_of(method) is not None
    }


def add_commands(server: grpc.Server, service: ServiceDescriptor, apply: Apply) -> None:
    """Serve a service that has nothing but commands."""
    methods = command_methods(service, apply)
    plain = [method.name for method in service.methods if method.name not in methods]
    if plain:
        raise ValueError(f"{service.full_name} also has {', '.join(plain)}: use command_servicer")
    handlers = {
        method.name: grpc.unary_unary_rpc_method_handler(
            partial(methods[method.name], None),
            request_deserializer=GetMessageClass(method.input_type).FromString,
            response_serializer=GetMessageClass(method.output_type).SerializeToString,
        )
        for method in service.methods
    }
    server.add_registered_method_handlers(service.full_name, handlers)


def _method(method: MethodDescriptor, apply: Apply) -> Method:
    response = GetMessageClass(method.output_type)

    def run(_self: Any, request: Message, _context: grpc.ServicerContext) -> Message:
        (result,) = apply(current_actor(), [item_of(method, request)])
        return response(result=result)

    run.__name__ = method.name
    return run


def own_fields(method: MethodDescriptor) -> list[FieldDescriptor]:
    """Return the fields that belong to the command itself."""
    return [field for field in method.input_type.fields if field.number >= _FIRST_OWN_FIELD]
