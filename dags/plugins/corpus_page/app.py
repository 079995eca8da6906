"""The page's routes, each behind Airflow's login: plugin applications have none unless they ask for it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from http import HTTPStatus
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any
from urllib.parse import quote

import jinja2
from airflow.api_fastapi.app import API_ROOT_PATH, get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_view
from airflow.utils.session import create_session
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi import Path as InPath
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from corpus_page.dag_runs import dag_of, find_dag_run
from corpus_page.reading import CannotRead, read_store
from corpus_page.wording import FILTERS, STATE_WORDS, months, tints
from crawler import publishers
from crawler.config import load_config
from crawler.corpus.article import read_article
from crawler.corpus.coverage import CALENDAR_DAYS, DayState
from crawler.corpus.overview import overview
from crawler.errors import ConfigurationError
from crawler.run import Window

__all__ = ["app"]

_HERE = Path(__file__).parent
_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)
_AIRFLOW = API_ROOT_PATH.rstrip("/")
_HOME = f"{_AIRFLOW}/corpus/"

_HEADERS = {
    # Nothing but our own style sheet and script, shown in nobody's frame but Airflow's.
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, no-cache",
}

_STATIC = {
    "corpus.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}

app = FastAPI(
    title="Dibao's Corpus page",
    dependencies=[Depends(requires_access_view(AccessView.WEBSITE))],
    # They would answer without a login.
    docs_url=None,
    redoc_url=None,
    openapi_url=None,
)


@app.get("/")
def corpus(
    publisher: str = "", dag_id: str = "", until: Annotated[date | None, Query(ge=_FIRST, le=_LAST)] = None
) -> Response:
    """The state of the corpus, of all publishers or of one.

    Args:
        publisher: only this one.
        dag_id: only the publisher of this DAG; any other DAG shows all.
        until: the calendar's last day.
    """
    started = perf_counter()
    of_dag = {dag_of(key): key for key in publishers.keys()}
    publisher = publisher or of_dag.get(dag_id, "")
    now = datetime.now(UTC)
    try:
        state = read_store(
            lambda connection: overview(
                connection, now, publisher=publisher, until=until, scheduled=load_config().scheduled
            )
        )
    except ConfigurationError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from error
    read = perf_counter()
    days = [cell.day for cell in state.coverage[0].cells]
    page = _page(
        "corpus.html",
        state=state,
        publisher=publisher,
        all_publishers=_publisher_names(),
        days=days,
        months=months(days),
        tints={row.publisher: tints(row) for row in state.coverage},
        earlier=state.first_day - timedelta(days=1),
        later=state.last_day + timedelta(days=CALENDAR_DAYS) if until else None,
        until=until,
    )
    page.headers["Server-Timing"] = (
        f"store;dur={(read - started) * 1000:.1f}, page;dur={(perf_counter() - started) * 1000:.1f}"
    )
    return page


def _publisher_names() -> dict[str, str]:
    names = {}
    for key in publishers.keys():
        try:
            names[key] = publishers.load(key).name
        except ConfigurationError:
            # The page itself says what is wrong with its file.
            names[key] = key
    return names


@app.get("/article/{article_id}")
def article(
    article_id: Annotated[int, InPath(ge=0, lt=2**63)], revision: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> Response:
    """One article with its revisions, its copies and where its bytes lie.

    Args:
        article_id: its id.
        revision: which of its revisions, counted from 1; the current one by default.
    """
    view = read_store(lambda connection: read_article(connection, article_id, revision))
    if view is None:
        raise HTTPException(HTTPStatus.NOT_FOUND, "The store has no such article, or not this revision of it.")
    return _page("article.html", view=view)


@app.get("/run/{publisher}/{start}/{end}")
def run(
    publisher: str,
    start: Annotated[date, InPath(ge=_FIRST, le=_LAST)],
    end: Annotated[date, InPath(ge=_FIRST, le=_LAST)],
    user: GetUserDep,
) -> Response:
    """Lead to the DAG run that read these days.

    Args:
        publisher: the publisher's key.
        start: first day.
        end: the day after the last.
        user: who asks.
    """
    if publisher not in publishers.keys():
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no publisher “{publisher}”.")
    dag = dag_of(publisher)
    allowed = get_auth_manager().is_authorized_dag(
        method="GET", access_entity=DagAccessEntity.RUN, details=DagDetails(id=dag), user=user
    )
    if not allowed:
        raise HTTPException(HTTPStatus.FORBIDDEN, f"You may not see the runs of {dag}.")
    try:
        window = Window(start, end)
    except ConfigurationError as error:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"{error}.") from error
    with create_session() as session:
        found = find_dag_run(session, publisher, window)
    if found is None:
        return _page("no_run.html", HTTPStatus.NOT_FOUND, dag=dag, publisher=publisher, start=start, end=end)
    target = f"{_AIRFLOW}/dags/{quote(dag, safe='')}/runs/{quote(found, safe='')}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER, headers=_HEADERS)


@app.get("/static/{name}")
def static(name: str) -> Response:
    """The style sheet, the script and the icons."""
    if name not in _STATIC:
        raise HTTPException(HTTPStatus.NOT_FOUND, "There is no such file.")
    headers = {**_HEADERS, "Cache-Control": "private, max-age=600"}
    return Response(_static(name), media_type=_STATIC[name], headers=headers)


@cache
def _static(name: str) -> bytes:
    return (_HERE / "static" / name).read_bytes()


@app.exception_handler(CannotRead)
def cannot_read(request: Request, error: CannotRead) -> Response:
    """The store cannot be read: say so."""
    return _message(HTTPStatus.SERVICE_UNAVAILABLE, "The corpus cannot be read", str(error))


@app.exception_handler(RequestValidationError)
def not_understood(request: Request, error: RequestValidationError) -> Response:
    """An address with something else where a day or a number should be."""
    names = ", ".join(sorted({str(problem["loc"][-1]) for problem in error.errors()}))
    return _message(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "This address cannot be understood",
        f"Look at: {names}. Days are written YYYY-MM-DD.",
    )


@app.exception_handler(StarletteHTTPException)
def refused(request: Request, error: StarletteHTTPException) -> Response:
    """No login, no right, nothing there."""
    if error.status_code == HTTPStatus.UNAUTHORIZED:
        return _message(
            HTTPStatus.UNAUTHORIZED, "Log in first", "This page is shown to those who are logged in to Airflow."
        )
    title = {HTTPStatus.FORBIDDEN: "You may not see this", HTTPStatus.NOT_FOUND: "Nothing here"}
    return _message(
        HTTPStatus(error.status_code), title.get(HTTPStatus(error.status_code), "This did not work"), str(error.detail)
    )


def _message(status: HTTPStatus, title: str, text: str) -> HTMLResponse:
    return _page("message.html", status, title=title, text=text, login=status == HTTPStatus.UNAUTHORIZED)


@cache
def _templates() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= FILTERS
    environment.globals |= {"airflow": _AIRFLOW, "home": _HOME, "states": STATE_WORDS, "State": DayState}
    return environment


def _page(template: str, status: HTTPStatus = HTTPStatus.OK, **values: Any) -> HTMLResponse:
    return HTMLResponse(_templates().get_template(template).render(values), status, _HEADERS)
