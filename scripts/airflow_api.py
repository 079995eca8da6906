"""The few calls of Airflow's REST API that starting, triggering and watching need."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import httpx

__all__ = ["AirflowApi", "AirflowApiError"]


class AirflowApiError(Exception):
    """The API refused a call; the message carries its answer."""


class AirflowApi:
    """A logged-in client.

    Args:
        address: the UI's address.
        password: the password of the user admin.
    """

    def __init__(self, address: str, password: str) -> None:
        # SQLite makes writers wait for each other, and the first calls meet a server that still imports.
        self._http = httpx.Client(base_url=address, timeout=90, trust_env=False)
        self._password = password

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def healthy(self, components: tuple[str, ...]) -> bool:
        """Whether the server answers and says that each component is well."""
        try:
            answer = self._http.get("/api/v2/monitor/health")
            health = answer.json() if answer.status_code == 200 else {}
        except (httpx.TransportError, ValueError):
            return False
        return all(health.get(name, {}).get("status") == "healthy" for name in ("metadatabase", *components))

    def log_in(self) -> None:
        """Get a token; it lasts a day."""
        answer = self._http.post("/auth/token", json={"username": "admin", "password": self._password})
        token = self._checked(answer, (200, 201)).json()["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def dags(self, prefix: str) -> dict[str, dict[str, Any]]:
        """The DAGs whose id begins so, by id."""
        rows = self._get("/api/v2/dags", limit=100)["dags"]
        return {row["dag_id"]: row for row in rows if row["dag_id"].startswith(prefix)}

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files, as the processor tells it."""
        return [
            f"{row['filename']}: {row['stack_trace']}" for row in self._get("/api/v2/importErrors")["import_errors"]
        ]

    def trigger(self, dag: str, params: dict[str, Any], note: str) -> str:
        """Ask for a run.

        Returns:
            Its run id.
        """
        answer = self._http.post(
            f"/api/v2/dags/{dag}/dagRuns", json={"logical_date": None, "conf": params, "note": note}
        )
        run_id: str = self._checked(answer, (200, 201)).json()["dag_run_id"]
        return run_id

    def unfinished_runs(self, dag: str) -> list[str]:
        """The run ids of a DAG's queued and running runs."""
        rows = self._get(f"/api/v2/dags/{dag}/dagRuns", state=["queued", "running"], limit=100)["dag_runs"]
        return [row["dag_run_id"] for row in rows]

    def give_up(self, dag: str, run_id: str) -> None:
        """Mark a run failed, and with it whatever of it runs or waits."""
        answer = self._http.patch(f"/api/v2/dags/{dag}/dagRuns/{quote(run_id)}", json={"state": "failed"})
        self._checked(answer, (200,))

    def run_state(self, dag: str, run_id: str) -> str:
        """queued, running, success or failed."""
        state: str = self._get(f"/api/v2/dags/{dag}/dagRuns/{quote(run_id)}")["state"]
        return state

    def tasks(self, dag: str, run_id: str) -> list[dict[str, Any]]:
        """The task instances of a run."""
        rows: list[dict[str, Any]] = self._get(f"/api/v2/dags/{dag}/dagRuns/{quote(run_id)}/taskInstances")[
            "task_instances"
        ]
        return rows

    def log_lines(self, dag: str, run_id: str, task: str, attempt: int) -> list[str]:
        """A try's log, one line per entry."""
        answer = self._http.get(
            f"/api/v2/dags/{dag}/dagRuns/{quote(run_id)}/taskInstances/{task}/logs/{attempt}",
            params={"full_content": "true", "map_index": -1},
            headers={"Accept": "application/x-ndjson"},
        )
        lines = []
        for text in self._checked(answer, (200,)).text.splitlines():
            try:
                entry = json.loads(text)
            except ValueError:
                entry = {"event": text}
            if str(entry.get("event", "")).startswith("::"):
                continue  # Airflow's folding marks
            lines.append(f"{entry.get('level', ''):<8}{entry.get('event', '')}")
            lines += [f"        {e.get('exc_type')}: {e.get('exc_value')}" for e in entry.get("error_detail") or ()]
        return lines

    def _get(self, path: str, **params: Any) -> dict[str, Any]:
        data: dict[str, Any] = self._checked(self._http.get(path, params=params), (200,)).json()
        return data

    @staticmethod
    def _checked(answer: httpx.Response, expected: tuple[int, ...]) -> httpx.Response:
        if answer.status_code not in expected:
            raise AirflowApiError(
                f"{answer.request.method} {answer.request.url} answered {answer.status_code}: {answer.text[:1000]}"
            )
        return answer
