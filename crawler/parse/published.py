"""When a page was published, by what it prints, what its head says and where it stands."""

from __future__ import annotations

import re
from datetime import datetime

from crawler.parse.article import Article, Precision
from crawler.parse.byline import Credits, read_credits
from crawler.parse.dates import Moment, brief_time, first_time, from_url, labelled_time
from crawler.parse.line import Line
from crawler.parse.page import HtmlPage
from crawler.run import SHANGHAI

__all__ = ["TODAY", "read_time"]

_MODIFIED = re.compile(r"更新|修改|编辑时间")
_NOT_PUBLISHED = re.compile(r"成文|印发|生成|撰写|生效|失效|施行|截止|开始|结束|创建")
_MEETING = re.compile(
    r"(?:会议?|大会|人大|常委会|委员会)(?:第.{1,6}次会议)?(?:上|审议|通过|批准|修订|公布)|起施行|第.{1,6}号(?:公布|令)"
)
# （2021年6月1日）below the title: when a speech was held, if another time stands there.
_HELD = re.compile(r"[（(]\s?\d{4}\s?年\s?\d{1,2}\s?月\s?\d{1,2}\s?日\s?[）)]")
_CLOCK = re.compile(r"星期[一二三四五六日天]|农历|今天")
TODAY = re.compile(r"今天是|今日|现在是|欢迎|农历|当前时间|星期.{0,4}天气")
"""What tells today's date to the reader, which many sites print above their pages."""


def read_time(
    article: Article,
    page: HtmlPage,
    header: list[Line],
    above: list[Line],
    after: list[Line],
    found: Credits,
    marked: list[tuple[str, str]],
    below: list[tuple[str, str]],
    latest: datetime,
) -> None:
    """Set an article's times: printed beside the title, above it, below the text; then the head, the listing, the URL.

    Args:
        article: gets the times.
        page: the page.
        header: the lines between title and text.
        above: the lines right above the title, where some sites print the time.
        after: the lines after the text.
        found: what the header's credits said.
        marked: what stands in elements that name themselves, as (kind, text).
        below: the times that lines inside the text were labelled with, as (label, value).
        latest: a later time is not believed.
    """
    url_day = from_url(page.page.url, latest=latest)
    year = url_day.at.year if url_day is not None else None
    candidates: list[tuple[Moment, str]] = []
    updates: list[Moment] = []
    for kind, text in marked:
        if kind == "time" and (moment := labelled_time(text, latest=latest, year=year)):
            candidates.append((moment, "printed"))
    for label, value in found.times:
        if _NOT_PUBLISHED.search(label):
            continue
        moment = labelled_time(value, latest=latest, year=year)
        if moment is None:
            continue
        if _MODIFIED.search(label):
            article.modified_at = article.modified_at or moment.at
            updates.append(moment)
        else:
            candidates.append((moment, "printed"))
    held: list[tuple[Moment, str]] = []
    for line in header:
        if len(line.text) > 200 or TODAY.search(line.text):
            continue
        said = read_credits(line.text, loose=True)
        if (
            said is not None
            and said.times
            and all(_MODIFIED.search(label) or _NOT_PUBLISHED.search(label) for label, _ in said.times)
        ):
            continue
        moment = first_time(line.text, latest=latest)
        if moment is not None and len(moment.precision) == 3 and _MEETING.search(line.text):
            continue
        if moment is not None and (len(line.text) <= 90 or line.text.find(moment.printed) < 40):
            if len(moment.precision) == 3 and _HELD.fullmatch(line.text):
                held.append((moment, "printed"))
            else:
                candidates.append((moment, "printed"))
    candidates = candidates or held
    if not candidates:
        joined = " ".join(line.text for line in header if len(line.text) <= 40)
        moment = first_time(joined, latest=latest) if joined and not TODAY.search(joined) else None
        if moment is not None:
            candidates.append((moment, "printed"))
    if not candidates:
        candidates.extend(
            (moment, "printed")
            for line in header
            if len(line.text) <= 60 and (moment := brief_time(line.text, latest=latest)) is not None
        )
    if not candidates and url_day is not None:
        # 06月13日 09:12 on a page whose address names the same day: the year is known.
        for line in header:
            yearless = labelled_time(line.text, latest=latest, year=year) if len(line.text) <= 60 else None
            if yearless is not None and yearless.at.date() == url_day.at.date():
                candidates.append((yearless, "printed"))
                break
    if not candidates:
        for line in reversed(above):
            if (
                len(line.text) <= 120
                and not TODAY.search(line.text)
                and not _CLOCK.search(line.text)
                and (moment := first_time(line.text, latest=latest))
            ):
                candidates.append((moment, "printed above the title"))
                break
    if not candidates:
        candidates.extend(
            (moment, "printed below the text")
            for label, value in below
            if not _MODIFIED.search(label)
            and not _NOT_PUBLISHED.search(label)
            and (moment := labelled_time(value, latest=latest, year=year)) is not None
        )
    if not candidates:
        for line in after[:12]:
            if re.match(r"(?:编辑于|发布于|发表于|posted (?:on|@))\s?\d", line.text) and (
                moment := first_time(line.text, latest=latest)
            ):
                candidates.append((moment, "printed below the text"))
            said = read_credits(line.text, loose=True) if len(line.text) <= 90 else None
            if said is not None:
                for label, value in said.times:
                    if (
                        not _MODIFIED.search(label)
                        and not _NOT_PUBLISHED.search(label)
                        and (moment := labelled_time(value, latest=latest, year=year))
                    ):
                        candidates.append((moment, "printed below the text"))
    if not candidates and updates:
        # 更新时间 alone is what some systems call the day on which they published.
        candidates.append((updates[0], "printed as the update"))
        article.modified_at = None
    if candidates:
        chosen, where = candidates[0]
        # A time of day beside a bare day of the same date is the better print of the same time.
        for moment, place in candidates[1:]:
            if len(chosen.precision) == 3 and len(moment.precision) > 3 and moment.at.date() == chosen.at.date():
                chosen, where = moment, place
                break
        meta = _meta_time(page, latest)
        if (
            meta is not None
            and len(chosen.precision) == 3
            and len(meta[0].precision) > 3
            and meta[0].at.date() == chosen.at.date()
        ):
            chosen, where = meta
        elif (
            meta is not None
            and chosen.precision is Precision.MINUTE
            and meta[0].precision is Precision.SECOND
            and meta[0].at.replace(second=0) == chosen.at
        ):
            # The head holds the same minute with its seconds: the print is borne out and made exact.
            chosen, where = Moment(meta[0].at, Precision.SECOND, chosen.printed), f"{where}, seconds from {meta[1]}"
    else:
        meta = _meta_time(page, latest)
        listed = page.page.listed
        if meta is not None:
            chosen, where = meta
        elif listed is not None and listed.time is not None:
            chosen, where = (
                Moment(listed.time.astimezone(SHANGHAI), Precision.SECOND, listed.time.isoformat()),
                "listing",
            )
        elif (scripted := _script_time(page, latest)) is not None and (
            scripted[1] != "script in the page" or url_day is None or url_day.at.date() == scripted[0].at.date()
        ):
            chosen, where = scripted
        elif url_day is not None:
            chosen, where = url_day, "url"
        else:
            return
    article.published_at = chosen.at
    article.published_precision = chosen.precision
    article.published_printed = chosen.printed
    article.published_from = where


_STAMP = re.compile(r"\b(?:ct|oriCreateTime|createTime)\s*=\s*[\"'](\d{10})[\"']")
_JSON_TIME = re.compile(r"\"(?:datePublished|pubDate)\"\s*:\s*\"([^\"]{8,40})\"")


_EXACT = r"[\"'](?P<time>20\d{2}[-/]\d{1,2}[-/]\d{1,2}\s\d{1,2}:\d{2}(?::\d{2})?)[\"']"
_QUOTED = re.compile(r"[\"']20\d\d[-/]\d")
"""Cheap, and on few pages."""
_SET_TIME = re.compile(
    r"(?:pub|publish|news|release|doc_?rel|post|article|info)_?-?(?:time|date)[\"']?\)?[\w.$()]{0,30}\s{0,2}"
    rf"(?:=|\(|,)\s{{0,2}}{_EXACT}",
    re.I,
)
_WRITTEN_TIME = re.compile(
    rf"(?:时间|日期)\s{{0,2}}[:：]\s{{0,4}}(?:<(?!script)[^<>]{{0,80}}>\s{{0,4}}){{0,3}}<script[^<>]{{0,80}}>[^<]{{0,200}}?{_EXACT}"
)


def _script_time(page: HtmlPage, latest: datetime) -> tuple[Moment, str] | None:
    """The time that a script gives: 微信 sets it only there, linked data beside what is printed."""
    stamp = _STAMP.search(page.source) if page.has("#js_content") else None
    if stamp is not None:
        at = datetime.fromtimestamp(int(stamp.group(1)), SHANGHAI)
        return (Moment(at, Precision.SECOND, stamp.group(1)), "script") if at <= latest else None
    match = _JSON_TIME.search(page.source) if "ld+json" in page.source else None
    moment = labelled_time(match.group(1), latest=latest) if match is not None else None
    if moment is not None:
        return moment, "linked data"
    # Some systems write the time into an empty element, or where it belongs.
    for pattern in (_SET_TIME, _WRITTEN_TIME) if _QUOTED.search(page.source) is not None else ():
        match = pattern.search(page.source)
        moment = first_time(match["time"], latest=latest) if match is not None else None
        if moment is not None:
            return moment, "script in the page"
    return None


_TIME_METAS = (
    "weibo:article:create_at",
    "pubdate",
    "firstpublishedtime",
    "article:published_time",
    "og:time",
    "og:release_date",
    "publishdate",
    "bytedance:published_time",
    "datepublished",
    "og:published_time",
    "publish_time",
    "article:published",
    "createdate",
    "date",
    "dc.date",
)


def _meta_time(page: HtmlPage, latest: datetime) -> tuple[Moment, str] | None:
    """The time of the meta tags, the most exact first; a page's generation time is none."""
    metas = page.metas
    generated = metas.get("others", "")
    best: tuple[Moment, str] | None = None
    for name in _TIME_METAS:
        value = metas.get(name, "")
        if not value or (value in generated and name == "pubdate"):
            continue
        moment = labelled_time(value, latest=latest)
        if moment is not None and (best is None or (len(best[0].precision) == 3 and len(moment.precision) > 3)):
            best = (moment, f"meta {name}")
    if best is None and generated and metas.get("pubdate"):
        return None
    return best
