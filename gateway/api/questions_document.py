"""Questions in the OpenAPI document."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.api import transcode
from gateway.api.questions import Question, questions
from gateway.api.schemas import RECORD_ID, Schema, field_schema, message_schema


def question_paths() -> Iterator[tuple[str, Schema]]:
    """Yield the addresses and what is answered there."""
    for question in questions():
        yield question.path, {"get": _operation(question)}


def _operation(question: Question) -> Schema:
    fields = transcode.fields(question.method.input_type)
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": RECORD_ID} for name in question.in_path
    ]
    in_query = [
        {"name": name, "in": "query", "schema": _or_empty(field_schema(fields[name]))}
        for name in question.in_query
    ]
    return {
        "operationId": f"{question.method.name[0].lower()}{question.method.name[1:]}",
        "tags": [question.service],
        "summary": _words(question.method.name),
        "parameters": [*in_path, *in_query],
        "responses": {"200": _answer(question), "default": {"$ref": "#/components/responses/Problem"}},
    }


def _answer(question: Question) -> Schema:
    if question.gives_file:
        file: Schema = {"schema": {"type": "string", "format": "binary"}}
        return {"description": "The file.", "content": {"*/*": file}}
    schema = message_schema(transcode.fields(question.method.output_type))
    return {"description": "The answer.", "content": {"application/json": {"schema": schema}}}


def _or_empty(schema: Schema) -> Schema:
    """An empty parameter is the same as none."""
    return {"anyOf": [schema, {"type": "string", "maxLength": 0}]}


def _words(name: str) -> str:
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip()
    return words.capitalize()
