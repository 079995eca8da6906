"""The Corpus page: what Airflow's own pages do not show, the state of what was collected."""
