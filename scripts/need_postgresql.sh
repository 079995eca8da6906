#!/usr/bin/env bash
# The tests start a PostgreSQL server of their own (private port, private folder); this only sees to its programs.
set -euo pipefail

for program in initdb /usr/lib/postgresql/*/bin/initdb /usr/pgsql-*/bin/initdb; do
    if command -v "$program" >/dev/null; then exit 0; fi
done
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "test: installing PostgreSQL's programs (apt-get)"
    apt-get install -y --no-install-recommends postgresql >/dev/null ||
        { apt-get update >/dev/null && apt-get install -y --no-install-recommends postgresql >/dev/null; }
    exit 0
fi
echo "test: PostgreSQL's programs (initdb, pg_ctl) are missing. Debian, Ubuntu: sudo apt-get install postgresql" >&2
echo "      Elsewhere: install PostgreSQL 13 or newer and put its bin folder on PATH." >&2
exit 1
