"""Every fault that the replica knows, met by a real crawl, and what comes of it: the table is the test."""
