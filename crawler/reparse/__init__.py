"""Reparse: read the archive again with the parser of today, show what would change, write it when told to."""
