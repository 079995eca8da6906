"""The Corpus page as a person meets it: inside Airflow, in both themes, on a small screen, by keyboard."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from crawler.run import SHANGHAI
from tests.browser.conftest import RunningAirflow, picture, yesterday
from tests.corpus.sample import Night, Rows, fill, write_text

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


def open_corpus(window: Any) -> Any:
    """Through the navigation, as a person does; the frame with the page."""
    window.get_by_role("link", name="Corpus").first.click()
    frame = window.frame_locator("iframe[title=Corpus]")
    frame.get_by_role("heading", name="The corpus").wait_for(timeout=60_000)
    return frame


def open_newest(window: Any) -> None:
    window.locator(".newest h3 a").first.click()
    window.get_by_role("heading", name="Where its bytes lie").wait_for()


def test_the_navigation_leads_to_the_page_and_a_day_leads_to_its_run(window: Any, airflow: RunningAirflow) -> None:
    day = yesterday()
    run_id = airflow.api.trigger(
        "ingest_tibet_net", {"from": f"{day}", "to": f"{day + timedelta(days=1)}"}, "asked for by a test"
    )
    frame = open_corpus(window)
    assert "/plugin/corpus" in window.url
    window.wait_for_timeout(500)
    picture(window, "corpus")
    frame.get_by_role("table").first.get_by_role("row", name="中国西藏网").get_by_role("link").last.click()
    window.wait_for_url("**/dags/ingest_tibet_net/runs/**", timeout=60_000)
    assert run_id in window.url.replace("%3A", ":").replace("%2B", "+")


def test_an_article_opens_with_its_text_and_leads_back(window: Any) -> None:
    frame = open_corpus(window)
    title = frame.locator(".newest h3 a").first
    words = title.inner_text()
    title.click()
    frame.get_by_role("heading", name="Where its bytes lie").wait_for()
    assert frame.get_by_role("heading", level=1).inner_text() == words
    picture(window, "article")
    frame.get_by_role("link", name="The corpus").click()
    frame.get_by_role("heading", name="Coverage").wait_for()


def test_the_tab_of_a_dag_shows_its_publisher(window: Any) -> None:
    window.goto("/dags/ingest_sichuan_gov")
    # The tabs stand in the page, the navigation's link beside them.
    window.locator("a[href*='corpus-of-dag']").click()
    frame = window.frame_locator("iframe[title=Corpus]")
    frame.get_by_role("heading", name="Coverage").wait_for(timeout=60_000)
    rows = frame.locator(".calendar tbody th")
    assert rows.all_inner_texts() == ["四川省人民政府"]
    picture(window, "dag-tab")


def test_the_page_follows_the_theme_of_airflow(window: Any) -> None:
    window.evaluate("localStorage.setItem('theme', 'dark')")
    window.reload()
    frame = open_corpus(window)
    root = frame.locator("html")
    window.wait_for_timeout(500)
    assert root.get_attribute("data-theme") == "dark"
    assert root.evaluate("e => getComputedStyle(document.body).backgroundColor") == "rgb(23, 24, 26)"
    picture(window, "corpus-dark")
    window.evaluate("document.documentElement.className = 'light'; document.documentElement.style.colorScheme = ''")
    window.wait_for_timeout(300)
    assert root.evaluate("e => getComputedStyle(document.body).backgroundColor") == "rgb(251, 249, 244)"


def test_a_new_night_is_on_the_page_at_once(window: Any, airflow: RunningAirflow) -> None:
    frame = open_corpus(window)
    articles = frame.locator(".totals dd").first
    before = int(articles.inner_text().replace(",", ""))
    gap = yesterday() - timedelta(days=11)
    night = Night("tibet_net", gap, gap + timedelta(days=1), articles=17)
    airflow.store.write(lambda connection: fill(connection, [night]))
    window.reload()
    frame.get_by_role("heading", name="The corpus").wait_for(timeout=60_000)
    assert int(articles.inner_text().replace(",", "")) == before + 17
    assert frame.locator(f'a[href$="/tibet_net/{gap}/{gap + timedelta(days=1)}"]').first.inner_text().startswith("17")


def test_what_a_hostile_site_prints_is_shown_as_it_stands(window: Any, airflow: RunningAirflow) -> None:
    night = Night("tibet_net", yesterday(), yesterday() + timedelta(days=1))
    hostile = "<img src=//evil.example/x onerror=\"document.title='mine'\"><script>document.title='mine'</script>"

    def work(connection: Any) -> None:
        rows = Rows()
        write_text(
            rows,
            night,
            key="hostile",
            title=f"标题{hostile}",
            source=f"来源{hostile}",
            paragraphs=[hostile],
            text=hostile,
            published=datetime.combine(yesterday(), time(23, 59), SHANGHAI),
            crawled_at=datetime.now(SHANGHAI),
        )
        rows.write(connection)

    airflow.store.write(work)
    frame = open_corpus(window)
    assert f"标题{hostile}" in frame.locator(".newest").inner_text()
    assert f"来源{hostile}" in frame.locator(".newest").inner_text()
    picture(window, "hostile")
    frame.locator(".newest h3 a", has_text="标题").first.click()
    frame.get_by_role("heading", name="Where its bytes lie").wait_for()
    assert frame.get_by_role("heading", level=1).inner_text() == f"标题{hostile}"
    assert frame.locator("img, script:not([src])").count() == 0
    assert frame.locator("html").evaluate("() => document.title") != "mine"
    assert window.title() != "mine"


_SCHEMES = [{"color_scheme": "light"}, {"color_scheme": "dark"}]
_SMALL = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2}


def test_a_narrow_column_holds_its_tables(window: Any) -> None:
    """A table that is wider than its column lies over the page's edge, where its last words are not seen."""
    window.goto("/corpus/")
    window.locator(".aside table").first.wait_for()
    right = "getBoundingClientRect().right"
    for width in (1060, 1180, 1300):
        window.set_viewport_size({"width": width, "height": 1000})
        over = window.evaluate(
            f"Array.from(document.querySelectorAll('.aside table')).map(e => e.{right} - e.parentElement.{right})"
        )
        assert max(over) < 1, width


@pytest.mark.parametrize("window", [_SMALL, {**_SMALL, "color_scheme": "dark"}], indirect=True)
def test_a_small_screen_scrolls_the_tables_and_not_the_page(window: Any) -> None:
    window.goto("/corpus/")
    assert window.evaluate("document.documentElement.scrollWidth") == 360
    # The newest days are what a person wants to see first.
    last = window.locator(".calendar tbody tr").first.locator("td").last.bounding_box()
    assert last["x"] + last["width"] <= 360
    dark = window.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    picture(window, "corpus-small-dark" if dark else "corpus-small")
    open_newest(window)
    assert window.evaluate("document.documentElement.scrollWidth") == 360


# WCAG 2.1, 1.4.3: 4.5 to 1 for text. The colours are those that the browser came to.
_FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const ground = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = rgb(getComputedStyle(e).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !element.checkVisibility() || element.closest("svg, .hidden")) continue;
    const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(`${element.outerHTML.slice(0, 80)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""


@pytest.mark.parametrize("window", _SCHEMES, indirect=True)
def test_every_text_can_be_read_against_its_ground(window: Any) -> None:
    window.goto("/corpus/")
    window.locator("summary").click()
    assert window.evaluate(_FAINT) == []
    open_newest(window)
    assert window.evaluate(_FAINT) == []


def test_headings_tables_and_keys_serve_who_cannot_see_or_point(window: Any) -> None:
    window.goto("/corpus/")
    levels = window.evaluate("[...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    # Each cell belongs to a row and a column that are named.
    assert window.evaluate("[...document.querySelectorAll('tbody tr')].every(r => r.querySelector('th[scope=row]'))")
    assert window.evaluate("[...document.querySelectorAll('table')].every(t => t.querySelector('th[scope=col]'))")
    # What can be scrolled can be reached by key, and says what it is.
    assert window.evaluate(
        "[...document.querySelectorAll('.scroll')].every(e => e.tabIndex === 0 && e.getAttribute('aria-labelledby'))"
    )
    # Nothing is said by colour alone: two days of different states have different words.
    words = window.evaluate(
        "[...document.querySelectorAll('a.cell')].map(c => [c.classList[1], c.querySelector('.hidden').textContent])"
    )
    by_state = {state: {text.split(", ", 1)[1] for kind, text in words if kind == state} for state, _ in words}
    assert all(len(texts) == 1 for texts in by_state.values())
    assert len(set.union(*by_state.values())) == len(by_state) >= 5
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.textContent") == "Skip to the content"
    window.keyboard.press("Enter")
    assert window.url.endswith("#main")
    window.keyboard.press("Tab")
    assert window.evaluate("document.activeElement.closest('main') !== null")


@pytest.mark.parametrize("window", [*_SCHEMES, {"viewport": {"width": 390, "height": 844}}], indirect=True)
def test_axe_finds_nothing_that_shuts_anybody_out(window: Any) -> None:
    """axe-core's rules for WCAG 2.2 A and AA, and its advice on good practice."""
    for path in ("/corpus/", "/corpus/?publisher=tibet_net"):
        window.goto(path)
        for folded in window.locator("summary").all():
            folded.click()
        assert _axe(window) == []
    open_newest(window)
    assert _axe(window) == []


def _axe(window: Any) -> list[str]:
    found = Axe().run(window).response["violations"]
    return [f"{rule['id']}: {rule['help']}: {node['html'][:120]}" for rule in found for node in rule["nodes"]]
