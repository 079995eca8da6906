"""Which store a data root belongs to: two roots on one store, or two stores on one root, damage each other for good.

Rows name their bytes by the file's name in the archive. A second data root would write other bytes under the names that
the store knows already; a second store would know nothing of what the archive holds. So the data root remembers the
store's id, in `store.id`, from the first crawl on.
"""

from __future__ import annotations

import itertools
import tempfile
from pathlib import Path

from sqlalchemy import func, select, tuple_
from upath import UPath

from crawler.artefacts import RunFolder, local_path
from crawler.config import Config
from crawler.errors import ArtefactError, ConfigurationError
from crawler.fetch.capture import read_response
from crawler.fetch.segments import archive_name, segment_name
from models.identity import StoreIdentity
from models.store import Store
from models.urls import Capture

__all__ = [
    "MARK",
    "adopt",
    "claim",
    "refuse_new_store",
    "require_files",
    "require_writable",
    "say_mismatch",
]

MARK = "store.id"
"""The file of the data root that holds the id of its store."""

_SAMPLE = 20
"""Files of which one record is read back before a data root is adopted."""

_ADOPT = "`dibao db adopt` says that they belong together"


def claim(store: Store, config: Config, *, begins: bool = False) -> None:
    """Refuse a data root that is another store's; an unmarked one is this store's from now on.

    Args:
        store: the SQL store.
        config: our settings.
        begins: whether what follows brings new bytes; a store without captures is refused an archive with files then.

    Raises:
        ConfigurationError: they do not belong together; the message says what may have happened and what to do.
        ArtefactError: the data root cannot be read or written.
    """
    root = config.data_root
    identity, files = _identity(store)
    mark = _mark(root)
    if mark == identity:
        return
    if mark is not None:
        raise ConfigurationError(
            f"the data root {root} belongs to another store than {store}: look at DIBAO_STORE and DIBAO_DATA "
            f"({config.store_setting}). If this store is to take the other's place (a new one, to be filled from the "
            f"archive), {_ADOPT}"
        )
    if files and not any((root / file).exists() for file in files):
        raise ConfigurationError(
            f"the store {store} holds pages whose bytes are not under {root} (no {files[-1]} there): a crawl would put "
            "other bytes under the same names. Set DIBAO_DATA to the data root of this store, or restore its archive "
            f"from the backup. Where the bytes are lost for good, {_ADOPT}"
        )
    if begins and not files and has_archive(root):
        raise ConfigurationError(
            f"the archive under {root} is full and the store {store} is empty: look at DIBAO_STORE and DIBAO_DATA "
            f"({config.store_setting}). If the store is to be filled from the archive, {_ADOPT}"
        )
    _write(root, identity)


def adopt(store: Store, config: Config) -> None:
    """Say that a data root belongs to this store, whatever was before.

    Raises:
        ConfigurationError: a file of its archive holds other bytes than the store knows under that name: two corpora
            never become one.
        ArtefactError: the data root cannot be written.
    """
    root = config.data_root
    for file, offset, length, sha256 in _sample(store, root):
        try:
            same = read_response(root, file, offset, length).sha256 == sha256
        except ArtefactError:
            same = False
        if not same:
            raise ConfigurationError(
                f"{root / file} is not the file of this name that the store {store} knows: they are two corpora, "
                "or it is damaged. Keep each store with its own archive, or restore the file from its backup"
            )
    _write(root, _identity(store)[0])


def say_mismatch(store: Store, config: Config) -> str:
    """That the data root is another store's, as a sentence; empty where it is not, or has no mark."""
    mark = _mark(config.data_root)
    if mark is None or mark == _identity(store)[0]:
        return ""
    return (
        f"the data root {config.data_root} belongs to another store than {store}: look at DIBAO_STORE and DIBAO_DATA "
        f"({config.store_setting}); nothing is crawled or loaded like this"
    )


def _sample(store: Store, root: UPath) -> list[tuple[str, int, int, str]]:
    """One capture of each of some files that the store names and the archive holds, the latest files."""
    capture = Capture.__table__.c
    last = select(capture.file, func.max(capture.offset)).group_by(capture.file)
    with store.reading() as connection:
        rows = connection.execute(
            select(capture.file, capture.offset, capture.length, capture.sha256)
            .where(tuple_(capture.file, capture.offset).in_(last))
            .order_by(capture.file.desc())
        ).all()
    there = ((file, offset, length, sha256) for file, offset, length, sha256 in rows if (root / file).exists())
    return list(itertools.islice(there, _SAMPLE))


def refuse_new_store(store: Store, config: Config) -> None:
    """Before a store is made: refuse where the data root has one already, or an archive.

    Raises:
        ConfigurationError: the archive belongs to a store that the settings do not name.
    """
    root = config.data_root
    if store.is_new() and (_mark(root) is not None or has_archive(root)):
        raise ConfigurationError(
            f"the data root {root} holds the archive of a store, and there is none at {store} yet: is this the store "
            f"of before (it follows from {config.store_setting})? To make a new store and fill it from the archive: "
            "`dibao db upgrade`, then `dibao db adopt` (docs/production.md, Backup and restore)"
        )


def require_files(store: Store, folder: RunFolder) -> None:
    """Refuse to crawl a run whose archived bytes are lost: new ones would take their names.

    Raises:
        ArtefactError: the store knows captures of this run in a file that neither the archive nor its folder has.
    """
    captures = Capture.__table__.c
    of_run = select(captures.file).where(captures.run_id == folder.run.run_id).distinct()
    with store.reading() as connection:
        known = set(connection.execute(of_run).scalars())
    in_folder = itertools.takewhile(lambda number: (folder / segment_name(number)).exists(), itertools.count())
    known -= {archive_name(folder.run, number) for number in in_folder}
    lost = sorted(file for file in known if not (folder.data_root / file).exists())
    if lost:
        raise ArtefactError(
            f"{lost[0]}, of which the store knows pages, is missing under {folder.data_root}: what is fetched now "
            "would take its name. Restore it from the backup, then run `crawl` again"
        )


def require_writable(config: Config) -> None:
    """Refuse a data root on this machine that nobody may write, before a night finds out.

    Raises:
        ArtefactError: it cannot be made or written.
    """
    root = local_path(config.data_root)
    if root is None:
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=root):
            pass
    except OSError as error:
        raise ArtefactError(
            f"the data root {root} cannot be written ({error.strerror or error}): check its owner, its rights, the disk"
        ) from error


def has_archive(root: UPath) -> bool:
    """Whether an archive holds any file."""
    try:
        return any((root / "archive").glob("*/*/*/*.warc.gz"))
    except FileNotFoundError:
        return False


def _identity(store: Store) -> tuple[str, list[str]]:
    """The store's id, and the first and the last file that its captures name."""
    captures = Capture.__table__.c
    with store.reading() as connection:
        identity: str = connection.execute(select(StoreIdentity.__table__.c.id)).scalar_one()
        # Both by the index on the file.
        files = [connection.execute(select(each(captures.file))).scalar_one() for each in (func.min, func.max)]
    return identity, [file for file in files if file is not None]


def _mark(root: UPath) -> str | None:
    path = root / MARK
    try:
        return path.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArtefactError(f"cannot read {path}: {error.strerror or error}; check its owner") from error


def _write(root: UPath, identity: str) -> None:
    path, local = root / MARK, local_path(root)
    try:
        root.mkdir(parents=True, exist_ok=True)
        if local is None:
            path.write_text(f"{identity}\n", encoding="utf-8")
            return
        # Two first crawls at once: each puts the same file there, whole.
        with tempfile.NamedTemporaryFile("w", dir=local, prefix=f".{MARK}.", suffix=".tmp", delete=False) as written:
            written.write(f"{identity}\n")
        Path(written.name).chmod(0o644)
        Path(written.name).replace(local / MARK)
    except OSError as error:
        raise ArtefactError(f"cannot write {path}: {error.strerror or error}; check the owner and the disk") from error
