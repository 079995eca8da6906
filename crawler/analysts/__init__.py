"""What analysts take out of the store: exports, what was lost, and the name of a version of the corpus."""
