"""Audit: recompute every sum of the whole store from its rows and its archive, and name what does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby
from time import monotonic

from sqlalchemy import Connection, case, func, select
from upath import UPath

from crawler.artefacts import RunFolder
from crawler.assurance.audit_rows import Audit, Question, RowAudit
from crawler.assurance.fixity import Expected, verify_file
from crawler.assurance.sums import DISCOVERED
from crawler.assurance.unloaded import RunFiles, archive_files, run_files, stored_folder, way_to_load
from models.base import identity
from models.runs import CheckResult, Run
from models.urls import Capture, UrlEvent

__all__ = ["Audit", "Question", "audit"]


def audit(
    connection: Connection,
    data_root: UPath,
    *,
    publisher: str = "",
    quick: bool = False,
    on_line: Callable[[str], None] = lambda line: None,
) -> Audit:
    """Ask every question of the store; nothing is written.

    Runs that are at work meanwhile do no harm: what they have archived and not loaded yet is a note.

    Args:
        connection: reads the store; nothing may have been read through it yet.
        data_root: where the archive and the run folders lie.
        publisher: only this one; empty for all.
        quick: look at rows and file sizes only; neither archived bytes nor texts are read.
        on_line: takes a line of progress every few seconds.
    """
    started = monotonic()
    # Files first, rows after: a run that is loaded in between is then seen loaded, never half.
    folders, files = run_files(data_root, publisher), archive_files(data_root, publisher)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    work = _StoreAudit(connection, data_root, publisher, quick, on_line)
    steps: tuple[Callable[[], None], ...] = (
        lambda: work.fates(dict(folders)),
        work.one_current_fate,
        work.article_captures,
        work.loaded,
        work.articles,
        work.revisions,
        work.contents,
        work.urls,
        work.aggregates,
        work.texts,
        lambda: work.archive(folders, files),
    )
    for step in steps:
        step()
    work.result.seconds = round(monotonic() - started, 2)
    return work.result


class _StoreAudit(RowAudit):
    """Asks the run folders and the archive as well."""

    def fates(self, folders: dict[str, RunFiles]) -> None:
        """Whether every URL that a crawl discovered has its fate among the rows, and the one that it met."""
        sums = self._question(
            "discovered = sum of fates",
            "runs",
            "run `dibao load` of that run again, then `dibao check`; where its folder is gone, restore the store",
        )
        same = self._question(
            "stored fates are those of the crawl", "URLs", "run `dibao parse`, `dedupe` and `load` of that run again"
        )
        event, run, check = UrlEvent.__table__.c, Run.__table__.c, CheckResult.__table__.c
        current: dict[str, int] = dict(
            self.connection.execute(
                select(event.run_id, func.count(case((event.current, event.url_id)).distinct()))
                .where(*self._of_runs(event.run_id))
                .group_by(event.run_id)
            ).all()
        )
        counted: dict[str, str] = dict(
            self.connection.execute(select(check.run_id, check.observed).where(check.name == DISCOVERED)).all()
        )
        for run_id, run_key, start, end, selection, of in self.connection.execute(
            select(run.id, run.run_key, run.window_start, run.window_end, run.selection, run.publisher)
            .where(*self._of_publisher(Run.__table__))
            .order_by(run.id)
        ).all():
            sums.looked += 1
            files = folders.pop(run_id, None)
            whole = True
            if files is not None:
                folder = stored_folder(self.data_root, of, run_key, start, end, selection)
                whole = self._against_folder(folder, files, sums, same)
                if "check" not in files.stages:
                    continue
            number = counted.get(run_id, "").split(" ")[0]
            if whole and number.isdigit() and int(number) != current.get(run_id, 0):
                sums.breaks.append(
                    f"{run_id}: {number} fates were stored at its check, {current.get(run_id, 0)} are now"
                )

        # What is left has no row at all.
        for files in folders.values():
            self.result.notes.append(f"{files.run_id} is not in the store yet: {files.next_step}")

    def _against_folder(self, folder: RunFolder, files: RunFiles, sums: Question, same: Question) -> bool:
        """Whether no fate of the last crawl is missing; False also where that cannot be told now."""
        run_id = folder.run.run_id
        if not files.loaded:
            self.result.notes.append(f"{run_id} was crawled and is not loaded yet: {files.next_step}")
            return False
        rows = list(folder.read_lines(RunFolder.FATES, "crawl"))
        if run_files(self.data_root, folder.run.publisher, folder.run.run_key).get(run_id) != files:
            self.result.notes.append(f"{run_id} is at work; it was not held against its files")
            return False
        if len(rows) != files.discovered:
            self.result.notes.append(
                f"{run_id}: a crawl was cut short after the run was loaded; run `dibao crawl` and what follows again"
            )
            return False
        event = UrlEvent.__table__.c
        stored = {
            url_id: (fate, capture_id)
            for url_id, fate, capture_id in self.connection.execute(
                select(event.url_id, event.fate, event.capture_id).where(event.run_id == run_id, event.current)
            )
        }
        missing = []
        for row in rows:
            url_id = identity("url", row["url"])
            if url_id not in stored:
                missing.append(row["url"])
                continue
            same.looked += 1
            fate, capture_id = stored.pop(url_id)
            capture = row["capture"]
            expected = identity("capture", capture["file"], capture["offset"]) if capture else None
            if row["fate"] is not None and row["fate"] != fate:
                same.breaks.append(f"{row['url']} in {run_id}: {row['fate']} in the crawl, {fate} in the store")
            elif expected != capture_id:
                same.breaks.append(f"{row['url']} in {run_id}: the row names another capture than the crawl")
        # What is left in `stored` only an earlier attempt of the run had met.
        if missing:
            sums.breaks.append(
                f"{run_id}: {len(rows)} discovered, {len(rows) - len(missing)} of them have a fate; "
                f"without: {', '.join(missing[:3])}"
            )
        return not missing

    def archive(self, folders: dict[str, RunFiles], files: dict[str, int]) -> None:
        """Whether the archive holds what the rows say, and the rows all that the archive holds."""
        there = self._question("each capture's file is there", "WARC files", "restore the archive file from its backup")
        damaged = "the archive file is damaged: restore it from its backup"
        inside = None
        if self.quick:
            inside = self._question("each capture lies inside its file, which was not read", "captures", damaged)
        back = self._question("each capture reads back from its bytes", "captures", damaged, asked=not self.quick)
        rows = self._question(
            "captures = WARC records",
            "WARC records",
            "run `dibao load` of that run again; where its folder is gone, restore the store from its backup, then "
            "`dibao rebuild`",
            asked=not self.quick,
        )
        known = self._question(
            "each archive file is loaded",
            "WARC files",
            "`dibao rebuild` loads them all in their order",
        )
        told = monotonic()
        for file, expected in self._captures():
            there.looked += 1
            (inside or back).looked += len(expected)
            size = files.pop(file, None)
            path = self.data_root / file
            if size is None:
                try:
                    size = path.stat().st_size
                except FileNotFoundError:
                    there.breaks.append(f"{file} is missing; {len(expected)} captures lie in it")
                    continue
            if inside is not None:
                short = [row for row in expected if row.offset + row.length > size]
                if short:
                    inside.breaks.append(f"{file} ends before {len(short)} of its {len(expected)} captures")
                continue
            fixity = verify_file(path, expected)
            self.result.warc_bytes += size
            rows.looked += fixity.responses
            back.breaks += [f"{file} at byte {each.offset}: {each.problem}" for each in fixity.damaged]
            back.breaks += [f"{file} at byte {offset}: {problem}" for offset, problem in fixity.torn]
            rows.breaks += [f"{file} at byte {offset}: a response record without a row" for offset in fixity.unknown]
            if monotonic() - told > 5:
                told = monotonic()
                self.on_line(f"read {back.looked:,} captures back, {self.result.warc_bytes / 1e6:,.0f} MB")
        for file in sorted(files):
            known.looked += 1
            waiting = next((run for run in folders.values() if run.waits_for(file)), None)
            if waiting is not None:
                self.result.notes.append(f"{file} is not loaded yet: {waiting.next_step}")
            else:
                known.breaks.append(f"no capture row names {file}: {way_to_load(file)}")
        known.looked += there.looked

    def _captures(self) -> Iterator[tuple[str, list[Expected]]]:
        capture = Capture.__table__.c
        result = self.connection.execution_options(yield_per=5000).execute(
            select(capture.file, capture.offset, capture.length, capture.sha256, capture.url, capture.status)
            .where(*self._of_runs(capture.run_id))
            .order_by(capture.file, capture.offset)
        )
        for file, group in groupby(result, key=lambda row: str(row.file)):
            yield file, [Expected(*row[1:]) for row in group]
