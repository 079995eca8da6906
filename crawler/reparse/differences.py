"""What lies between the stored reading of a capture and the one of today, field by field."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from crawler.dedupe.decide import NOT_PRINTED
from crawler.dedupe.difference import describe
from crawler.dedupe.normalise import Change, classify_revision
from crawler.parse.article import Article, Precision
from crawler.run import SHANGHAI

__all__ = ["Outcome", "differences", "is_substantive", "stored_record", "weight"]


class Outcome(StrEnum):
    """What reading a capture again comes to."""

    SAME = "same"
    """Every field as printed is what is stored."""
    SUBSTANTIVE = "changed substantively"
    """A word, number or name of the title or the text, the time, the source or an author is another one."""
    COSMETIC = "changed cosmetically"
    """Anything else that is printed."""
    READABLE = "could now be read"
    """No article until now, an article from now on."""
    STILL_REFUSED = "still no article"
    """No article before and after, for the same reason."""
    REFUSED_OTHERWISE = "no article, for another reason"
    """No article before and after; the fate is another one."""
    NOW_REFUSED = "would now be refused"
    """An article until now, none any more: the stored one is kept."""
    OTHER_ARTICLE = "read as another article"
    """Its publisher, site or key is another one: the stored one is kept."""
    UNSURE = "may lose what the listing said"
    """A field is empty now that the listing may have filled, and the run's files are gone: the stored one is kept."""
    SUPERSEDED = "superseded meanwhile"
    """Another revision has become the current one since it was read."""
    DAMAGED = "not given back by the archive"
    """Nothing could be read."""

    @property
    def kept(self) -> bool:
        """Whether nothing is written of it although something differs."""
        return self in (Outcome.NOW_REFUSED, Outcome.OTHER_ARTICLE, Outcome.UNSURE)


_FROM_LISTING = ("title", "published_at", "source", "authors")

_WEIGHTY = ("published_at", "source", "authors")


def stored_record(revision: Any, kind: str) -> dict[str, Any]:
    """The printed fields of a stored revision, in the form of `Article.as_json`.

    Args:
        revision: a row of the table.
        kind: of its article.
    """
    record = {name: getattr(revision, name) for name in Article.__slots__ if name not in NOT_PRINTED | {"kind"}}
    record["kind"] = kind
    record["published_at"] = _moment(revision.published_at)
    return record


def printed_record(article: dict[str, Any]) -> dict[str, Any]:
    """The printed fields of an article, in the form of `stored_record`."""
    record = {name: value for name, value in article.items() if name not in NOT_PRINTED}
    moment = article["published_at"]
    record["published_at"] = _moment(datetime.fromisoformat(moment)) if moment else ""
    return record


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}" if moment else ""


def _as_printed(record: dict[str, Any]) -> str:
    """The time of a record, as exactly as its page prints it."""
    moment: str = record["published_at"]
    return moment[: {Precision.DAY: 10, Precision.MINUTE: 16}.get(record["published_precision"], len(moment))]


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every printed field that differs: its value before and after; of the body, counts and the sentences.

    Args:
        before: as `stored_record` gives it.
        after: as `printed_record` gives it.
    """
    found: dict[str, dict[str, Any]] = {}
    for name in after:
        old, new = before[name], after[name]
        if old == new or (not old and not new):
            continue
        if name != "paragraphs":
            if name == "published_at":
                old, new = _as_printed(before), _as_printed(after)
            found[name] = {"before": old, "after": new}
            continue
        found[name] = {
            "paragraphs": [len(old), len(new)],
            "characters": [sum(map(len, old)), sum(map(len, new))],
            "diff": describe(old, new) or ["the same sentences in other paragraphs"],
        }
    return found


def is_substantive(before: dict[str, Any], after: dict[str, Any], changed: dict[str, Any]) -> bool:
    """Whether a difference changes what a reader is told: text, time, source or author."""
    if any(name in changed for name in _WEIGHTY):
        return True
    texts = [(record["title"], record["paragraphs"]) for record in (before, after)]
    return texts[0] != texts[1] and classify_revision(*texts) is Change.SUBSTANTIVE


def may_lose(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Whether a field is empty now that a listing can fill."""
    return any(before[name] and not after[name] for name in _FROM_LISTING)


def weight(change: dict[str, Any]) -> str:
    """How a field changed, for counting: `filled`, `emptied` or `changed`."""
    before, after = change.get("paragraphs") or (change["before"], change["after"])
    if not before:
        return "filled"
    return "changed" if after else "emptied"
