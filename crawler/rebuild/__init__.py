"""Rebuild: what the archive holds and the store does not know is loaded from the archive, and no site is asked."""
