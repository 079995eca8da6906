"""The tests' one way to call the command."""

from __future__ import annotations

from click.testing import CliRunner, Result

from crawler.cli import main

__all__ = ["dibao"]


def dibao(*words: str) -> Result:
    """What `dibao` with these words came to: its output, its exit code, what it raised."""
    return CliRunner().invoke(main, words)
