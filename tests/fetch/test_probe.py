"""The first person with the live site before them sees what differs from publisher.toml, for one request each."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from crawler import tables
from crawler.cli import main
from crawler.config import Config, load_config
from crawler.fetch.probe import probe
from crawler.publishers import get
from crawler.tables import table, width
from tests.fetch.site import Answer, Site, article, trs_list

HOME = "https://www.tibet.cn"


def test_a_probe_shows_what_each_channel_answers_and_reads_one_article() -> None:
    site = Site()
    site.add(f"{HOME}/robots.txt", b"User-agent: *\nDisallow: /cn/politics/\nCrawl-delay: 0.1\n")
    site.add(f"{HOME}/cn/news/yc/", trs_list([(f"202606/t20260615_{n}.html", "羌塘") for n in range(3)], pages=9))
    site.add(f"{HOME}/cn/news/yc/202606/t20260615_0.html", article("羌塘草原转场"))
    site.add(f"{HOME}/cn/news/zx/", "<html><body>改版了</body></html>")
    site.add(f"{HOME}/cn/news/zcdt/", Answer(b"", 404))
    site.add(f"{HOME}/cn/Instant/", Answer(b"", 404))
    with site.served() as gateway:
        rows = {
            what: (seen, says) for what, seen, says in probe(get("tibet_net"), Config(gateway=gateway, delay_seconds=0))
        }
    assert sorted(site.paths()) == [
        "/cn/Instant/",
        "/cn/news/yc/",
        "/cn/news/yc/202606/t20260615_0.html",
        "/cn/news/zcdt/",
        "/cn/news/zx/",
    ]
    robots = rows[f"{HOME}/robots.txt"][0]
    assert robots.startswith("200, ")
    assert "Crawl-delay 0.1 s" in robots
    assert "keeps us out of https://www.tibet.cn/cn/politics/" in robots
    assert rows["channel yc"] == (
        "200 text/html; 3 links, no total, newest 2026-06-15",
        "原创 https://www.tibet.cn/cn/news/yc/",
    )
    assert rows["channel zcdt"][0].startswith("404")
    seen = rows[f"article {HOME}/cn/news/yc/202606/t20260615_0.html"][0]
    assert "羌塘草原转场" in seen
    assert "2026-06-15 09:30:00" in seen
    assert any(what == "problem" for what in rows)
    wanted = get("tibet_net").expectations
    says = rows["expectations"][1]
    assert [name for name in wanted.guessed if f"{name} {getattr(wanted, name)} (a guess)" not in says] == []


@pytest.mark.parametrize("columns", [80, 132])
def test_what_a_probe_shows_fits_the_window_and_lacks_no_word(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIBAO_GATEWAY", "http://127.0.0.1:9")
    monkeypatch.setattr(tables, "window", lambda: columns)
    load_config(fresh=True)
    shown = CliRunner().invoke(main, ["probe", "tibet_net"])
    assert shown.exit_code == 0, shown.output
    assert max(map(width, shown.output.splitlines())) <= columns
    joined = "".join(shown.output.split())
    assert "https://www.tibet.cn/robots.txtcannotbehad" in joined
    for channel in get("tibet_net").channels:
        assert channel.name in joined
        assert channel.url in shown.output


def test_the_title_of_a_page_is_no_markup() -> None:
    shown = table(["what", "seen"], [["article", "[red]羌塘[/red] [/b] :smile: " * 4]], 80)
    assert "[red]羌塘[/red] [/b] :smile:" in shown
