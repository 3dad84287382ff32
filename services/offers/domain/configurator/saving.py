"""Unfinished sessions: saved as canonical JSON, loaded again, against a newer model too.

Only what the user said is saved, never what followed from it. Loading against another version says which
questions are new or gone, which choices no longer exist, and which no longer hold, with the reason; what
still holds is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.kit.errors import Invalid, NotAllowedNow, Unavailable
from services.offers.domain.canonical import Plain, decode, encode
from services.offers.domain.configurator import model as m
from services.offers.domain.configurator.choices import Choice, cell_of, read_choice
from services.offers.domain.configurator.explain import Explanation, why
from services.offers.domain.configurator.problems import refused
from services.offers.domain.configurator.sat import Stop, never
from services.offers.domain.configurator.session import Configurator, Session

FORMAT: Final = 1
MAX_CHOICES: Final = 5000
_CODE_LENGTH: Final = 400


@dataclass(frozen=True, slots=True)
class Lost:
    """A saved choice that cannot be kept; `because` is None when attribute or value are gone."""

    choice: Choice
    reason: str
    because: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Loaded:
    """A session that was saved. `same_model`: nothing changed since, and `lost` is empty."""

    session: Session
    same_model: bool
    saved_version: int
    new_questions: tuple[str, ...]
    gone_questions: tuple[str, ...]
    lost: tuple[Lost, ...]


def save(configurator: Configurator, session: Session) -> bytes:
    """The session as canonical JSON."""
    model = configurator.model
    return encode(
        {
            "format": FORMAT,
            "model": model.code,
            "version": model.version,
            "digest": model.digest,
            "questions": [attribute.code for attribute in model.machine.attributes],
            "choices": [{"path": x.path, "value": x.value, "wanted": x.wanted} for x in session.choices],
        }
    )


def load(configurator: Configurator, saved: bytes, *, stop: Stop = never) -> Loaded:
    """The session in `saved`, as far as this model still allows it.

    Choices are taken up in the order in which they were made; one that contradicts those before it is lost,
    with the reason.

    Raises:
        Invalid: SESSION_MALFORMED, SESSION_OF_OTHER_MODEL.
    """
    members = _read(saved)
    model = configurator.model
    if members["model"] != model.code:
        raise refused("SESSION_OF_OTHER_MODEL", "model", value=str(members["model"])[:80], model=model.code)
    lost: list[Lost] = []
    kept: list[Choice] = []
    for choice in _choices(members["choices"]):
        try:
            kept.append(
                read_choice(cell_of(configurator.ground, choice.path), choice.value, wanted=choice.wanted)
            )
        except Invalid as error:
            lost.append(Lost(choice, error.reason))
    session = _taken_up(configurator, kept, lost, stop)
    saved_questions = [str(x) for x in _list(members["questions"], "questions", MAX_CHOICES)]
    questions = [attribute.code for attribute in model.machine.attributes]
    return Loaded(
        session=session,
        same_model=members["digest"] == model.digest and not lost,
        saved_version=_whole(members["version"], "version"),
        new_questions=tuple(x for x in questions if x not in set(saved_questions)),
        gone_questions=tuple(x for x in saved_questions if x not in set(questions)),
        lost=tuple(lost),
    )


def _taken_up(configurator: Configurator, kept: list[Choice], lost: list[Lost], stop: Stop) -> Session:
    try:
        return configurator.with_choices(_last_said(configurator, kept), stop=stop)
    except NotAllowedNow:
        session = configurator.start(stop)
    for choice in kept:
        try:
            session = configurator.choose(session, choice.path, choice.value, wanted=choice.wanted, stop=stop)
        except NotAllowedNow as error:
            lost.append(Lost(choice, error.reason, _reason(configurator, session, choice, stop)))
    return session


def _last_said(configurator: Configurator, choices: list[Choice]) -> list[Choice]:
    """A hostile file may speak twice of one attribute; as in a session, the last word counts."""
    found: dict[tuple[str, str], Choice] = {}
    for choice in choices:
        several = configurator.ground.cells[choice.path].attribute.kind == m.MULTIPLE
        key = (choice.path, choice.value if several else "")
        found.pop(key, None)
        found[key] = choice
    return list(found.values())


def _reason(configurator: Configurator, session: Session, choice: Choice, stop: Stop) -> Explanation | None:
    if not choice.wanted:
        return None
    try:
        return why(configurator, session, choice.path, choice.value, stop=stop)
    except (Invalid, NotAllowedNow, Unavailable):
        return None


# Reading what may come from anybody


def _read(saved: bytes) -> dict[str, Plain]:
    try:
        members = decode(saved)
    except Invalid as error:
        raise refused("SESSION_MALFORMED", "session", wanted="canonical JSON") from error
    names = {"format", "model", "version", "digest", "questions", "choices"}
    if not isinstance(members, dict) or set(members) != names:
        raise refused("SESSION_MALFORMED", "session", wanted=", ".join(sorted(names)))
    if members["format"] != FORMAT or isinstance(members["format"], bool):
        raise refused("SESSION_MALFORMED", "format", wanted=str(FORMAT))
    return members


def _list(value: Plain, field: str, most: int) -> list[Plain]:
    if not isinstance(value, list) or len(value) > most:
        raise refused("SESSION_MALFORMED", field, wanted=f"a list of at most {most}")
    return value


def _whole(value: Plain, field: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise refused("SESSION_MALFORMED", field, wanted="a whole number")
    return value


def _choices(value: Plain) -> list[Choice]:
    found = []
    for place, item in enumerate(_list(value, "choices", MAX_CHOICES)):
        field = f"choices[{place}]"
        if not isinstance(item, dict) or set(item) != {"path", "value", "wanted"}:
            raise refused("SESSION_MALFORMED", field, wanted="path, value, wanted")
        path, said, wanted = item["path"], item["value"], item["wanted"]
        if not isinstance(path, str) or not isinstance(said, str) or not isinstance(wanted, bool):
            raise refused("SESSION_MALFORMED", field, wanted="texts, true or false")
        found.append(Choice(path[:_CODE_LENGTH], said, wanted))
    return found
