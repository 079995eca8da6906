"""The state of the corpus, as the Corpus page shows it: one module for each question that it answers."""
