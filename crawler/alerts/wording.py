"""A notice as a person reads it: a subject of one line, a plain text, the same text as escaped HTML."""

from __future__ import annotations

import html
import re
import textwrap
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from crawler import publishers
from crawler.alerts.causes import Cause
from crawler.alerts.due import Kind, Notice
from crawler.errors import ConfigurationError
from crawler.run import SHANGHAI

__all__ = ["Message", "compose", "line", "name_of", "readable"]

_LONGEST_LINE = 600
_MOST_LINES = 6
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]*:[^/\s]*@")
_PASSWORD_PARAMETER = re.compile(r"(?i)((?:password|passwd|pwd|secret|token|api_?key)\s*[=:]\s*)[^\s&;,]+")


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent.

    Args:
        subject: one line, no control characters.
        text: plain text.
        html: the same text, escaped.
    """

    subject: str
    text: str
    html: str


def readable(text: str, secrets: Iterable[str] = ()) -> str:
    """A text that came from outside (a page, a listing, a driver), fit for a message.

    Control and formatting characters become spaces, line breaks stay; lines and their number are bounded; a password
    in an address or a parameter is not repeated.

    Args:
        text: whatever it is.
        secrets: strings that must not appear.
    """
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    text = _PASSWORD_PARAMETER.sub(r"\1***", _CREDENTIALS.sub("***@", text))
    lines = [_one_line(part) for part in text.splitlines()]
    lines = [part if len(part) <= _LONGEST_LINE else part[: _LONGEST_LINE - 1] + "…" for part in lines if part]
    if len(lines) > _MOST_LINES:
        lines = [*lines[: _MOST_LINES - 1], f"… and {len(lines) - _MOST_LINES + 1} more lines: see the log"]
    return "\n".join(lines)


def _apart(message: str) -> str:
    """A long sentence of several problems, each on a line of its own."""
    return message if len(message) <= 200 or "\n" in message else message.replace("; ", "\n- ")


def _one_line(text: str) -> str:
    # Category C: control characters, bidirectional overrides, lone surrogates, unassigned; Zl and Zp break lines.
    kept = (" " if unicodedata.category(c)[0] == "C" or unicodedata.category(c) in ("Zl", "Zp") else c for c in text)
    return " ".join("".join(kept).split())


def name_of(publisher: str) -> str:
    """A publisher as a person knows it, with its key."""
    if not publisher:
        return "Dibao"
    try:
        return f"{publishers.get(publisher).name} ({publisher})"
    except ConfigurationError:
        # Its file is what is wrong.
        return publisher


def compose(notice: Notice, *, secrets: Iterable[str] = (), corpus_url: str = "") -> Message:
    """The message of one notice.

    Args:
        notice: what is known.
        secrets: strings that must not appear, such as the store's password.
        corpus_url: of the Corpus page, or empty.
    """
    name = name_of(notice.publisher)
    secrets = tuple(secrets)
    log_url = _one_line(notice.log_url)
    rows: list[tuple[str, str]] = [("Publisher", name), ("What", _what(notice))]
    if notice.kind is Kind.WELL:
        assert notice.well_at is not None
        rows += [
            ("Since", _moment(notice.since)),
            ("Until", _moment(notice.well_at) + _runs(notice)),
            ("It was", readable(_apart(notice.message), secrets)),
        ]
        if log_url:
            rows.append(("Last log", log_url))
    else:
        rows += [
            ("Since", _moment(notice.since) + _runs(notice)),
            ("Latest", f"{_moment(notice.last_at)}, {notice.stage} of {_one_line(notice.dag_run)}"),
            ("In detail", readable(_apart(notice.message), secrets)),
            ("What to do", notice.cause.advice),
        ]
        if log_url:
            rows.append(("Log", log_url))
    if corpus_url:
        rows.append(("Corpus", corpus_url))
    if notice.late_since is not None:
        late = readable(notice.refusal, secrets).replace("\n", " ")
        rows.append(("Late", f"could not be sent since {_moment(notice.late_since)}: {late}"))
    if notice.kind is Kind.WELL:
        closing = "Nothing more will be said of it."
    elif notice.cause is Cause.PAUSED:
        closing = "Said once; `dibao status` and the Corpus page show it while it lasts."
    else:
        closing = "Said once a day while it lasts, however many runs meet it, and once when it is well again."
    text = "\n".join(_row(label, value) for label, value in rows) + f"\n\n{closing}\n"
    return Message(subject=_one_line(f"[Dibao] {_subject(notice, name)}")[:200], text=text, html=_html(rows, closing))


def _subject(notice: Notice, name: str) -> str:
    title = notice.cause.headline
    match notice.kind:
        case Kind.WRONG:
            return f"{name}: {title}"
        case Kind.STILL:
            return f"{name}: still, since {_day(notice.since)}{_runs(notice)}: {title}"
        case Kind.WELL:
            return f"{name}: {_ended(notice)} ({title}, since {_day(notice.since)})"


def _what(notice: Notice) -> str:
    match notice.kind:
        case Kind.WRONG:
            return notice.cause.headline
        case Kind.STILL:
            return f"still: {notice.cause.headline}"
        case Kind.WELL:
            end = notice.cause.headline
            return f"{_ended(notice)}; before: {end}" if notice.told else f"was not well, and is again; it was: {end}"


def _ended(notice: Notice) -> str:
    return "switched on again" if notice.cause is Cause.PAUSED else "well again"


def _runs(notice: Notice) -> str:
    """How often it was met, as the end of a sentence."""
    if notice.cause is Cause.PAUSED:
        return ""
    unit = "night" if notice.cause is Cause.DEADLINE else "day" if notice.cause is Cause.STALE else "run"
    return f", {notice.runs} {unit}{'' if notice.runs == 1 else 's'}"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M} (Shanghai)"


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d}"


_LABEL = 12


def _row(label: str, value: str) -> str:
    lines: list[str] = []
    for part in value.splitlines() or [""]:
        # An address stays whole, or nobody can follow it.
        lines += textwrap.wrap(part, 96 - _LABEL, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(f"{label if n == 0 else '':<{_LABEL}}{each}" for n, each in enumerate(lines))


def _html(rows: list[tuple[str, str]], closing: str) -> str:
    cells = "".join(
        f'<tr><th align="left" valign="top">{html.escape(label)}</th><td>{_cell(value)}</td></tr>'
        for label, value in rows
    )
    return f"<table cellpadding='4'>{cells}</table><p>{html.escape(closing)}</p>"


def _cell(value: str) -> str:
    return "<br>".join(html.escape(each) for each in value.splitlines())


def line(notice: Notice, now: datetime) -> str:
    """A notice in one line, for `dibao status`."""
    age = now - notice.since
    ended = "" if notice.well_at is None else f", {_ended(notice)}"
    unsaid = "" if notice.late_since is None else f"; NOT SAID since {_moment(notice.late_since)}: {notice.refusal}"
    days = f"{age / timedelta(days=1):.0f} days" if age >= timedelta(days=1) else "today"
    return _one_line(
        f"{name_of(notice.publisher)}: {notice.cause.headline}{ended}; "
        f"since {_moment(notice.since)} ({days}){_runs(notice)}{unsaid}"
    )
