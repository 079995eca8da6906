"""From bytes to an Article: pure, without network; the same bytes and version always give the same record."""

from crawler.parse.further import further_pages
from crawler.parse.parse import PARSER_VERSION, parse_page

__all__ = ["PARSER_VERSION", "further_pages", "parse_page"]
