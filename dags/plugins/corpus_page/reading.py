"""Read the store for a page; what goes wrong becomes a sentence for the reader, never a stack trace or a password."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from crawler.config import load_config
from crawler.errors import ConfigurationError
from models.store import NotMigrated, Store, Unreachable

__all__ = ["CannotRead", "read_store"]

log = logging.getLogger(__name__)

T = TypeVar("T")


class CannotRead(Exception):
    """The store cannot be read now; the message says why and what to do, and may be shown."""


def read_store(work: Callable[[Connection], T]) -> T:
    """Do some reading on the store that the settings name, in one snapshot.

    Args:
        work: reads.

    Raises:
        CannotRead: a setting is wrong, or the store is not migrated, cannot be reached or refuses.
        ConfigurationError: `work` was asked for something that there is not.
    """
    try:
        url = load_config().store_url
    except ConfigurationError as error:
        raise CannotRead(str(error)) from error
    try:
        with _store(url).reading() as connection:
            return work(connection)
    except (NotMigrated, Unreachable) as error:
        raise CannotRead(f"{_sentence(str(error))}") from error
    except SQLAlchemyError as error:
        log.exception("the Corpus page could not read the store")
        reason = str(getattr(error, "orig", None) or type(error).__name__).strip().splitlines()[0]
        raise CannotRead(f"The store refused to be read: {reason}. The API server's log has more.") from error


@functools.lru_cache(maxsize=1)
def _store(url: str) -> Store:
    # Kept, so that a page does not wait for a new connection.
    try:
        return Store(url)
    except (ArgumentError, ValueError, ImportError) as error:
        # Their own words may quote a part of the URL, and with it of the password.
        raise CannotRead(
            "DIBAO_STORE is not a database URL that can be used: write sqlite:///… or postgresql://user@host/dibao, "
            "and percent-encode a password with special characters."
        ) from error


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
