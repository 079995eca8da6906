"""The asset that stands for a publisher's articles."""

from __future__ import annotations

from airflow.sdk import Asset

__all__ = ["articles_asset"]


def articles_asset(publisher: str) -> Asset:
    """What is updated whenever articles of a publisher are written, for DAGs that follow it.

    Args:
        publisher: the publisher's key.
    """
    return Asset(name=f"articles_{publisher}", uri=f"x-dibao://articles/{publisher}")
