"""Alembic's environment: migrates the connection that `Store.upgrade` hands over."""

from alembic import context

import models.aggregates
import models.alerts
import models.articles
import models.contents
import models.fixity
import models.identity
import models.runs
import models.stories
import models.urls  # noqa: F401 -- imported for their tables
from models.base import Base

connection = context.config.attributes.get("connection")
if connection is None:
    raise SystemExit("run `dibao db upgrade`: migrations need the store that Dibao's settings name")
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
