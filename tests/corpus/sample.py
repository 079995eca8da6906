"""A store of four weeks with everything in it that the Corpus page must show: written by hand, texts of our own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Connection

from crawler import publishers
from crawler.run import SHANGHAI
from models.aggregates import refresh_aggregates
from models.articles import Article, Revision
from models.base import identity
from models.contents import Content
from models.runs import CheckResult, Publisher, Run
from models.upsert import upsert
from models.urls import Capture, Url, UrlEvent

LAST_DAY = date(2026, 6, 16)
NOW = datetime(2026, 6, 17, 9, 20, tzinfo=SHANGHAI)
NIGHTS = 28

VOLUME = {"sina_finance": 64, "tibet_net": 22, "sichuan_gov": 15, "xinjiang_gov": 27}
"""Articles of a weekday."""

_TITLES = {
    "sina_finance": (
        "{place}前五个月社会消费品零售总额同比增长{n}%",
        "{place}新能源汽车出口量连续{n}个月上升",
        "人民币中间价较前一交易日上调{n}个基点",
        "{place}商业银行下调存款利率，涉及{n}个期限品种",
        "港股午评：恒生指数涨{n}%，科技股走强",
        "央行开展{n}0亿元逆回购操作，利率维持不变",
    ),
    "tibet_net": (
        "{place}至那曲公路{n}标段提前通车",
        "高原牧场迎来剪毛季，{place}合作社增收{n}成",
        "{place}古籍修复中心新收录写本{n}函",
        "雅江河谷万亩青稞长势喜人，预计单产提高{n}%",
        "{place}藏戏传习所开课，{n}名少年入门",
    ),
    "sichuan_gov": (
        "四川省人民政府办公厅关于印发{place}防汛工作要点的通知",
        "{place}推出{n}项便民措施，办事材料再减三成",
        "全省农村公路建设现场会在{place}召开",
        "{place}第{n}批历史建筑名录公布",
    ),
    "xinjiang_gov": (
        "{place}棉田进入水肥管理关键期，智能滴灌覆盖{n}成",
        "{place}口岸前五月进出口货运量增长{n}%",
        "{place}新增{n}所寄宿制学校投入使用",
        "{place}瓜果节将于下月开幕，展位已订出{n}成",
    ),
}
_PLACES = {
    "sina_finance": ("上海", "深圳", "浙江", "全国", "广东", "江苏"),
    "tibet_net": ("拉萨", "林芝", "山南", "日喀则", "昌都"),
    "sichuan_gov": ("成都", "绵阳", "宜宾", "南充", "达州", "雅安"),
    "xinjiang_gov": ("喀什", "阿克苏", "霍尔果斯", "昌吉", "伊犁", "哈密"),
}
_LAYOUT = {
    "sina_finance": ("sina.article_2016", "sina.article_wap"),
    "tibet_net": ("trs.tibet_2018", "trs.tibet_video"),
    "sichuan_gov": ("gov_tags.sichuan",),
    "xinjiang_gov": ("ucap.xinjiang", "gov_tags.portal"),
}
_SOURCE = {
    "sina_finance": ("新浪财经", "上海证券报"),
    "tibet_net": ("中国西藏网", "西藏日报"),
    "sichuan_gov": ("四川日报", "省政府办公厅"),
    "xinjiang_gov": ("新疆日报", "天山网"),
}


@dataclass
class Night:
    """What one run is to look like."""

    publisher: str
    start: date
    end: date
    complete: bool = True
    selection: dict[str, Any] = field(default_factory=dict)
    articles: int = 0
    failed_checks: tuple[tuple[str, str, str, str, str], ...] = ()
    fates: dict[str, int] = field(default_factory=dict)
    generic: int = 0

    @property
    def run_id(self) -> str:
        return f"{self.publisher}/{self.start}_{self.end}"


class Rows:
    """Rows that are written together, each table after those that it refers to."""

    UPDATED: ClassVar[dict[Any, tuple[str, ...]]] = {
        Run: ("crawled_at", "complete"),
        Content: (),
        Capture: (),
        Article: ("title", "published_at", "current_revision_id", "last_seen"),
        Revision: (),
        Url: ("fate", "last_run_id", "last_seen"),
        UrlEvent: ("fate", "message", "layout", "capture_id"),
        CheckResult: ("passed",),
    }

    def __init__(self) -> None:
        self._rows: dict[Any, list[dict[str, Any]]] = {model: [] for model in self.UPDATED}

    def add(self, model: Any, row: dict[str, Any]) -> None:
        """Remember one."""
        self._rows[model].append(row)

    def write(self, connection: Connection) -> None:
        """Write them all; the later of two with the same key wins."""
        for model, rows in self._rows.items():
            upsert(connection, model.__table__, rows, update=self.UPDATED[model])


def fill(connection: Connection, nights: list[Night] | None = None) -> None:
    """Write the sample, as load would."""
    rows = [{"key": key, "name": publishers.load(key).name, "home": publishers.load(key).home} for key in VOLUME]
    upsert(connection, Publisher.__table__, rows)
    for night in four_weeks() if nights is None else nights:
        written = Rows()
        write_night(written, night)
        written.write(connection)
        refresh_aggregates(connection, night.run_id)


def four_weeks(last: date = LAST_DAY) -> list[Night]:
    """Mostly good nights; and one of each trouble."""
    pick = random.Random(20260616)
    nights = []
    for back in range(NIGHTS - 1, -1, -1):
        day = last - timedelta(days=back)
        for key, volume in VOLUME.items():
            weekend = day.weekday() >= 5
            share = (0.3 if weekend else 1.0) * pick.uniform(0.75, 1.2)
            count = max(0, round(volume * share))
            if key == "sichuan_gov" and day.weekday() == 6:
                count = 0
            night = Night(key, day, day + timedelta(days=1), articles=count)
            night.fates = {
                "not_due": pick.randint(3, 9),
                "duplicate_link": pick.randint(0, 4),
                "gallery": pick.randint(0, 3),
                "out_of_window": pick.randint(0, 5),
            }
            if pick.random() < 0.06:
                night.fates["timeout"] = 1
            night.generic = pick.randint(0, 2) if key == "xinjiang_gov" and count > 4 else 0
            nights.append(night)
    troubles = {
        ("tibet_net", 11): "gap",
        ("tibet_net", 10): "gap",
        ("xinjiang_gov", 5): "layout",
        ("sichuan_gov", 1): "walk",
        ("sina_finance", 8): "warn",
        ("xinjiang_gov", 0): "open",
    }
    kept = []
    for night in nights:
        trouble = troubles.get((night.publisher, (last - night.start).days), "")
        if trouble == "gap":
            continue
        if trouble == "layout":
            night.generic = 11
            night.fates["layout_unknown"] = 2
            night.failed_checks = (
                ("known layouts read the pages", "hard", f"11 of {night.articles} read by the general reader",
                 "20% or fewer", "the site's layout has changed: add it to the publisher's pages.py and parse again"),
            )  # fmt: skip
        if trouble == "walk":
            night.complete = False
            night.fates["server_error"] = 4
            night.failed_checks = (
                ("every listing was walked", "hard", "incomplete", "complete",
                 "listings failed: zcjd answered 502 three times; run `crawl` again"),
            )  # fmt: skip
        if trouble == "warn":
            night.articles = 11
            night.failed_checks = (
                ("volume is usual", "usual", "11 articles in 1 days", "40 to 4000",
                 "more or fewer articles than usual; see `dibao status`"),
            )  # fmt: skip
        if trouble == "open":
            night.fates |= {"decode_failed": 1, "layout_unknown": 1, "timeout": 2}
        kept.append(night)
    return kept


def write_night(rows: Rows, night: Night) -> None:
    """The rows of one run."""
    pick = random.Random(night.run_id)
    crawled_at = datetime(night.end.year, night.end.month, night.end.day, 1, 42, tzinfo=SHANGHAI)
    rows.add(
        Run,
        {"id": night.run_id, "publisher": night.publisher, "run_key": night.run_id.split("/", 1)[1],
          "window_start": night.start, "window_end": night.end, "selection": night.selection, "reason": "",
          "crawled_at": crawled_at, "complete": night.complete},
    )  # fmt: skip
    for number in range(night.articles):
        write_article(rows, night, number, pick, crawled_at)
    for fate, count in night.fates.items():
        for number in range(count):
            url = f"https://news.example.cn/{night.publisher}/{night.start}/{fate}/{number}.html"
            message = {
                "layout_unknown": "no container of text was found; the page has 3 paragraphs",
                "decode_failed": "byte 0xff at offset 18233 is in no charset of the ladder",
                "timeout": "no answer within 60 s, three times",
            }.get(fate, "")
            write_event(rows, night, url, fate, crawled_at, message=message)
    checks = [
        {"run_id": night.run_id, "name": name, "level": level, "passed": False, "observed": observed,
         "expected": expected, "message": message, "checked_at": crawled_at}
        for name, level, observed, expected, message in night.failed_checks
    ]  # fmt: skip
    checks.append(
        {"run_id": night.run_id, "name": "discovered = sum of fates", "level": "sum", "passed": True,
         "observed": "1 stored fates", "expected": "1 discovered", "message": "", "checked_at": crawled_at}
    )  # fmt: skip
    for check in checks:
        rows.add(CheckResult, check)


def write_article(rows: Rows, night: Night, number: int, pick: random.Random, crawled_at: datetime) -> int:
    """One article of a run, with its text; every ninth is a copy of one that another publisher has."""
    published = datetime(night.start.year, night.start.month, night.start.day, tzinfo=SHANGHAI) + timedelta(
        minutes=pick.randint(7 * 60, 22 * 60)
    )
    of = night.publisher
    shared = number % 9 == 4
    if shared:
        of, number_of_story = "tibet_net", number // 9
        title = f"全国基层气象服务站建设推进会召开（之{'一二三四五六七八九十'[number_of_story % 10]}）"
        published = published.replace(hour=10 + number_of_story % 8)
    else:
        title = pick.choice(_TITLES[of]).format(place=pick.choice(_PLACES[of]), n=pick.randint(2, 9))
    pair = number % 11 in (8, 9) and not shared
    if pair:
        title = f"{_PLACES[of][number // 11 % 4]}举行第{number // 11 + 3}届读书节"
    text = f"{title}。{'本报记者从会上获悉，' if shared else ''}{night.start}，各项工作有序推进。"
    layout = "generic" if number < night.generic else _LAYOUT[night.publisher][number % len(_LAYOUT[night.publisher])]
    return write_text(
        rows,
        night,
        key=f"{night.start:%Y%m%d}{number:04}",
        title=title,
        paragraphs=[text, "有关负责人表示，下一步将继续完善制度，做好服务。"],
        text=f"{title}\n{night.start}\n{'共' if shared else night.publisher + str(number)}",
        story=f"{night.start}/{number // 9}" if shared else f"{night.run_id}/{number // 11}" if pair else "",
        published=published,
        crawled_at=crawled_at,
        layout=layout,
        source=_SOURCE[night.publisher][number % len(_SOURCE[night.publisher])] if number % 13 else "",
        authors=["记者"] if number % 3 else [],
    )


def write_text(
    rows: Rows,
    night: Night,
    *,
    key: str,
    title: str,
    paragraphs: list[str],
    text: str,
    published: datetime | None,
    crawled_at: datetime,
    story: str = "",
    layout: str = "generic",
    source: str = "",
    authors: list[str] | None = None,
    url: str = "",
    kind: str = "article",
    ordinal: int = 1,
    revision_kind: str = "new",
    precision: str = "minute",
    body_html: str = "",
    images: list[dict[str, Any]] | None = None,
    attachments: list[dict[str, Any]] | None = None,
) -> int:
    """One revision of one article with everything that it refers to.

    Returns:
        The article's id.
    """
    site = publishers.load(night.publisher).sites[0].key
    url = url or f"https://{publishers.load(night.publisher).sites[0].hosts[0]}/{key}.html"
    article_id = identity("article", night.publisher, site, key)
    revision_id = identity("revision", article_id, ordinal)
    file = f"archive/{night.publisher}/{night.start:%Y/%m}/{night.start:%Y%m%d}.warc.gz"
    offset = identity("offset", key, night.run_id, ordinal) % 9_000_000
    capture_id = identity("capture", file, offset)
    content_id = identity("content", text)
    story_id = content_id
    if story:
        # The least content id of the story; here the first that was written of it.
        story_id = identity("story", story)
    rows.add(
        Content,
        {"content_id": content_id, "content_hash": content_id.to_bytes(16), "algorithm": 1,
          "day": night.start.toordinal(), "chars": len(text), "text": text, "story_id": story_id},
    )  # fmt: skip
    rows.add(
        Capture,
        {"id": capture_id, "file": file, "offset": offset, "length": 18_204, "sha256": f"{capture_id:064x}",
          "url": url, "status": 200, "content_type": "text/html", "fetched_at": crawled_at, "run_id": night.run_id,
          "charset_declared": "gb2312", "charset_used": "gb18030", "charset_how": "declared", "etag": None,
          "last_modified": None},
    )  # fmt: skip
    rows.add(
        Article,
        {"id": article_id, "publisher": night.publisher, "site": site, "key": key, "url": url, "kind": kind,
          "title": title, "published_at": published, "first_seen": crawled_at, "last_seen": crawled_at,
          "current_revision_id": revision_id},
    )  # fmt: skip
    rows.add(
        Revision,
        {"id": revision_id, "article_id": article_id, "ordinal": ordinal, "kind": revision_kind,
          "run_id": night.run_id, "capture_id": capture_id, "content_id": content_id,
          "record_hash": f"{revision_id:064x}", "parser_version": "2026.06", "layout": layout,
          "seen_from": crawled_at, "seen_to": crawled_at, "url": url, "title": title, "subtitle": "",
          "original_title": "", "source": source, "source_url": "", "first_publisher": "",
          "authors": authors or [], "editor": "", "published_at": published,
          "published_precision": precision if published else None,
          "published_printed": f"{published:%Y年%m月%d日 %H:%M}" if published else "", "published_from": "page",
          "modified_at": None, "breadcrumb": ["首页", "要闻"], "paragraphs": paragraphs, "body_html": body_html,
          "images": images or [], "attachments": attachments or [], "keywords": [], "site_id_code": "",
          "document": {}, "notes": []},
    )  # fmt: skip
    fate = "image_only" if kind == "image_only" else "loaded_new" if ordinal == 1 else "loaded_revision"
    write_event(rows, night, url, fate, crawled_at, layout=layout, capture_id=capture_id, key=key)
    return article_id


def write_event(
    rows: Rows,
    night: Night,
    url: str,
    fate: str,
    crawled_at: datetime,
    *,
    message: str = "",
    layout: str = "",
    capture_id: int | None = None,
    key: str | None = None,
) -> None:
    """One URL and what became of it in a run."""
    url_id = identity("url", url)
    rows.add(
        Url,
        {"id": url_id, "url": url, "publisher": night.publisher, "site": None, "key": key, "fate": fate,
          "last_run_id": night.run_id, "first_seen": crawled_at, "last_seen": crawled_at},
    )  # fmt: skip
    rows.add(
        UrlEvent,
        {"run_id": night.run_id, "url_id": url_id, "attempt": 1, "current": True, "fate": fate, "status": None,
          "message": message, "channels": [], "layout": layout, "capture_id": capture_id},
    )  # fmt: skip


def utc(moment: datetime) -> datetime:
    """The same moment in UTC, as the store gives it back."""
    return moment.astimezone(UTC)
