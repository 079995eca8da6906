"""The trigger form of a reparse."""

from __future__ import annotations

from airflow.sdk import Param

from crawler import publishers
from crawler.errors import ConfigurationError

__all__ = ["reparse_form"]


def reparse_form() -> dict[str, Param]:
    """The typed parameters, shown as a form by Airflow."""
    names: dict[str, str] = {}
    for key in publishers.keys():
        try:
            names[key] = f"{publishers.get(key).name} ({key})"
        except ConfigurationError:
            # The task says what is wrong with its file.
            names[key] = key
    names["imported"] = "Imported pages"
    return {
        "publisher": Param(next(iter(names)), type="string", enum=list(names), values_display=names, title="Publisher"),
        "from": Param(
            None,
            type=["null", "string"],
            format="date",
            title="From",
            description="First day (Asia/Shanghai). Needed unless addresses are given.",
        ),
        "to": Param(
            None, type=["null", "string"], format="date", title="To", description="The day after the last one wanted."
        ),
        "by": Param(
            "published",
            type="string",
            enum=["published", "captured"],
            values_display={"published": "of publication", "captured": "on which the pages were fetched"},
            title="Days are",
        ),
        "sites": _lines("Sites", "Only these sites of the publisher, one key per line; none means all."),
        "layouts": _lines(
            "Layouts",
            "Only pages that these layouts have read until now, one per line: a name, * for anything, `unread` for the "
            "pages that none could read. None means all.",
        ),
        "urls": _lines("Addresses", "Only these pages, one per line."),
        "write": Param(
            False,
            type="boolean",
            title="Write",
            description="Write what was read into the store. Off: only show what would change.",
        ),
        "reason": Param("", type="string", title="Reason", description="Why; kept with the report.", maxLength=500),
    }


def _lines(title: str, description: str) -> Param:
    return Param([], type=["null", "array"], items={"type": "string"}, title=title, description=description)
