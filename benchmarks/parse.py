"""Parse from stored bytes to an Article, beside bare lxml, readability-lxml and trafilatura on the same pages.

    python benchmarks/parse.py [--pages DIR] [--rounds 5]

DIR holds saved pages (the golden pages by default, each padded to the size of a real one). CPU milliseconds per page,
the best of several shuffled rounds, in one process. What a reader remembers of lines and dates (trafilatura and ours
do) is forgotten before each of its rounds, so that every page is read for the first time. A peer that is not installed
is left out (requirements-dev.txt holds them). Goals: 8 times readability, 20 times trafilatura, 0.4 of lxml; what was
tried to reach them stands in docs/layouts.md.

trafilatura is measured as its users call it, with the metadata that our record holds too (title, author, date, site),
and beside that without its fallbacks and metadata (`fast=True`), which reads neither a date nor an author.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from lxml import html

from crawler.parse import parse_page
from crawler.parse.article import Page
from crawler.parse.decode import decode

PAGES = Path(__file__).parent.parent / "tests" / "parse" / "pages"
GOALS = {"readability": 8.0, "trafilatura": 20.0, "lxml": 0.4}
FAST = "trafilatura fast"


TEXTS: dict[str, str] = {}
"""The pages decoded beforehand: what bare lxml is measured on."""


def load(folder: Path, padded: bool) -> list[Page]:
    pages = []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".html", ".htm", ".shtml"):
            continue
        body = path.read_bytes()
        if padded:
            body = pad(body)
        page = Page(f"https://www.example.cn/{path.stem}.html", body, "text/html")
        TEXTS[page.url] = decode(page.body).text
        pages.append(page)
    return pages


def pad(body: bytes) -> bytes:
    """A golden page with the scripts, menus and lists that make a real one 60 to 200 KB."""
    items = "".join(
        f'<li class="item i{n}"><a href="/a/{n}.html" title="{n}">link {n} of the menu</a>'
        f"<span>06-{n % 28 + 1:02}</span></li>"
        for n in range(260)
    )
    script = "<script>" + "var a = function (b, c) { return b && c ? b.push(c) : window.x; };\n" * 500 + "</script>"
    extra = (script + f'<div class="menu"><ul>{items}</ul></div>').encode()
    at = body.lower().find(b"</body>")
    return body[:at] + extra + body[at:] if at >= 0 else body + extra


def runners() -> dict[str, Callable[[Page], object]]:
    found: dict[str, Callable[[Page], object]] = {
        "dibao": parse_page,
        # On decoded text: given GB bytes, lxml ends the tree at the first rare character and looks very fast.
        "lxml": lambda page: html.document_fromstring(TEXTS[page.url]),
    }
    try:
        from readability import Document
    except ImportError:
        print("readability-lxml is not installed: left out", file=sys.stderr)
    else:
        found["readability"] = lambda page: Document(TEXTS[page.url]).summary()
    try:
        import trafilatura
    except ImportError:
        print("trafilatura is not installed: left out", file=sys.stderr)
    else:
        found["trafilatura"] = lambda page: trafilatura.bare_extraction(TEXTS[page.url], with_metadata=True)
        found[FAST] = lambda page: trafilatura.bare_extraction(TEXTS[page.url], fast=True)
    return found


def forget() -> None:
    """Empty what the readers remember of earlier pages; what they know of themselves (tables, registries) stays."""
    for name, module in list(sys.modules.items()):
        if name.startswith("crawler.parse"):
            for value in vars(module).values():
                if hasattr(value, "cache_clear") and value.cache_parameters()["maxsize"]:
                    value.cache_clear()
        elif name == "trafilatura.meta":
            module.reset_caches()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    pages = load(options.pages or PAGES, padded=options.pages is None)
    if not pages:
        print("no pages there", file=sys.stderr)
        return 2
    found = runners()
    best: dict[str, float] = {}
    failed: Counter[str] = Counter()
    for _ in range(options.rounds):
        order = list(found.items())
        random.shuffle(order)
        for name, run in order:
            forget()
            started = time.process_time()
            for page in pages:
                try:
                    run(page)
                except Exception:
                    if name == "dibao":
                        raise
                    failed[name] += 1
            best[name] = min(best.get(name, 1e9), (time.process_time() - started) / len(pages))
    size = sum(len(page.body) for page in pages) / len(pages) / 1000
    load_average = os.getloadavg()[0]
    print(
        f"{len(pages)} pages, mean {size:.0f} KB, best of {options.rounds} rounds, CPU; load average {load_average:.1f}"
    )
    print(f"{'reader':<18} {'ms/page':>9} {'dibao is':>10} {'goal':>6}")
    for name, seconds in sorted(best.items(), key=lambda item: item[1]):
        ratio = seconds / best["dibao"]
        goal = GOALS.get(name)
        print(f"{name:<18} {seconds * 1000:>9.2f} {ratio:>9.2f}x {f'{goal}x' if goal else '':>6}")
    for name, count in failed.items():
        print(f"{name} raised on {count // options.rounds} of {len(pages)} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
