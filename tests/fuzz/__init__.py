"""Broken pages by the thousand: what comes over the wire is cut, doubled, shuffled and wrongly declared."""
