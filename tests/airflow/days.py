"""Runs of yesterday, their stored judgements, the passing of a day, and where mail goes."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from crawler.run import SHANGHAI
from models.alerts import Alert, AlertEvent
from models.runs import CheckResult, Publisher, Run
from models.store import Store

__all__ = ["a_day_passes", "judged", "mail_goes_to", "yesterday"]


def mail_goes_to(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    connection = {
        "conn_type": "smtp",
        "host": "127.0.0.1",
        "port": port,
        "extra": {"disable_ssl": True, "disable_tls": True, "from_email": "dibao@example.org", "retry_limit": 0},
    }
    monkeypatch.setenv("AIRFLOW_CONN_SMTP_DEFAULT", json.dumps(connection))
    monkeypatch.setenv("DIBAO_ALERT_TO", "ops@example.org, night@example.org")


def yesterday() -> date:
    return datetime.now(SHANGHAI).date() - timedelta(days=1)


def a_day_passes(store: Store) -> None:
    """As if all that is stored had happened a day earlier."""
    alert, event = Alert.__table__, AlertEvent.__table__

    def work(connection: Any) -> None:
        for table in (alert, event):
            for row in connection.execute(select(table)).all():
                moved = {
                    name: value - timedelta(days=1)
                    for name, value in row._mapping.items()
                    if isinstance(value, date) and name != "window_end"
                }
                keys = [column == row._mapping[column.name] for column in table.primary_key]
                connection.execute(update(table).where(*keys).values(moved))

    store.write(work)


def judged(store: Store, day: date, answers: dict[str, tuple[str, bool]], publisher: str = "sichuan_gov") -> None:
    """A run in the store whose check gave these answers: name to level and whether it passed."""
    key = f"{day}_{day + timedelta(days=1)}"
    crawled = datetime.now(UTC) - timedelta(days=(yesterday() - day).days)

    def work(connection: Any) -> None:
        if not connection.execute(select(Publisher.__table__).where(Publisher.key == publisher)).first():
            connection.execute(insert(Publisher).values(key=publisher, name=publisher, home="https://example.org/"))
        connection.execute(
            insert(Run).values(
                id=f"{publisher}/{key}",
                publisher=publisher,
                run_key=key,
                window_start=day,
                window_end=day + timedelta(days=1),
                selection={},
                reason="",
                crawled_at=crawled,
                complete=True,
            )
        )
        for name, (level, passed) in answers.items():
            connection.execute(
                insert(CheckResult).values(
                    run_id=f"{publisher}/{key}",
                    name=name,
                    level=level,
                    passed=passed,
                    observed="3 articles",
                    expected="30",
                    message="" if passed else "look at the listings with `dibao probe`",
                    checked_at=crawled,
                )
            )

    store.write(work)
