"""What the trigger forms of our DAGs have in common: the days, the reason, and no words that a form does not have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from airflow.sdk import Param

from crawler.errors import ConfigurationError

__all__ = ["day_fields", "reason_field", "refuse_other_words"]


def day_fields(counted: str, empty: str) -> dict[str, Param]:
    """From and To; `crawler.run.Window.asked` makes the window of them.

    Args:
        counted: what the days are the days of.
        empty: what is done where both are left empty.
    """
    day: dict[str, Any] = {"type": ["null", "string"], "format": "date"}
    return {
        "from": Param(
            None, **day, title="From", description=f"First day wanted ({counted}, Asia/Shanghai). Both empty: {empty}."
        ),
        "to": Param(
            None,
            **day,
            title="To",
            description="The day after the last one wanted: From 2026-11-20 To 2026-11-21 is one day.",
        ),
    }


def reason_field(what: str, kept_with: str) -> Param:
    """Why somebody asks for it, at most 500 characters.

    Args:
        what: is asked for.
        kept_with: where the reason can be read later.
    """
    return Param(
        "",
        type=["null", "string"],
        maxLength=500,
        title="Reason",
        description=f"Why this {what} was asked for; kept with {kept_with}.",
    )


def refuse_other_words(what: str, asked: Mapping[str, Any] | None, names: Iterable[str]) -> None:
    """Airflow takes any key that a request brings: `form` for `from` would mean another night.

    Args:
        what: was asked for.
        asked: as it was sent (the DAG run's conf); not the parameters, over which Airflow has laid it.
        names: of the form's fields.

    Raises:
        ConfigurationError: no field is called like that.
    """
    known = list(names)
    unknown = sorted(set(asked or ()) - set(known))
    if unknown:
        raise ConfigurationError(
            f"the {what} was asked for with {', '.join(unknown)}, which no parameter is called; "
            f"the parameters are {', '.join(known)}"
        )
