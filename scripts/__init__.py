"""Starting and stopping Dibao on one machine: what `make` calls."""
