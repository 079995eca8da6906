"""The SQL store: its tables, its transactions and its migrations."""
