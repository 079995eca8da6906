"""A text's lines as paragraphs, pictures and HTML that is safe to show."""

from __future__ import annotations

import re
import unicodedata
from html import escape

from crawler.parse.article import Article, Image
from crawler.parse.body_html import CLEANER
from crawler.parse.trim import Trimmed

__all__ = ["CLEAN", "render"]

# What the cleaner would give back as it is, which is most bodies: paragraphs of escaped text, marks that are closed
# where they were opened, links and pictures with plain addresses. All else goes through the cleaner.
_CLEAN_TEXT = r"[^<>&\xa0\r\x00]*(?:&(?:amp|lt|gt);[^<>&\xa0\r\x00]*)*"
_CLEAN_URL = r"https?://(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]{2,}(?:/[A-Za-z0-9_./~=?-]*)?"
_CLEAN_INNER = (
    rf'{_CLEAN_TEXT}(?:(?:<(strong|em|u|sub|sup)>{_CLEAN_TEXT}</\1>|<a href="{_CLEAN_URL}">{_CLEAN_TEXT}</a>)'
    rf"{_CLEAN_TEXT})*"
)
CLEAN = re.compile(
    rf"(?:(?:<p>{_CLEAN_INNER}</p>|<h3>{_CLEAN_INNER.replace(chr(92) + '1', chr(92) + '2')}</h3>|"
    rf'<figure><img src="{_CLEAN_URL}">(?:<figcaption>{_CLEAN_TEXT}</figcaption>)?</figure>)(?:\n|$))*'
)


def render(article: Article, trimmed: Trimmed) -> None:
    """Set an article's paragraphs, pictures and `body_html` from the lines that are left of its text."""
    lines = trimmed.lines
    paragraphs: list[str] = []
    parts: list[str] = []
    images: list[Image] = []
    table = False
    for index, line in enumerate(lines):
        if line.kind == "row" and not table:
            parts.append("<table>")
        elif line.kind != "row" and table:
            parts.append("</table>")
        table = line.kind == "row"
        if line.picture is not None:
            caption = ""
            following = lines[index + 1] if index + 1 < len(lines) else None
            if following is not None and following.kind == "caption":
                caption = following.text
            if all(image.url != line.picture.url for image in images):
                images.append(Image(line.picture.url, unicodedata.normalize("NFC", caption)))
                note = f"<figcaption>{escape(caption, quote=False)}</figcaption>" if caption else ""
                parts.append(f'<figure><img src="{escape(line.picture.url)}">{note}</figure>')
            continue
        if not line.text or line.kind == "caption":
            continue
        text = unicodedata.normalize("NFC", line.text)
        paragraphs.append(text)
        if not line.html:
            inner = escape(text, quote=False)
        else:
            inner = text if line.html is line.text else unicodedata.normalize("NFC", line.html)
        parts.append(
            inner
            if line.kind == "row"
            else f"<h3>{inner}</h3>"
            if line.kind == "heading" or (line.bold and len(text) <= 60)
            else f"<p>{inner}</p>"
        )
    if table:
        parts.append("</table>")
    article.paragraphs = paragraphs
    article.images = images
    html = "\n".join(parts)
    article.body_html = html if CLEAN.fullmatch(html) is not None else CLEANER.clean(html)
