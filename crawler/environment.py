"""What all settings `DIBAO_…` have in common: a name that is known, and sentences for a wrong value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from crawler.errors import ConfigurationError

__all__ = ["refuse_unknown", "wrong_setting"]

_PREFIX = "DIBAO_"

_OTHERS = (
    *("DIBAO_ALERT_DEADLINE", "DIBAO_ALERT_NOTIFIERS", "DIBAO_ALERT_TIMEOUT_SECONDS", "DIBAO_ALERT_TO"),
    *("DIBAO_HOME", "DIBAO_PICTURES"),
)
"""Read elsewhere: by `crawler.alerts.settings`; by airflow.cfg, by tests/browser."""

_OF_KUBERNETES = re.compile(r"DIBAO_(\w+_)?(SERVICE_(HOST|PORT(_\w+)?)|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)")
"""A pod beside a service that is called dibao gets these without asking (Kubernetes documentation, Service)."""

_SENTENCES = {
    "bool_parsing": "must be true or false",
    "float_parsing": "must be a number",
    "float_type": "must be a number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "string_pattern_mismatch": "must look like {pattern}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be {le} or less",
    "time_parsing": "must be a time of day, HH:MM",
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "string_type": "must be a text",
    "dict_type": "must be an object",
    "tuple_type": "must be a list",
    "model_type": "must be an object",
}


def refuse_unknown(known: Iterable[str]) -> None:
    """Refuse a variable that looks like ours and is none: a typo would leave the default in force, unseen.

    Args:
        known: names of the settings, with their prefix.

    Raises:
        ConfigurationError: a variable that begins with `DIBAO_` is unknown; the message has the nearest known name.
    """
    names = sorted({*known, *_OTHERS})
    unknown = sorted(
        name
        for name in os.environ
        if name.startswith(_PREFIX) and name not in names and not _OF_KUBERNETES.fullmatch(name)
    )
    if unknown:
        raise ConfigurationError(
            "unknown setting: "
            + "; ".join(f"{name} ({_nearest(name, names)})" for name in unknown)
            + '; docs/operations.md, "Settings", lists them all'
        )


def _nearest(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, names, n=1, cutoff=0.75)
    return f"do you mean {near[0]}?" if near else "no setting is called like that: unset it"


def wrong_setting(prefix: str, error: ValidationError) -> ConfigurationError:
    """The sentence for values that were refused: the variables' names and what each must be, never a value.

    Args:
        prefix: of the variables.
        error: by pydantic.
    """
    return ConfigurationError("wrong setting: " + "; ".join(_sentence(prefix, each) for each in error.errors()))


def _sentence(prefix: str, problem: Any) -> str:
    field, *inside = [str(part) for part in problem["loc"]]
    where = f" ({', '.join(f'entry {int(part) + 1}' if part.isdigit() else part for part in inside)})" if inside else ""
    context = problem.get("ctx", {})
    if problem["type"] == "value_error":
        says = f": {context['error']}"
    elif problem["type"] in _SENTENCES:
        says = " " + _SENTENCES[problem["type"]].format_map(context)
    else:
        says = f": {problem['msg']}"
    return f"{prefix}{field.upper()}{where}{says}"
