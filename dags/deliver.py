"""Send what is due through Airflow's notifiers, within a time limit, and remember what became of it."""

from __future__ import annotations

import importlib
import logging
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from airflow.sdk.configuration import conf

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crawler.alerts.due import Notice
    from crawler.alerts.settings import AlertSettings
    from crawler.alerts.wording import Message
    from models.store import Store

__all__ = ["address_of_airflow", "deliver", "known_secrets", "send"]

log = logging.getLogger(__name__)

_HANGS = "there was no answer"


def deliver(store: Store, settings: AlertSettings) -> int:
    """Send every message that is due.

    Args:
        store: what the messages are made of, and where it is remembered that they were sent.
        settings: who is told.

    Returns:
        How many were sent.
    """
    from crawler.alerts.due import claim_due, note_refused, note_said
    from crawler.alerts.settings import HOW_TO_CONFIGURE
    from crawler.alerts.wording import compose

    if not settings.configured:
        log.warning(HOW_TO_CONFIGURE)
        return 0
    notices: list[Notice] = store.write(lambda connection: claim_due(connection, datetime.now(UTC)))
    refusal = ""
    sent = 0
    for notice in notices:
        message = compose(notice, secrets=known_secrets(), corpus_url=f"{address_of_airflow()}/corpus/")
        # A server that hangs costs a task one time limit, not ten.
        if not refusal.endswith(_HANGS):
            refusal = send(settings, message)
        now = datetime.now(UTC)
        if refusal:
            log.error("not said, but kept for the next chance: %s: %s", message.subject, refusal)
            store.write(lambda connection, n=notice, r=refusal, t=now: note_refused(connection, n, r, t))  # type: ignore[misc]
        else:
            log.info("said: %s", message.subject)
            sent += 1
            store.write(lambda connection, n=notice, t=now: note_said(connection, n, t))  # type: ignore[misc]
    return sent


def send(settings: AlertSettings, message: Message) -> str:
    """Hand a message to every notifier.

    Args:
        settings: which notifiers, and how long all of it may take.
        message: what to say.

    Returns:
        Why nobody was reached, or an empty string where one notifier at least took it; the others are in the log.
    """
    from crawler.alerts.wording import readable

    results: list[str | None] = []
    done = threading.Event()

    def work() -> None:
        for name, arguments in _wanted(settings):
            results.append(_notify(name, arguments, message))
        done.set()

    # A thread that the process does not wait for at its end: a mail server that never answers, or a notifier that
    # hangs in whatever library it uses, costs this long and no more.
    threading.Thread(target=work, name="dibao-notifiers", daemon=True).start()
    in_time = done.wait(settings.timeout_seconds)
    refusals = [readable(each, known_secrets()) for each in list(results) if each is not None]
    if not in_time:
        refusals.append(f"after {settings.timeout_seconds:g} seconds {_HANGS}")
    if None in results:
        for refusal in refusals:
            log.error("one of the notifiers did not take the message: %s", refusal)
        return ""
    return "; ".join(refusals)


def _wanted(settings: AlertSettings) -> Sequence[tuple[str, dict[str, Any]]]:
    mail = {
        "to": settings.addresses,
        # Templates of ours; the words of a page never become one.
        "subject": "{{ dibao.subject }}",
        "html_content": "{{ dibao.html }}",
        "text": "{{ dibao.text }}",
    }
    wanted: list[tuple[str, dict[str, Any]]] = [("mail.PlainTextNotifier", mail)] if settings.addresses else []
    return [*wanted, *((each.notifier, dict(each.arguments)) for each in settings.notifiers)]


def _notify(name: str, arguments: dict[str, Any], message: Message) -> str | None:
    module, _, kind = name.rpartition(".")
    try:
        notifier = getattr(importlib.import_module(module), kind)(**arguments)
        notifier({"dibao": message})
    except Exception as error:  # noqa: BLE001 -- whatever a notifier of the user's own raises is a message not sent
        return f"{kind}: {type(error).__name__}: {error}"
    return None


def known_secrets() -> list[str]:
    """Strings that no message may repeat: the store's password."""
    from sqlalchemy import make_url
    from sqlalchemy.exc import ArgumentError

    from crawler.config import load_config
    from crawler.errors import ConfigurationError

    try:
        url = make_url(load_config().store_url)
    except (ConfigurationError, ArgumentError, ValueError):
        # Settings that cannot be read hold no password that anything could have used.
        return []
    # Drivers take a password as a parameter too.
    return [str(each) for each in (url.password, url.query.get("password")) if each]


def address_of_airflow() -> str:
    """Where people open Airflow, without a slash at its end."""
    return str(conf.get("api", "base_url", fallback="http://localhost:8080")).rstrip("/")
