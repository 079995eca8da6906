"""Load: a run's artefacts become rows, one module for each family of them."""
