"""Metrics: what a monitor shows of a night is what the store holds, and no monitor can make a night fail."""

from __future__ import annotations

import configparser
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import CheckFailed, Fate
from crawler.run import Run, Window
from models.articles import Article, Revision
from models.runs import CheckResult
from models.store import Store
from models.urls import UrlEvent
from scripts.airflow_home import CHECKOUT
from scripts.child_process import free_port
from tests.airflow.test_real_night import _CONF, _RUN, replica, store_url  # noqa: F401 -- fixtures

pytestmark = pytest.mark.airflow

PUBLISHER = _RUN.publisher
DASHBOARD = CHECKOUT / "docs" / "dashboard.json"


class Listener:
    """A StatsD server's ear: every datagram that came, in order."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._lines: list[str] = []
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while (datagram := self._socket.recv(65536)) != b"end":
            self._lines += datagram.decode().splitlines()

    def gauges(self) -> dict[str, float]:
        """All that was sent up to now: the last value of each gauge of ours, without Airflow's prefix and type."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"end", ("127.0.0.1", self.port))
        self._thread.join()
        ours = [line for line in self._lines if line.startswith("airflow.dibao.")]
        assert all(line.endswith("|g") for line in ours), "a counter would count a stage that is run again twice"
        pairs = (line.removeprefix("airflow.").removesuffix("|g").split(":") for line in ours)
        return {name: float(value) for name, value in pairs}


def _switch_on(monkeypatch: pytest.MonkeyPatch, **settings: object) -> None:
    """Do what Airflow's task runner does at the start of each task, under these [metrics]."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.observability import stats
    from airflow.sdk.observability.metrics import stats_utils

    assert task_runner.stats.gauge is stats.gauge, "the same facade as Airflow's own task metrics"
    for name, value in settings.items():
        monkeypatch.setenv(f"AIRFLOW__METRICS__{name.upper()}", str(value))
    stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)


@pytest.fixture
def switch_on(airflow_database: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    from airflow.sdk._shared.observability.metrics.base_stats_logger import NoStatsLogger
    from airflow.sdk.observability import stats

    yield lambda **settings: _switch_on(monkeypatch, **settings)
    stats.initialize(factory=NoStatsLogger, export_legacy_names=True)


def _documented() -> set[str]:
    """The names in the table of docs/operations.md, written out."""
    section = (CHECKOUT / "docs" / "operations.md").read_text().split("\n## Metrics\n")[1].split("\n## ")[0]
    names = re.findall(r"^\| `dibao\.<publisher>\.([^`]+)`", section, re.MULTILINE)
    written_out: set[str] = set()
    for name in names:
        if "<fate>" in name:
            written_out |= {name.replace("<fate>", fate.value) for fate in Fate}
        elif "<stage>" in name:
            stages = ("crawl", "parse", "dedupe", "load", "check")
            written_out |= {name.replace("<stage>", stage) for stage in stages}
        else:
            written_out.add(name)
    return written_out


def test_the_metrics_of_a_night_are_the_rows_of_the_store(
    replica: None,  # noqa: F811
    store: Store,
    config: Config,
    dag_bag: Any,
    switch_on: Callable[..., None],
) -> None:
    listener = Listener()
    switch_on(statsd_on=True, statsd_host="127.0.0.1", statsd_port=listener.port)
    dag = dag_bag.dags[f"ingest_{PUBLISHER}"]
    night = dag.test(run_after=datetime(2026, 6, 17, 5, tzinfo=UTC), logical_date=None, run_conf=_CONF)
    assert night.state == "success"
    sent = {name.removeprefix(f"dibao.{PUBLISHER}."): value for name, value in listener.gauges().items()}

    with store.reading() as connection:

        def count(*conditions: Any) -> int:
            query = select(func.count()).where(*conditions)
            return int(connection.execute(query).scalar_one())

        fates = {
            fate.value: count(UrlEvent.run_id == _RUN.run_id, UrlEvent.current, UrlEvent.fate == fate) for fate in Fate
        }
        image_only = count(Article.kind == "image_only")
        assert sent["articles.new"] == count(Article.kind != "image_only") > 20
        assert sent["articles.image_only"] == image_only
        assert sent["articles.revised"] == count(Revision.ordinal > 1)
        assert sent["articles.unchanged"] == 0
        assert {fate: sent[f"fates.{fate}"] for fate in fates} == fates
        assert sent["discovered"] == sum(fates.values())
        assert sent["checks.failed"] == count(~CheckResult.passed, CheckResult.level != "usual") == 0
        assert sent["checks.warned"] == count(~CheckResult.passed)
        newest = connection.execute(select(func.max(Article.published_at))).scalar_one()
    age = (datetime.now(UTC) - newest).total_seconds() / 3600
    assert sent["newest_article_age_hours"] == pytest.approx(age, abs=1)
    folder = RunFolder(_RUN, config.data_root)
    summary = folder.read_summary()
    assert sent["archived_bytes"] == sum(Path(str(path)).stat().st_size for path in folder.path.glob("*.warc.gz"))
    assert sent["captures"] == summary["crawl"]["captures"]
    assert sent["complete"] == 1
    for stage, counts in summary.items():
        assert sent[f"seconds.{stage}"] == counts["seconds"]

    assert set(sent) == _documented(), "docs/operations.md, section Metrics"
    assert _on_the_dashboard() <= {name.replace(".", "_") for name in sent}

    # The monitor dies; the next night does not notice, and replaces the figures instead of adding to them.
    switch_on(statsd_on=True, statsd_host="127.0.0.1", statsd_port=free_port())
    again = dag.test(run_after=datetime(2026, 6, 17, 6, tzinfo=UTC), logical_date=None, run_conf=_CONF)
    assert again.state == "success"


def _on_the_dashboard() -> set[str]:
    """Every metric that a panel asks for, as Prometheus writes its name, without the publisher's part."""
    names: set[str] = set()
    for panel in json.loads(DASHBOARD.read_text())["panels"]:
        for target in panel.get("targets", ()):
            found = re.findall(r'__name__=~"airflow_dibao_\.\+_([a-z_|()]+)"', target["expr"])
            assert found, f"{panel['title']}: {target['expr']}"
            for pattern in found:
                head, _, alternatives = pattern.partition("(")
                names |= {head + each for each in alternatives.rstrip(")").split("|")}
    return names


def test_the_dashboard_is_one_that_grafana_reads() -> None:
    dashboard = json.loads(DASHBOARD.read_text())
    assert dashboard["title"]
    assert dashboard["schemaVersion"] >= 39
    identifiers = [panel["id"] for panel in dashboard["panels"]]
    assert len(set(identifiers)) == len(identifiers) > 5
    places: set[tuple[int, int]] = set()
    for panel in dashboard["panels"]:
        assert panel["description"], "a figure that nobody explains is guessed at"
        assert panel["datasource"] == {"type": "prometheus", "uid": "${source}"}
        spot = panel["gridPos"]
        covered = {
            (x, y) for x in range(spot["x"], spot["x"] + spot["w"]) for y in range(spot["y"], spot["y"] + spot["h"])
        }
        assert max(x for x, _ in covered) < 24
        assert not places & covered, f"{panel['title']} lies on another panel"
        places |= covered
    assert {each["name"] for each in dashboard["templating"]["list"]} == {"source"}
    assert "://" not in DASHBOARD.read_text()


@pytest.fixture
def checked(tmp_path: Path) -> tuple[Run, Config]:
    """A run whose check failed and warned."""
    run = Run("tibet_net", Window.parse("2026-06-15", "2026-06-16"))
    config = Config(data=str(tmp_path / "data"))
    folder = RunFolder(run, config.data_root)
    folder.create()
    counts = {
        "failures": ["volume: 0"],
        "warnings": ["a", "b"],
        "fates": {"loaded_new": 3},
        "newest": None,
        "seconds": 0.5,
    }
    folder.write_summary("check", counts)
    return run, config


def test_a_red_check_is_seen_by_the_monitor(
    checked: tuple[Run, Config],
    dag_bag: Any,
    switch_on: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from crawler import stages

    run, config = checked

    def fail(*_: object, **__: object) -> None:
        raise CheckFailed("the corpus would be wrong")

    listener = Listener()
    switch_on(statsd_on=True, statsd_host="127.0.0.1", statsd_port=listener.port)
    monkeypatch.setattr(stages, "check", fail)
    monkeypatch.setenv("DIBAO_DATA", config.data)
    task = dag_bag.dags["ingest_tibet_net"].task_dict["check"]
    with pytest.raises(CheckFailed):
        task._stage_counts(run)
    sent = listener.gauges()
    assert (sent["dibao.tibet_net.checks.failed"], sent["dibao.tibet_net.checks.warned"]) == (1, 2)
    assert sent["dibao.tibet_net.fates.loaded_new"] == 3
    assert sent["dibao.tibet_net.fates.gone"] == 0
    assert "dibao.tibet_net.newest_article_age_hours" not in sent, "no article is no article of age 0"


@pytest.mark.parametrize("error", [OSError(111, "Connection refused"), ValueError("a name it does not like")])
def test_a_monitor_that_fails_fails_no_task(
    checked: tuple[Run, Config],
    dag_bag: Any,
    switch_on: Callable[..., None],
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    import stage_metrics

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(stage_metrics.stats, "gauge", fail)
    stage_metrics.send_figures(checked[0], "check", checked[1])
    assert "were not sent as metrics" in caplog.text


def test_a_stage_that_has_not_ended_sends_nothing(
    checked: tuple[Run, Config], dag_bag: Any, switch_on: Callable[..., None]
) -> None:
    """Least of all the figures of a try before."""
    import stage_metrics

    run, config = checked
    listener = Listener()
    switch_on(statsd_on=True, statsd_host="127.0.0.1", statsd_port=listener.port)
    RunFolder(run, config.data_root).write_summary("crawl", {"complete": False, "started_at": "2026-06-15T00:00:00Z"})
    for stage in ("crawl", "check"):
        stage_metrics.send_figures(run, stage, config)
    assert listener.gauges() == {}


class _Collector(ThreadingHTTPServer):
    """Stands in for an OpenTelemetry collector."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Receive)
        self.bodies: list[tuple[str, bytes]] = []


class _Receive(BaseHTTPRequestHandler):
    server: _Collector

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            import gzip

            body = gzip.decompress(body)
        self.server.bodies.append((self.path, body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


_TASK = """
import json, sys
sys.path.insert(0, "dags")
from airflow.sdk.observability import stats
from airflow.sdk.observability.metrics import stats_utils
stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=True)
from stage_metrics import send_figures
from crawler.config import Config
from crawler.run import Run
send_figures(Run.from_json(json.loads(sys.argv[1])), "check", Config())
"""


@pytest.mark.parametrize("alive", [True, False])
def test_opentelemetry_gets_them_when_the_tasks_process_ends(
    checked: tuple[Run, Config], airflow_database: Path, alive: bool
) -> None:
    """A task is a process that is gone long before the exporter's next minute; a dead collector does not fail it."""
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest

    run, config = checked
    with _Collector() as collector:
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        port = collector.server_port if alive else free_port()
        environment = {
            **os.environ,
            "DIBAO_DATA": config.data,
            "AIRFLOW__METRICS__OTEL_ON": "True",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}",
            "OTEL_EXPORTER_OTLP_TIMEOUT": "2",
        }
        task = [sys.executable, "-c", _TASK, json.dumps(run.as_json())]
        done = subprocess.run(task, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        collector.shutdown()
    assert done.returncode == 0, done.stderr
    received = {}
    for path, body in collector.bodies:
        assert path == "/v1/metrics"
        for resource in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for metric in (metric for scope in resource.scope_metrics for metric in scope.metrics):
                (point,) = metric.gauge.data_points
                tags = {each.key: each.value.string_value for each in point.attributes}
                received[metric.name] = (point.as_int or point.as_double, tags["publisher"])
    if alive:
        assert received["airflow.dibao.tibet_net.fates.loaded_new"] == (3, "tibet_net")
        assert received["airflow.dibao.tibet_net.checks.warned"] == (2, "tibet_net")
    else:
        assert not received


def test_the_lines_of_the_example_are_ones_that_airflow_knows() -> None:
    """They stand there as comments, so no other test reads them."""
    from airflow.configuration import retrieve_configuration_description

    text = (CHECKOUT / "airflow.cfg.example").read_text().split("[metrics]")[1]
    parser = configparser.RawConfigParser()
    parser.read_string("[metrics]\n" + "\n".join(re.findall(r"^# (\w+ = \S+)$", text, re.MULTILINE)))
    keys = dict(parser.items("metrics"))
    assert set(keys) == {"statsd_on", "statsd_host", "otel_on"}
    options = retrieve_configuration_description(include_providers=False)["metrics"]["options"]
    assert set(keys) <= set(options)
