"""Dibao: crawl Chinese publishers, archive what they said, and keep it right, complete and deduplicated."""
