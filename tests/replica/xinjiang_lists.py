"""The lists of Xinjiang's portals: pages of rows, one whose rows are JSON, one whose pages count down."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.replica import xinjiang_pages as pages
from tests.replica.model import Answer, Entry, Request, listed_page, paged, varied_rows
from tests.replica.stories import title_of

if TYPE_CHECKING:
    from tests.replica.xinjiang import Xinjiang

__all__ = ["BOL", "BOZ", "COLUMNS", "JINGHE", "KLMY", "PORTAL", "SITES", "TITLES", "VSB", "Lists"]

PORTAL, BOZ, BOL, JINGHE, KLMY = (
    "www.xinjiang.gov.cn",
    "www.xjboz.gov.cn",
    "www.xjbl.gov.cn",
    "www.xjjh.gov.cn",
    "www.klmy.gov.cn",
)
SITES = {PORTAL: "xinjiang", BOZ: "xjboz", BOL: "xjbl", JINGHE: "xjjh", KLMY: "klmy"}
TITLES = {
    "xinjiang": "新疆维吾尔自治区人民政府网",
    "xjboz": "博尔塔拉蒙古自治州人民政府网",
    "xjbl": "博乐市人民政府网",
    "xjjh": "精河县人民政府网",
    "klmy": "克拉玛依市人民政府网",
}

# channel -> host, list path without suffix, name, column path, articles a dense day, rows a page, topics
COLUMNS: dict[str, tuple[str, str, str, str, int, int, tuple[str, ...]]] = {
    "xjyw": (
        PORTAL,
        "/xinjiang/xjyw/common_list",
        "新疆要闻",
        "xinjiang/xjyw",
        8,
        20,
        ("meeting", "infra", "agri", "tourism", "ecology", "aid", "health", "tech"),
    ),
    "fgwjx": (PORTAL, "/xinjiang/fgwjx/common_listfgwj", "法规文件", "xinjiang/fgwjx", 2, 20, ("policy",)),
    "gfxwj": (PORTAL, "/xinjiang/gfxwj1/zfxxgk_zc_gfxwj", "规范性文件", "xinjiang/gfxwj1", 1, 20, ("policy",)),
    "zcjd": (PORTAL, "/xinjiang/zcjd/zcjd", "政策解读", "xinjiang/zcjd", 1, 20, ("policy", "education", "health")),
    "xjboz_c125795": (
        BOZ,
        "/xjboz/c125795/common_list",
        "博州要闻",
        "xjboz/c125795",
        5,
        15,
        ("meeting", "festival", "ecology", "infra", "people"),
    ),
    "xjbl_c126850": (
        BOL,
        "/xjbl/c126850/common_list",
        "博乐要闻",
        "xjbl/c126850",
        5,
        15,
        ("agri", "safety", "education", "notice", "tourism"),
    ),
    "klmy_c100186": (
        KLMY,
        "/klmys/c100186/common_list",
        "油城要闻",
        "klmys/c100186",
        4,
        20,
        ("tech", "infra", "weather", "education"),
    ),
    "xjjh_zxbb": (
        JINGHE,
        "/ztzl/zxbb",
        "最新播报",
        "info/1012",
        5,
        18,
        ("agri", "meeting", "health", "people", "weather"),
    ),
    "xjbl_zbtb": (BOL, "/zdlygk/zbtb", "招标通报", "info/1292", 0, 15, ("notice",)),
}
VSB = {"xjjh_zxbb", "xjbl_zbtb"}


class Lists:
    """What the portals list.

    Args:
        site: whose entries.
    """

    def __init__(self, site: Xinjiang) -> None:
        self._site = site
        self._made: dict[tuple[str, int], list[list[tuple[Entry, str]]]] = {}

    def answer(self, host: str, request: Request) -> Answer | None:
        """A page of a list, or its JSON; None where the address is no list's."""
        path = request.path
        for channel, (its_host, stem, name, _, _, size, _) in COLUMNS.items():
            if its_host != host:
                continue
            rows = self._pages(channel, request.state)
            identifier = self._site.world.digest(f"channel/{channel}")
            if channel == "klmy_c100186":
                if path == f"{stem}.shtml":
                    return self._html(pages.script_list(self._site.world, "klmy", TITLES["klmy"], name, identifier))
                if path == f"/search/{identifier}":
                    return self._json_list(channel, identifier, request)
                continue
            if channel in VSB:
                found = listed_page(rows, 1, request, self._site.world.today, size)
                total, page = found[1] if found else 0, 0
                if path == f"{stem}.htm":
                    page = 1
                elif path.startswith(f"{stem}/") and path.endswith(".htm"):
                    digits = path[len(stem) + 1 : -4]
                    # Pages count down: the file with the highest number stands next to the first page.
                    page = total - int(digits) + 1 if digits.isdigit() and 0 < int(digits) < total else 0
                found = listed_page(rows, page, request, self._site.world.today, size) if page else None
                if found is not None:
                    count = sum(map(len, rows))
                    return self._html(pages.vsb_list(self._site.world, stem, name, found[0], page, total, count))
                continue
            number = 1
            bare = path.removesuffix(".shtml")
            if bare != stem:
                if not bare.startswith(f"{stem}_") or not bare[len(stem) + 1 :].isdigit():
                    continue
                number = int(bare[len(stem) + 1 :])
                if number < 2:
                    continue
            found = (
                listed_page(rows, number, request, self._site.world.today, size) if path.endswith(".shtml") else None
            )
            if found is not None:
                return self._html(
                    pages.ucap_list(
                        self._site.world,
                        SITES[host],
                        TITLES[SITES[host]],
                        stem,
                        name,
                        identifier,
                        found[0],
                        number,
                        found[1],
                        sum(map(len, rows)),
                    )
                )
        return None

    @staticmethod
    def _html(text: str) -> Answer:
        return Answer(text.encode(), role="listing", etag=False)

    def _json_list(self, channel: str, identifier: str, request: Request) -> Answer:
        rows = varied_rows(
            [row for page in self._pages(channel, request.state) for row in page], request, self._site.world.today
        )
        size = max(1, min(50, int(request.query.get("_pageSize") or 20)))
        page = max(1, int(request.query.get("page") or 1))
        results = []
        start = (page - 1) * size if request.variant != "endless" else 0
        for entry, url in rows[start : start + size]:
            rng = entry.rng("json")
            parts = urlsplit(url)
            # publishedTime is off by the hours that a time zone makes; publishedTimeStr is what the site shows.
            stamp = int(entry.published.timestamp() * 1000) + rng.choice((0, 0, 28_800_000, -28_800_000))
            results.append(
                {
                    "title": title_of(entry.plan),
                    "content": "",
                    "contentHtml": "",
                    "memo": "",
                    "url": rng.choice((url, f"//{parts.netloc}{parts.path}", parts.path)),
                    "publishedTime": stamp,
                    "publishedTimeStr": f"{entry.published:%Y-%m-%d %H:%M:%S}",
                    "channelName": COLUMNS[channel][2],
                    "channelCodeName": "c100186",
                    "manuscriptId": entry.key,
                    "resList": [],
                    "domainMetaList": [],
                }
            )
        data = {
            "page": page,
            "rows": size,
            "total": len(rows) if request.variant != "endless" else 999_999,
            "channelId": identifier,
            "channelName": COLUMNS[channel][2],
            "results": results,
        }
        return Answer(
            json.dumps({"data": data}, ensure_ascii=False).encode(),
            "application/json;charset=UTF-8",
            etag=False,
            role="listing",
        )

    def _pages(self, channel: str, state: int) -> list[list[tuple[Entry, str]]]:
        cached = self._made.get((channel, state))
        if cached is not None:
            return cached
        rows: list[tuple[float, str, Entry]] = []
        for entry in self._site.entries:
            if entry.listed_from > state:
                continue
            rng = entry.rng(f"rank/{channel}")
            place = entry.published.timestamp() + (rng.uniform(-15000, 15000) if rng.random() < 0.07 else 0)
            if channel in entry.channels:
                rows.append((place, entry.url, entry))
            rows.extend((place - 10, url, entry) for other, url in entry.extra_links if other == channel)
        rows.sort(key=lambda row: (-row[0], row[1]))
        result = paged([(entry, url) for _, url, entry in rows], COLUMNS[channel][5])
        self._made[channel, state] = result
        return result
