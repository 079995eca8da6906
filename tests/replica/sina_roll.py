# ruff: noqa: E501 -- Chinese characters count double
"""The roll API of Sina, with the traps of the live one."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, time
from random import Random
from typing import TYPE_CHECKING, Any

from tests.replica.model import SHANGHAI, Answer, Entry, Request, varied_rows
from tests.replica.stories import title_of

if TYPE_CHECKING:
    from tests.replica.sina import Sina

__all__ = ["API", "MOBILE", "Roll", "publish_id"]

API = "feed.mix.sina.com.cn"
MOBILE = "finance.sina.cn"

# pageid, lid -> channel key of the registry; every other column of the API's table shows a part of 财经.
COLUMNS: dict[tuple[str, str], str] = {
    ("153", "2516"): "finance_all",
    ("153", "2517"): "stock_all",
    ("155", "1686"): "china_roll",
    ("155", "1687"): "macro",
    ("155", "1690"): "banking",
    ("384", "2519"): "roll",
    ("384", "2672"): "stock_us",
    ("384", "2674"): "stock_hk",
}
_OTHER_LIDS = {
    "153": "2509 2510 2511 2669 2512 2513 2514 2515 2518",
    "155": "1688 1689 3231",
    "384": "2671 2673 2675 2676 2487",
}
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def publish_id(rng: Random) -> str:
    """Seven letters and seven digits; in 2026 most begin with n, and some with i, which the `i` before it hides."""
    first = "i" if rng.random() < 0.12 else "n"
    return first + "".join(rng.choice(_LETTERS) for _ in range(6)) + f"{rng.randint(0, 9_999_999):07d}"


class Roll:
    """What the API has of one Sina.

    Args:
        site: whose entries.
        hiccups: whether it is busy now and then, with `data: {}`.
    """

    def __init__(self, site: Sina, *, hiccups: bool) -> None:
        self._site = site
        self._hiccups = hiccups
        self._failed: set[str] = set()
        self._rows: dict[tuple[str, int], list[tuple[Entry, str]]] = {}

    def answer(self, request: Request) -> Answer:
        """What the API says to a request, its mistakes included."""
        query = request.query
        pageid, lid = query.get("pageid", ""), query.get("lid", "")
        mark = f"{pageid}/{lid}/{query.get('page', '1')}/{query.get('etime', '')}"
        if (
            self._hiccups
            and not request.variant
            and self._site.world.rng(f"hiccup/{mark}").random() < 0.04
            and mark not in self._failed
        ):
            self._failed.add(mark)
            busy = {"result": {"status": {"code": 11, "msg": "system busy"}, "timestamp": "", "data": {}}}
            return dataclasses.replace(self._json(busy), cache=False)
        if (pageid, lid) not in COLUMNS and lid not in _OTHER_LIDS.get(pageid, "").split():
            return self._json({"result": {"status": {"code": 12, "msg": "lid invalid"}, "data": {}}})
        rows = varied_rows(self._column(pageid, lid, request.state), request, self._site.world.today)
        if pageid == "153" and query.get("etime", "").isdigit() and query.get("stime", "").isdigit():
            first, last = int(query["etime"]), int(query["stime"])
            rows = [row for row in rows if first <= row[0].published.timestamp() < last]
        size = min(50, int(query.get("num", "50") or 50))
        page = max(1, int(query.get("page", "1") or 1))
        start = (page - 1) * size if request.variant != "endless" else 0
        data = [self._row(entry, url, lid) for entry, url in rows[start : start + size]]
        now = datetime.combine(self._site.world.today, time(7, 30), SHANGHAI)
        return self._json(
            {
                "result": {
                    "status": {"code": 0, "msg": "succ"},
                    "timestamp": f"{now:%a %b %d %H:%M:%S +0800 %Y}",
                    "rtime": int(now.timestamp()),
                    "total": len(rows) if request.variant != "endless" else 999_999,
                    "lid": lid,
                    "top": {},
                    "pdps": [],
                    "cre": [],
                    "data": data,
                }
            }
        )

    @staticmethod
    def _json(data: dict[str, Any]) -> Answer:
        return Answer(
            json.dumps(data, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode(),
            "application/json",
            etag=False,
            role="listing",
            headers=(("Cache-Control", "max-age=0"),),
        )

    def _column(self, pageid: str, lid: str, state: int) -> list[tuple[Entry, str]]:
        channel = COLUMNS.get((pageid, lid), f"lid{lid}")
        cached = self._rows.get((channel, state))
        if cached is not None:
            return cached
        rows: list[tuple[float, Entry, str]] = []
        for entry in self._site.entries:
            if entry.listed_from > state:
                continue
            rng = entry.rng(f"rank/{channel}")
            if channel.startswith("lid"):
                if rng.random() < 0.3:
                    rows.append((entry.published.timestamp(), entry, entry.url))
                continue
            # Rows are re-ordered by the editors: one in eight stands up to an hour and a half off its place.
            shift = rng.uniform(-5400, 5400) if rng.random() < 0.12 else 0.0
            if channel in entry.channels:
                rows.append((entry.published.timestamp() + shift, entry, entry.url))
            for other, url in entry.extra_links:
                if other == channel:
                    rows.append((entry.published.timestamp() + shift - 60, entry, url))
        rows.sort(key=lambda row: (-row[0], row[2]))
        result = [(entry, url) for _, entry, url in rows]
        self._rows[channel, state] = result
        return result

    def _row(self, entry: Entry, url: str, lid: str) -> dict[str, Any]:
        rng = entry.rng("row")
        text = self._site.text(entry, 0) if entry.kind == "article" else None
        stamp = int(entry.published.timestamp())
        title = text.title if text else self._plain_title(entry)
        pid = entry.key if entry.layout != "gbk2013" else publish_id(rng)
        picture = f"https://n.sinaimg.cn/finance/transform/{rng.randint(100, 999)}/w550h{rng.randint(280, 360)}/{entry.day:%Y%m%d}/{rng.randrange(16**8):08x}.jpg"
        image: Any = [] if rng.random() < 0.5 else {"u": picture, "w": rng.choice(("550", 550)), "h": 310, "alt": ""}
        return {
            "oid": str(rng.randint(10**8, 10**9)),
            "docid": f"comos:{pid}",
            "lids": f"{lid},{rng.choice(('2516', '1686', '76524'))}",
            "url": url,
            "wapurl": f"https://{MOBILE}/{entry.day}/detail-i{pid}.d.html?vt=4",
            # As the feed has them: a title may hold HTML entities.
            "title": title.replace("&", "&amp;")
            .replace('"', "&quot;")
            .replace("·", rng.choice(("·", "&middot;", "&#183;"))),
            "stitle": "",
            "intro": (text.paragraphs[0][:88] if text else title),
            "summary": "",
            "wapsummary": "",
            "keywords": ",".join(text.keywords) if text else "",
            "media_name": text.source if text else "新浪财经",
            "author": text.authors[0] if text and text.authors and rng.random() < 0.5 else "",
            "ctime": str(stamp),
            "mtime": str(stamp + rng.choice((0, 41, 600, 5400))),
            "intime": str(stamp + rng.choice((0, 2, 9))),
            "img": image,
            "images": [image] if isinstance(image, dict) else [],
            "commentid": f"cj:comos-{pid}",
            "comment_total": rng.randint(0, 80),
            "comment_show": 0,
            "hqChart": {} if rng.random() < 0.8 else [],
            "categoryid": "1",
        }

    @staticmethod
    def _plain_title(entry: Entry) -> str:
        prefix = {"gallery": "组图：", "video": "视频：", "off_site": ""}.get(entry.kind, "")
        return prefix + title_of(entry.plan)
