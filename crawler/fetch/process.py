"""The crawl as a child process: started, listened to, stopped, and judged by its report, never by its exit code."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from crawler.artefacts import RunFolder
from crawler.config import Config
from crawler.errors import (
    ArtefactError,
    ConfigurationError,
    CrawlBlocked,
    CrawlBroken,
    CrawlFailed,
    CrawlTransient,
    DibaoError,
    RunLocked,
)
from crawler.fetch.child import REPORT
from crawler.fetch.revisit import KnownUrl, as_lines
from crawler.run import Run

__all__ = ["CrawlProcess", "run_crawl", "stop"]

_GRACE_SECONDS = 2.0
"""Between two signals: Scrapy ends in good order on the first SIGTERM and at once on the second."""

_OVERTIME_SECONDS = 180.0
"""The child stops itself at its time limit; a child that hangs is stopped this long after it."""

_KEPT_FROM_THE_CRAWL = ("DIBAO_STORE", "PGPASS", "AIRFLOW__", "AIRFLOW_CONN_", "AIRFLOW_VAR_")
"""The store's address and password, Airflow's keys, connections and variables."""

_ERRORS: dict[str, type[DibaoError]] = {
    kind.__name__: kind for kind in (ArtefactError, ConfigurationError, RunLocked, CrawlBroken)
}


class CrawlProcess:
    """One crawl in a process of its own.

    Args:
        run: what to crawl.
        config: our settings; the store's address is not handed on, nor are other secrets of the environment.
        known: what the store holds already.
        one_article: fetch the first article that the listings name, and no other, whatever its day.
        replay: the segment whose attempt is gone through again out of the archive, without a request, and when it was
            begun; None for a crawl.
    """

    def __init__(
        self,
        run: Run,
        config: Config,
        known: Iterable[KnownUrl] = (),
        *,
        one_article: bool = False,
        replay: tuple[int, datetime] | None = None,
    ) -> None:
        self.run = run
        self.config = config
        self._known = known
        self._one_article = one_article
        self._replay = replay
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def crawl(self, on_line: Callable[[str], None]) -> dict[str, Any]:
        """Crawl, and hand each line of the log on as it comes.

        Args:
            on_line: takes the log.

        Returns:
            The crawl's counts, as `summary.json` holds them.

        Raises:
            CrawlTransient: it was cut short by something that may pass.
            CrawlBlocked: a site refuses us.
            CrawlBroken: a listing or our code is at fault.
            ArtefactError: the data root cannot be written.
            RunLocked: another crawl of the same run is at work.
            ConfigurationError: the order makes no sense.
        """
        folder = RunFolder(self.run, self.config.data_root)
        folder.create()
        folder.write_lines(RunFolder.KNOWN, as_lines(self._known))
        command = [sys.executable, "-m", "crawler.fetch.child"]
        # No session of its own: whoever kills the task's process group kills the crawl with it.
        with subprocess.Popen(  # noqa: S603 - our own interpreter, no words from outside
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            errors="backslashreplace",
            env={
                **_without_secrets(os.environ),
                # A line that cannot be encoded is told as it can be, and ends no crawl.
                "PYTHONIOENCODING": "utf-8:backslashreplace",
                "PYTHONUNBUFFERED": "1",
                "SCRAPY_SETTINGS_MODULE": "crawler.settings",
            },
        ) as self._process:
            overtime = threading.Timer(self.config.crawl_limit_minutes * 60 + _OVERTIME_SECONDS, self.stop)
            overtime.daemon = True
            overtime.start()
            try:
                return self._judge(self._listen(on_line))
            finally:
                overtime.cancel()
                self.stop()

    def _listen(self, on_line: Callable[[str], None]) -> dict[str, Any] | None:
        process = self._process
        assert process is not None
        assert process.stdin is not None
        assert process.stdout is not None
        order = {
            "run": self.run.as_json(),
            "config": self.config.model_dump(mode="json", exclude={"store"}),
            "parent": os.getpid(),
            "one_article": self._one_article,
            "replay": {"segment": self._replay[0], "began": self._replay[1].isoformat()} if self._replay else None,
        }
        try:
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.close()
        except BrokenPipeError:
            # It died before it read its order; its last words are on standard output.
            pass
        report = None
        for line in process.stdout:
            if line.startswith(REPORT):
                report = json.loads(line.removeprefix(REPORT))
            else:
                on_line(line.rstrip("\n"))
        process.wait()
        return report

    def _judge(self, report: dict[str, Any] | None) -> dict[str, Any]:
        process = self._process
        assert process is not None
        run_id = self.run.run_id
        if report is None:
            how = "was stopped" if self._stopped else f"died ({_ending(process.returncode)})"
            raise CrawlTransient(
                f"the crawl of {run_id} {how} before its report; start it again: it goes on from what its WARC holds"
            )
        if "error" in report:
            kind = _ERRORS.get(report["error"]["type"], CrawlBroken)
            raise kind(report["error"]["message"])
        problems = report["problems"]
        if problems:
            raise _failure(problems)(
                f"the crawl of {run_id} is not complete: "
                + "; ".join(f"{p['where']}: {p['message']}" if p["where"] else p["message"] for p in problems)
            )
        summary: dict[str, Any] = report["summary"]
        return summary

    def stop(self) -> None:
        """End the child within seconds, whatever it does; what it has archived is kept."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._stopped = True
        for signal_number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
            process.send_signal(signal_number)
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                continue
            return


def _without_secrets(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without what the crawl does not need: it reads pages that anybody may have written.

    What an object store's client reads (`AWS_…`) stays, since the archive may lie there.
    """
    return {name: value for name, value in environment.items() if not name.startswith(_KEPT_FROM_THE_CRAWL)}


def _failure(problems: list[dict[str, str]]) -> type[CrawlFailed]:
    kinds = {problem["kind"] for problem in problems}
    # Refused: wait for hours. Else what may pass is tried again first; what is broken is still broken then.
    if "blocked" in kinds:
        return CrawlBlocked
    return CrawlTransient if "transient" in kinds else CrawlBroken


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


_current: CrawlProcess | None = None


def run_crawl(
    run: Run, config: Config, *, known: Iterable[KnownUrl] = (), on_line: Callable[[str], None] = print
) -> dict[str, Any]:
    """Crawl one run in a child process; `stop()` ends it from a signal handler or another thread.

    Args:
        run: what to crawl.
        config: our settings.
        known: what the store holds already.
        on_line: takes the log, line by line.

    Returns:
        The crawl's counts.

    Raises:
        CrawlFailed, ArtefactError, RunLocked, ConfigurationError: as `CrawlProcess.crawl` says.
    """
    global _current
    _current = CrawlProcess(run, config, known)
    try:
        return _current.crawl(on_line)
    finally:
        _current = None


def stop() -> None:
    """End the crawl that this process has started, if there is one."""
    if _current is not None:
        _current.stop()
