"""All sites of one world."""

from __future__ import annotations

from tests.replica.model import SiteServer, World
from tests.replica.sichuan import Sichuan
from tests.replica.sina import Sina
from tests.replica.tibet import Tibet
from tests.replica.xinjiang import Xinjiang

__all__ = ["build_sites"]


def build_sites(world: World, *, hiccups: bool) -> list[SiteServer]:
    """The four publishers."""
    return [Sina(world, hiccups=hiccups), Tibet(world), Sichuan(world), Xinjiang(world)]
