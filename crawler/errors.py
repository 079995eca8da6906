"""The tree of failures; its leaves are the fates that a URL can meet in a run.

Fate
├── fetched       loaded_new · loaded_revision · unchanged · not_modified · not_due
├── not_article   gallery · video · image_only · listing · other_kind
├── gone          gone · soft_404
├── refused       robots_disallowed · blocked · rate_limited · challenged
├── failed_retry  timeout · network_error · server_error · truncated · too_large · redirect_loop
├── failed_look   decode_failed · layout_unknown · parse_failed
└── out_of_scope  off_site · out_of_window · duplicate_link

DibaoError                      a sentence that says what happened and what to do
├── ConfigurationError          a wrong setting or parameter; nothing was started
├── StoreError                  the database: not migrated, unreachable, locked
├── ArtefactError               a run's file is missing, unreadable or cannot be written
├── RunLocked                   another process works on the same run
├── CrawlFailed                 the crawl ended and its report says that it must not count
│   ├── CrawlTransient          worth another try soon (network, killed, site down)
│   ├── CrawlBlocked            the site refuses us: wait for hours
│   └── CrawlBroken             our side or their layout changed: a person must look
├── ListingError                a listing could not be read
├── DecodeFailed                bytes that no charset explains whole
└── CheckFailed                 the run does not add up, or is far from what is expected
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ArtefactError",
    "CheckFailed",
    "ConfigurationError",
    "CrawlBlocked",
    "CrawlBroken",
    "CrawlFailed",
    "CrawlTransient",
    "DecodeFailed",
    "DibaoError",
    "Fate",
    "FateGroup",
    "ListingError",
    "RunLocked",
    "StoreError",
]


class FateGroup(StrEnum):
    """The families of fates, the columns of every table that we print."""

    FETCHED = "fetched"
    NOT_ARTICLE = "not_article"
    GONE = "gone"
    REFUSED = "refused"
    FAILED_RETRY = "failed_retry"
    FAILED_LOOK = "failed_look"
    OUT_OF_SCOPE = "out_of_scope"


class Fate(StrEnum):
    """What became of one URL in one run; every discovered URL has exactly one."""

    LOADED_NEW = "loaded_new"
    LOADED_REVISION = "loaded_revision"
    UNCHANGED = "unchanged"
    NOT_MODIFIED = "not_modified"
    NOT_DUE = "not_due"

    GALLERY = "gallery"
    VIDEO = "video"
    IMAGE_ONLY = "image_only"
    LISTING = "listing"
    OTHER_KIND = "other_kind"

    GONE = "gone"
    SOFT_404 = "soft_404"

    ROBOTS_DISALLOWED = "robots_disallowed"
    BLOCKED = "blocked"
    RATE_LIMITED = "rate_limited"
    CHALLENGED = "challenged"

    TIMEOUT = "timeout"
    NETWORK_ERROR = "network_error"
    SERVER_ERROR = "server_error"
    TRUNCATED = "truncated"
    TOO_LARGE = "too_large"
    REDIRECT_LOOP = "redirect_loop"

    DECODE_FAILED = "decode_failed"
    LAYOUT_UNKNOWN = "layout_unknown"
    PARSE_FAILED = "parse_failed"

    OFF_SITE = "off_site"
    OUT_OF_WINDOW = "out_of_window"
    DUPLICATE_LINK = "duplicate_link"

    @property
    def group(self) -> FateGroup:
        """The family that this fate belongs to."""
        return _GROUPS[self]

    @property
    def retry(self) -> bool:
        """Whether fetching the same URL again may end otherwise without anyone changing anything."""
        return self in _RETRY


_GROUPS: dict[Fate, FateGroup] = {
    fate: group
    for group, fates in {
        FateGroup.FETCHED: (
            Fate.LOADED_NEW,
            Fate.LOADED_REVISION,
            Fate.UNCHANGED,
            Fate.NOT_MODIFIED,
            Fate.NOT_DUE,
        ),
        FateGroup.NOT_ARTICLE: (Fate.GALLERY, Fate.VIDEO, Fate.IMAGE_ONLY, Fate.LISTING, Fate.OTHER_KIND),
        FateGroup.GONE: (Fate.GONE, Fate.SOFT_404),
        FateGroup.REFUSED: (
            Fate.ROBOTS_DISALLOWED,
            Fate.BLOCKED,
            Fate.RATE_LIMITED,
            Fate.CHALLENGED,
        ),
        FateGroup.FAILED_RETRY: (
            Fate.TIMEOUT,
            Fate.NETWORK_ERROR,
            Fate.SERVER_ERROR,
            Fate.TRUNCATED,
            Fate.TOO_LARGE,
            Fate.REDIRECT_LOOP,
        ),
        FateGroup.FAILED_LOOK: (Fate.DECODE_FAILED, Fate.LAYOUT_UNKNOWN, Fate.PARSE_FAILED),
        FateGroup.OUT_OF_SCOPE: (Fate.OFF_SITE, Fate.OUT_OF_WINDOW, Fate.DUPLICATE_LINK),
    }.items()
    for fate in fates
}

_RETRY: frozenset[Fate] = frozenset(
    {
        Fate.TIMEOUT,
        Fate.NETWORK_ERROR,
        Fate.SERVER_ERROR,
        Fate.TRUNCATED,
        Fate.RATE_LIMITED,
        Fate.CHALLENGED,
        Fate.BLOCKED,
    }
)


class DibaoError(Exception):
    """Anything that Dibao raises on purpose; its text says what happened and what to do."""


class ConfigurationError(DibaoError):
    """A setting or a parameter is wrong; nothing was started."""


class StoreError(DibaoError):
    """The database cannot be used as it is: not migrated, unreachable, locked for too long."""


class ArtefactError(DibaoError):
    """A file of a run is missing, damaged, or cannot be written (full disk, read-only folder)."""


class RunLocked(DibaoError):
    """Another living process works on the same run."""


class CrawlFailed(DibaoError):
    """A crawl ended and its report says that it must not count as done."""


class CrawlTransient(CrawlFailed):
    """The crawl was cut short by something that may pass: network, a kill, a site that is down."""


class CrawlBlocked(CrawlFailed):
    """The site refuses or challenges us; trying again soon would be rude and useless."""


class CrawlBroken(CrawlFailed):
    """Our code, a setting or the site's layout is at fault; a person must look."""


class ListingError(DibaoError):
    """A listing answered, but not with what a listing of this publisher looks like."""


class DecodeFailed(DibaoError):
    """Bytes that no charset of the ladder explains whole.

    Args:
        message: what was tried.
        offset: the first byte, counted from 0, that could not be read.
    """

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.offset = offset


class CheckFailed(DibaoError):
    """A run does not add up, or lies outside its publisher's hard limits."""
