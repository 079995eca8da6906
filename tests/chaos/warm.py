"""Imported once by the server that stages are forked from: what costs time at a first use is used here."""

from __future__ import annotations

import alembic.command  # noqa: F401
import psycopg  # noqa: F401
import scrapy.crawler
import scrapy.extensions.throttle  # noqa: F401

import crawler.fetch.download
import crawler.fetch.middlewares
import crawler.fetch.progress  # noqa: F401
from crawler import publishers
from crawler.dedupe.normalise import fold
from crawler.parse.article import Page
from crawler.parse.parse import parse_page

fold("", ["六月的羌塘草原，牧民们赶着牦牛向夏季牧场转场。"])
for _key in publishers.keys():
    publishers.get(_key)
    parse_page(Page(url="https://www.example.cn/", body=b"<html></html>", content_type="text/html", status=200), _key)
