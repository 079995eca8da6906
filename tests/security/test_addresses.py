"""The crawl speaks to public addresses only, however a name is made to lead elsewhere."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from crawler import settings
from crawler.fetch.download import PublicAddresses
from crawler.settings import DOWNLOAD_HANDLERS, HTTPPROXY_ENABLED
from scripts.airflow_home import CHECKOUT

_REFUSED = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "::1",
    "::",
    "fe80::1",
    "fd00:ec2::254",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b:1::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "224.0.0.1",
    "ff02::1",
]
_PUBLIC = ["1.2.3.4", "2400:3200::1", "64:ff9b::102:304"]


def _resolved(addresses: list[str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    def answer(host: str, port: int, *args: Any, **kwargs: Any) -> list[tuple[Any, ...]]:
        return [
            (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (each, port, 0, 0))
            if ":" in each
            else (socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port))
            for each in addresses
        ]

    async def look() -> list[str]:
        resolver = PublicAddresses()
        try:
            found = await resolver.resolve("www.example.cn", 80, socket.AF_UNSPEC)
            return [each["host"] for each in found]
        finally:
            await resolver.close()

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    return asyncio.run(look())


@pytest.mark.parametrize("address", _REFUSED)
def test_a_name_that_leads_to_an_inner_address_is_refused(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermissionError, match="not a public address"):
        _resolved([address], monkeypatch)


def test_one_inner_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the second try of a connection would go there."""
    with pytest.raises(PermissionError, match="not a public address"):
        _resolved(["1.2.3.4", "10.0.0.1"], monkeypatch)


def test_public_addresses_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _resolved(_PUBLIC, monkeypatch) == _PUBLIC


def test_no_address_of_another_scheme_is_ever_fetched() -> None:
    """A listing that names file:///etc/passwd names nothing; a proxy of the environment would hide the real address."""
    assert {scheme for scheme, handler in DOWNLOAD_HANDLERS.items() if handler} == {"http", "https"}
    assert HTTPPROXY_ENABLED is False


def test_the_crawl_is_nobodys_session_and_opens_no_door() -> None:
    assert settings.COOKIES_ENABLED is False
    assert settings.TELNETCONSOLE_ENABLED is False
    assert settings.REMOTE_CONTROL_ENABLED is False
    for extension in ("telnet.TelnetConsole", "remote_control.RemoteControl"):
        assert settings.EXTENSIONS[f"scrapy.extensions.{extension}"] is None


def test_what_is_said_of_tls_is_so() -> None:
    """A change of the setting is a change of docs/security.md, section TLS."""
    assert settings.DOWNLOAD_VERIFY_CERTIFICATES is False
    section = (CHECKOUT / "docs" / "security.md").read_text().split("\n## TLS\n")[1].split("\n## ")[0]
    assert "are not verified" in section
