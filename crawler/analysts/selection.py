"""Which articles an analyst asks for: publishers and Shanghai days of publication."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, true

from crawler import publishers
from crawler.errors import ConfigurationError
from crawler.run import SHANGHAI, Window
from models.articles import Article

__all__ = ["Selection", "asked_window"]


def asked_window(start: str | None, end: str | None) -> Window | None:
    """The window of `--from` and `--to`: one day where only the first is given, None where neither is.

    Args:
        start: the first day, YYYY-MM-DD, Asia/Shanghai.
        end: the day after the last one.

    Raises:
        ConfigurationError: a day is not written so, the window is empty, or it has no beginning.
    """
    if start is None:
        if end is not None:
            raise ConfigurationError("--to goes with --from, the first day wanted")
        return None
    first = Window.parse(start, "9999-12-31").start
    return Window.parse(start, end or (first + timedelta(days=1)).isoformat())


@dataclass(frozen=True, slots=True)
class Selection:
    """Publishers and days.

    Args:
        publisher: the key of one; empty for all, pages that are nobody's own among them.
        window: Shanghai days of publication; None for all articles, also those that print no time.
    """

    publisher: str = ""
    window: Window | None = None

    def __post_init__(self) -> None:
        if self.publisher:
            publishers.get(self.publisher)

    def holds(self) -> ColumnElement[bool]:
        """The condition on the table `article`; the index on the moment of publication serves it."""
        article = Article.__table__.c
        clauses: list[ColumnElement[bool]] = [self._own()]
        if self.window is not None:
            clauses += [
                article.published_at >= _midnight(self.window.start),
                article.published_at < _midnight(self.window.end),
            ]
        return and_(*clauses)

    def undated(self) -> ColumnElement[bool]:
        """The condition on `article` for what a window leaves out because no time is printed."""
        return and_(self._own(), Article.__table__.c.published_at.is_(None))

    def _own(self) -> ColumnElement[bool]:
        return Article.__table__.c.publisher == self.publisher if self.publisher else true()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)
