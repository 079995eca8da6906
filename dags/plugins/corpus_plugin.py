"""The Corpus page inside Airflow: an entry in the navigation and a tab on each DAG."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

__all__ = ["CorpusPlugin"]

_Message = MutableMapping[str, Any]


async def corpus_app(
    scope: MutableMapping[str, Any],
    receive: Callable[[], Awaitable[_Message]],
    send: Callable[[_Message], Awaitable[None]],
) -> None:
    """The page's ASGI application, imported at its first request.

    Airflow loads plugins in every process, each task's included; only the API server ever gets a request.
    """
    from corpus_page.app import app

    await app(scope, receive, send)


_PATH = urlsplit(conf.get("api", "base_url", fallback="/")).path.rstrip("/") + "/corpus/"
_ICON = f"{_PATH}static/icon.svg"


class CorpusPlugin(AirflowPlugin):
    """What Airflow registers."""

    name = "dibao_corpus"
    fastapi_apps = [{"app": corpus_app, "url_prefix": "/corpus", "name": "Dibao's Corpus page"}]  # noqa: RUF012
    external_views = [  # noqa: RUF012 -- Airflow's interface
        {"name": "Corpus", "href": _PATH, "destination": "nav", "url_route": "corpus", "icon": _ICON},
        {
            "name": "Corpus",
            "href": f"{_PATH}?dag_id={{DAG_ID}}",
            "destination": "dag",
            "url_route": "corpus-of-dag",
            "icon": _ICON,
        },
    ]
