"""Assurance: the proof that a run and the whole store are complete, and the search for what is not."""
