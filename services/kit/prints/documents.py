"""Word files as templates, inside the press: what they may hold, and how they are filled in.

Placeholders are Jinja's (`{{ record.name }}`, `{% for each in children.address %}`), in a sandbox: no name
that begins with an underscore, nothing that reads or loads. What is filled in is text, never markup. A file
that runs, loads or embeds anything is refused, before it is filled in and after.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

import docxtpl
import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.kit.prints.wrong import Wrong

_MOST_PARTS: Final = 1000
_MOST_BYTES: Final = 50 * 1024 * 1024
_REQUIRED: Final = ("[Content_Types].xml", "word/document.xml")
#: Folders and files that Word runs or opens by itself.
_RUNS: Final = re.compile(
    r"vbaProject|vbaData|/embeddings/|/activeX/|oleObject|/customUI|\.(exe|dll|js|vbs|bin)$", re.I
)
_RELATION: Final = re.compile(r"<Relationship\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r"""\b(Target|TargetMode|Type)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_LINKS: Final = ("http:", "https:", "mailto:", "tel:")
#: Fields that fetch or run something when the file is opened.
_FIELD: Final = re.compile(
    r"\b(DDEAUTO|DDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE|MACROBUTTON)\b", re.I
)
_INSTRUCTION: Final = re.compile(
    r"<w:(?:instrText|delInstrText)\b[^>]*>([^<]*)<|\bw:instr\s*=\s*\"([^\"]*)\""
)
#: What XML cannot hold, not even escaped.
_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def check(content: bytes) -> None:
    """Check that a file is a Word file that only shows.

    Raises:
        Wrong: it is none, is too large, or runs, loads or embeds something.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            _check_names(parts)
            for info in parts.infolist():
                _check_part(info.filename, parts.read(info))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise Wrong("this is no Word file (.docx)") from error
    except zlib.error as error:
        raise Wrong("this Word file is damaged") from error


def _check_names(parts: zipfile.ZipFile) -> None:
    names = [info.filename for info in parts.infolist()]
    if len(names) > _MOST_PARTS or len(set(names)) < len(names):
        raise Wrong("this Word file has too many parts, or one of them twice")
    # What a part claims to hold is all that is read of it.
    if sum(info.file_size for info in parts.infolist()) > _MOST_BYTES:
        raise Wrong(f"this Word file holds more than {_MOST_BYTES >> 20} MB")
    if any(name.startswith("/") or "\\" in name or ".." in name.split("/") for name in names):
        raise Wrong("a part of this Word file lies outside it")
    if not set(_REQUIRED) <= set(names):
        raise Wrong("this is no Word file (.docx)")
    runs = next((name for name in names if _RUNS.search(name)), None)
    if runs is not None:
        raise Wrong(f"the file holds {runs}: save it without macros and embedded objects")


def _check_part(name: str, content: bytes) -> None:
    if not name.endswith((".xml", ".rels")):
        return
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Wrong(f"{name} is not UTF-8") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise Wrong(f"{name} declares entities")
    if name == "[Content_Types].xml" and "macroEnabled" in text:
        raise Wrong("the file has macros: save it as .docx")
    if name.endswith(".rels"):
        _check_relations(name, text)
    instructions = "".join(a or b for a, b in _INSTRUCTION.findall(text))
    found = _FIELD.search(instructions)
    if found is not None:
        raise Wrong(f"{name} has the field {found[1].upper()}, which loads something: take it out")


def _check_relations(name: str, text: str) -> None:
    for relation in _RELATION.findall(text):
        told = {key: double or single for key, double, single in _ATTRIBUTE.findall(relation)}
        if told.get("TargetMode", "").lower() != "external":
            continue
        target = told.get("Target", "")
        if not told.get("Type", "").endswith("/hyperlink") or not target.lower().startswith(_LINKS):
            raise Wrong(f"{name} loads {target[:100]}: a template holds everything that it shows")


def fill(content: bytes, data: Mapping[str, Any]) -> bytes:
    """Return the file with its placeholders filled in.

    Raises:
        Wrong: with the part and paragraph where a placeholder is wrong.
    """
    check(content)
    environment = ImmutableSandboxedEnvironment(autoescape=True, undefined=jinja2.StrictUndefined)
    environment.globals = {"range": environment.globals["range"]}
    document = docxtpl.DocxTemplate(io.BytesIO(content))
    try:
        document.render(_clean(data), environment, autoescape=True)
    except jinja2.TemplateError as error:
        raise Wrong(_told(error)) from error
    except (ArithmeticError, TypeError, ValueError, AttributeError, LookupError, RecursionError) as error:
        raise Wrong(f"a placeholder cannot be computed: {error}") from error
    found = io.BytesIO()
    document.save(found)
    # A value may not have become what a template may not be.
    check(found.getvalue())
    return found.getvalue()


def _told(error: jinja2.TemplateError) -> str:
    paragraph = getattr(error, "lineno", None)
    where = f"paragraph {paragraph}: " if paragraph else ""
    near = next((text for text in _near(error) if "{" in text), "")
    return f"{where}{error.message or type(error).__name__}{f' in {near[:120]!r}' if near else ''}"


def _near(error: jinja2.TemplateError) -> Iterator[str]:
    for text in getattr(error, "docx_context", ()):
        yield text.strip()


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return _CONTROL.sub("", value)
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
