"""Messages that nobody could handle: look at them, send them back to their queue, or give them up.

    sales admin dead-letters list                   (of every service; or: list crm)
    sales admin dead-letters show crm 0199…
    sales admin dead-letters replay crm 0199…       (or --all)
    sales admin dead-letters discard crm 0199…

A message is named by its event id; one without an id, because it could not be read, by the start of its
SHA-256. `list` shows ids and causes only; `show` prints the message, which may hold personal data. Sending
back is confirmed by the broker before the dead letter is removed, so a crash in between leaves it twice,
and the inbox drops one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import amqp
import amqp.spec
import kombu
import typer

from services.kit.config import settings
from services.kit.subscriptions import dead_letter_queue, manifest
from services.kit.worker.attempts import ATTEMPT, ERROR, FAILED_AT, FIRST_FAILED, QUEUE
from services.kit.worker.copies import copy_of

_ANSWER_S = 10
_OURS = (ATTEMPT, ERROR, FAILED_AT, FIRST_FAILED, QUEUE)


class NoSuchLetter(Exception):
    """There is no dead letter of that name, or its queue is not known."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message in the dead letters of a service."""

    key: str
    queue: str
    cause: str
    attempts: int
    failed_at: str
    event_type: str
    body: bytes


class DeadLetters:
    """The dead letters of one service, held while this is open; what is not settled goes back at the end."""

    def __init__(self, channel: Any, service: str) -> None:
        self._channel = channel
        self._queue = dead_letter_queue(service)(channel)
        self._queue.declare()
        self._found: list[tuple[DeadLetter, amqp.Message]] = []
        while (message := channel.basic_get(self._queue.name)) is not None:
            self._found.append((_read(message), message))

    def __iter__(self) -> Iterator[DeadLetter]:
        return (letter for letter, _ in self._found)

    def replay(self, key: str) -> None:
        """Send the message back to the queue that it failed in, as if it had never been tried.

        Raises:
            NoSuchLetter: no such message, or it does not say where it came from, or that queue is gone.
        """
        for letter, message in self._named(key):
            if not letter.queue:
                raise NoSuchLetter(f"{key} does not say which queue it comes from")
            copy = copy_of(message, headers={}, without=_OURS)
            try:
                self._channel.basic_publish_confirm(
                    copy, "", letter.queue, mandatory=True, confirm_timeout=10
                )
            except amqp.ChannelError as error:
                raise NoSuchLetter(f"{key}: its queue {letter.queue} does not exist") from error
            message.channel.basic_ack(message.delivery_tag)

    def discard(self, key: str) -> None:
        """Give the message up for good.

        Raises:
            NoSuchLetter: no such message.
        """
        for _, message in self._named(key):
            message.channel.basic_ack(message.delivery_tag)

    def show(self, key: str) -> list[DeadLetter]:
        """The messages of this name: one event may have failed in two queues.

        Raises:
            NoSuchLetter: no such message.
        """
        return [letter for letter, _ in self._named(key)]

    def put_back(self) -> None:
        """Return what is not settled now, so that who looks next finds it.

        The broker returns it by itself after a lost connection, only some time later.
        """
        self._channel.basic_recover(requeue=True)
        # The client does not wait for the answer by itself.
        self._channel.wait(amqp.spec.Basic.RecoverOk, timeout=_ANSWER_S)

    def _named(self, key: str) -> list[tuple[DeadLetter, amqp.Message]]:
        found = [(letter, message) for letter, message in self._found if letter.key == key]
        if not found:
            raise NoSuchLetter(f"no dead letter {key}")
        return found


@contextmanager
def dead_letters(service: str, amqp_url: str) -> Iterator[DeadLetters]:
    """Open the dead letters of a service."""
    with kombu.Connection(amqp_url, connect_timeout=10) as connection:
        letters = DeadLetters(connection.default_channel, service)
        try:
            yield letters
        except NoSuchLetter:
            letters.put_back()
            raise
        letters.put_back()


def _read(message: amqp.Message) -> DeadLetter:
    headers = message.headers or {}
    body = message.body.encode() if isinstance(message.body, str) else bytes(message.body)
    died = (headers.get("x-death") or [{}])[0]
    failed_at = _time(headers.get(FAILED_AT)) or str(died.get("time", ""))
    return DeadLetter(
        key=message.properties.get("message_id") or hashlib.sha256(body).hexdigest()[:12],
        queue=str(headers.get(QUEUE) or died.get("queue", "")),
        cause=str(headers.get(ERROR) or died.get("reason", "")),
        attempts=int(headers.get(ATTEMPT, 0)),
        failed_at=failed_at,
        event_type=str(message.properties.get("type", "")),
        body=body,
    )


def _time(seconds: Any) -> str:
    return datetime.fromtimestamp(float(seconds), UTC).isoformat(timespec="seconds") if seconds else ""


app = typer.Typer(help=__doc__, no_args_is_help=True, pretty_exceptions_enable=False)
Service = Annotated[str, typer.Argument(help="crm, offers, …")]
Key = Annotated[str, typer.Argument(help="Event id, or start of the SHA-256, as `list` shows it.")]


@contextmanager
def _opened(service: str) -> Iterator[DeadLetters]:
    try:
        with dead_letters(service, settings().amqp_url) as letters:
            yield letters
    except NoSuchLetter as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    except OSError as error:
        typer.echo(f"the broker cannot be reached: {error}", err=True)
        raise typer.Exit(2) from error


@app.command("list")
def list_letters(
    service: Annotated[str, typer.Argument(help="crm, offers, …; every service if absent.")] = "",
) -> None:
    """One line per message: service, name, type, queue, attempts, cause, when."""
    for name in [service] if service else sorted({entry.subscriber for entry in manifest()}):
        with _opened(name) as letters:
            for letter in letters:
                typer.echo(
                    f"{name}  {letter.key}  {letter.event_type or '?'}  {letter.queue or '?'}  "
                    f"{letter.attempts}x  {letter.cause}  {letter.failed_at}"
                )


@app.command()
def show(service: Service, key: Key) -> None:
    """Print the message."""
    with _opened(service) as letters:
        for letter in letters.show(key):
            try:
                typer.echo(json.dumps(json.loads(letter.body), indent=2, ensure_ascii=False))
            except ValueError:
                typer.echo(repr(letter.body))


@app.command()
def replay(
    service: Service,
    key: Annotated[str, typer.Argument(help="Event id, or nothing with --all.")] = "",
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
) -> None:
    """Send messages back to their queues."""
    with _opened(service) as letters:
        names = list(dict.fromkeys(letter.key for letter in letters)) if every else [key]
        for name in names:
            letters.replay(name)
        typer.echo(f"{len(names)} sent back")


@app.command()
def discard(service: Service, key: Key) -> None:
    """Remove a message for good."""
    with _opened(service) as letters:
        letters.discard(key)
        typer.echo("discarded")


if __name__ == "__main__":
    app()
