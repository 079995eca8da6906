"""The trigger form of a reparse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow.sdk import Param
from form_fields import day_fields, reason_field, refuse_other_words

from crawler import publishers
from crawler.errors import ConfigurationError

__all__ = ["asked_for", "reparse_form"]


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
        "publisher": Param(
            next(iter(names)),
            type="string",
            enum=list(names),
            values_display=names,
            title="Publisher",
            description="Whose archived pages are read again.",
        ),
        **day_fields("publication or fetching", "all days of the pages under Addresses"),
        "by": Param(
            "published",
            type="string",
            enum=["published", "captured"],
            values_display={"published": "of publication", "captured": "on which the pages were fetched"},
            title="Days are",
            description="What From and To count: the days on which the articles appeared, or on which we fetched them.",
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
            # "null" spares a field the red star of one that must be filled.
            type=["null", "boolean"],
            title="Write",
            description="Write what was read into the store. Off: only show what would change.",
        ),
        "reason": reason_field("reparse", "its report"),
    }


def _lines(title: str, description: str) -> Param:
    return Param([], type=["null", "array"], items={"type": "string"}, title=title, description=description)


def asked_for(values: Mapping[str, Any], conf: Mapping[str, Any] | None, names: Iterable[str]) -> dict[str, Any]:
    """The form's values, refused where it was sent with words that it does not have.

    Args:
        values: after Airflow's own validation; it lays whatever was sent over the form's values.
        conf: what was sent.
        names: of the form's parameters.

    Raises:
        ConfigurationError: no parameter is called like that.
    """
    known = list(names)
    refuse_other_words("reparse", conf, known)
    return {name: values[name] for name in known}
