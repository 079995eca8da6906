"""A wrong trigger form is answered on the form: no run is made that could only fail.

Airflow checks each parameter by itself. That one day lies before the other, or a channel belongs to a site that was not
chosen, only the first task would find out, in a red run that somebody has to open. This looks at the request before
Airflow does, with the rules that the tasks have, and answers as Airflow would: the form stays open and shows it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from airflow.plugins_manager import AirflowPlugin

__all__ = ["FormCheck", "FormCheckPlugin", "refusal"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]

_TRIGGER = re.compile(r"/api/v2/dags/ingest_(?P<publisher>\w+)/dagRuns/?$")
_REPARSE = re.compile(r"/api/v2/dags/reparse/dagRuns/?$")
_BACKFILL = re.compile(r"/api/v2/backfills(/dry_run)?/?$")


def refusal(path: str, asked: Mapping[str, Any], now: datetime | None = None) -> str | None:
    """What is wrong with a request for runs, as a sentence.

    Args:
        path: the path of the POST request.
        asked: its body.
        now: the present, aware; the clock's by default.

    Returns:
        None where nothing is wrong, or where it is not ours to judge.
    """
    if _REPARSE.search(path):
        conf = asked.get("conf") or {}
        return _wrong_reparse(conf) if isinstance(conf, dict) else None
    if found := _TRIGGER.search(path):
        publisher, conf, backfill = found["publisher"], asked.get("conf"), False
    elif _BACKFILL.search(path) and str(asked.get("dag_id", "")).startswith("ingest_"):
        publisher, conf, backfill = str(asked["dag_id"]).removeprefix("ingest_"), asked.get("dag_run_conf"), True
    else:
        return None
    if not isinstance(conf or {}, dict):
        return None  # Airflow says so itself.
    return _wrong(publisher, conf or {}, backfill, now or datetime.now(UTC))


def _wrong(key: str, conf: dict[str, Any], backfill: bool, now: datetime) -> str | None:
    _see_the_dags()
    from run_request import RunTimes, requested_run, trigger_form

    from crawler import publishers
    from crawler.errors import ConfigurationError

    if key not in publishers.keys():
        return None
    try:
        publisher = publishers.get(key)
        form = trigger_form(publisher)
        values = {name: conf.get(name, param.value) for name, param in form.items()}
        if (sentence := _wrong_value(form, values)) is not None:
            return sentence
        requested_run(publisher, values, RunTimes(None, None, now), asked=conf, now=now, backfill=backfill)
    except ConfigurationError as error:
        return _sentence(error)
    return None


def _wrong_reparse(conf: dict[str, Any]) -> str | None:
    _see_the_dags()
    from reparse_form import asked_for, reparse_form

    from crawler.errors import ConfigurationError
    from crawler.reparse.request import Reparse

    form = reparse_form()
    values = {name: conf.get(name, param.value) for name, param in form.items()}
    if (sentence := _wrong_value(form, values)) is not None:
        return sentence
    try:
        Reparse.from_json(asked_for(values, conf, form))
    except ConfigurationError as error:
        return _sentence(error)
    return None


def _see_the_dags() -> None:
    # The API server does not have the folder of the DAGs on its path, and needs none of it before the first request.
    folder = str(Path(__file__).resolve().parent.parent)
    if folder not in sys.path:
        sys.path.append(folder)


def _wrong_value(form: Mapping[str, Any], values: Mapping[str, Any]) -> str | None:
    """What Airflow itself would refuse, in its words and with the field's name."""
    from airflow.sdk.exceptions import ParamValidationError

    for name, param in form.items():
        try:
            param.resolve(values[name])
        except ParamValidationError as error:
            return f"{param.schema['title']}: {_first_line(error)}"
    return None


def _sentence(error: Exception) -> str:
    text = str(error)
    return text[:1].upper() + text[1:]


def _first_line(error: Exception) -> str:
    # The rest is the JSON schema.
    line = (str(error).splitlines() or [""])[0]
    return line.rsplit(": ", 1)[-1] if line.startswith("Invalid input for param") else line


class FormCheck:
    """The ASGI middleware; whatever is not a wrong form goes on to Airflow untouched.

    Args:
        app: Airflow.
    """

    def __init__(self, app: Callable[[MutableMapping[str, Any], _Receive, _Send], Awaitable[None]]) -> None:
        self._app = app

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Answer a wrong form, hand on everything else."""
        if not _is_for_us(scope):
            await self._app(scope, receive, send)
            return
        messages = [await receive()]
        while messages[-1].get("more_body"):
            messages.append(await receive())
        body = b"".join(message.get("body", b"") for message in messages)
        sentence = _refusal_of_body(scope["path"], body)
        if sentence is None:
            waiting = iter(messages)

            async def again() -> _Message:
                return next(waiting, None) or await receive()

            await self._app(scope, again, send)
            return
        answer = json.dumps({"detail": sentence}, ensure_ascii=False).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
        await send({"type": "http.response.start", "status": 400, "headers": headers})
        await send({"type": "http.response.body", "body": answer})


def _is_for_us(scope: MutableMapping[str, Any]) -> bool:
    if scope["type"] != "http" or scope["method"] != "POST":
        return False
    if not any(pattern.search(scope["path"]) for pattern in (_TRIGGER, _REPARSE, _BACKFILL)):
        return False
    # Who has not logged in hears that first, from Airflow.
    headers = dict(scope["headers"])
    return b"authorization" in headers or b"_token=" in headers.get(b"cookie", b"")


def _refusal_of_body(path: str, body: bytes) -> str | None:
    try:
        asked = json.loads(body)
    except ValueError:
        return None  # Airflow says so itself.
    return refusal(path, asked) if isinstance(asked, dict) else None


class FormCheckPlugin(AirflowPlugin):
    """What Airflow registers."""

    name = "dibao_form_check"
    fastapi_root_middlewares = [{"middleware": FormCheck, "name": "Dibao's check of trigger forms"}]  # noqa: RUF012
