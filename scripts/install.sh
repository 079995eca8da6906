#!/usr/bin/env bash
# Bring .venv in this checkout to what the given requirements file pins, Dibao itself included (.venv/bin/dibao).
#   scripts/install.sh requirements.txt
# What `make install EXTRAS=…` has asked for once (var/extras) is installed with it, also into a .venv that is made anew.
# uv is used where it is at hand (seconds), else pip. Bytecode is compiled now, so that the first start is not slow.
set -euo pipefail

requirements=${1:?which requirements file}
cd "$(dirname "$0")/.."
unset PYTHONDONTWRITEBYTECODE  # with it, Airflow would compile its 10,000 modules anew at every start

fail() { echo "install: $*" >&2; exit 1; }

files=(-r "$requirements")
if [ "$requirements" = requirements.txt ] && [ -e var/extras ]; then
    for extra in $(cat var/extras); do
        [ -e "requirements-$extra.txt" ] || fail "there is no extra $extra (from EXTRAS, kept in var/extras); there are s3 and slack"
        files+=(-r "requirements-$extra.txt")
    done
fi

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 15))' 2>/dev/null; }

find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" || fail "PYTHON=$PYTHON does not run, or is not Python 3.11 to 3.14"
        echo "$PYTHON"
        return
    fi
    for candidate in python3.11 python3.12 python3.13 python3.14 python3; do
        if suits "$candidate"; then echo "$candidate"; return; fi
    done
}

moved() { [ -e .venv/bin/airflow ] && ! grep -q "$PWD/.venv" .venv/bin/airflow; }

if [ -d .venv ]; then
    [ -w .venv ] || fail ".venv belongs to $(stat -c %U .venv): run make as that user, or remove it"
    if ! suits .venv/bin/python || moved; then
        echo "install: .venv was made elsewhere, or its Python is gone; making it anew"
        rm -rf .venv
    fi
fi

python=$(find_python)
if command -v uv >/dev/null; then
    [ -d .venv ] || uv venv --quiet --python "${python:->=3.11,<3.15}" .venv
    export VIRTUAL_ENV=$PWD/.venv
    # The lock is whole, so nothing is resolved, and a file whose hash it does not name is not installed.
    uv pip install --quiet --require-hashes --no-deps --compile-bytecode "${files[@]}"
    # With the setuptools of the lock: an isolated build would fetch one that nobody has pinned.
    uv pip install --quiet --no-deps --no-build-isolation -e .
    uv pip check --quiet || uv pip check
else
    [ -n "$python" ] || [ -d .venv ] || fail "no Python from 3.11 to 3.14 was found; install one, or uv (it brings its own)"
    [ -d .venv ] || "$python" -m venv .venv || fail "\`$python -m venv\` failed; on Debian: apt-get install python3-venv"
    .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps "${files[@]}"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
    .venv/bin/python -m pip check
fi
.venv/bin/python -m compileall -q -j 0 crawler models dags scripts >/dev/null || true
.venv/bin/dibao --help >/dev/null || fail ".venv/bin/dibao does not start"
names=${files[*]}
echo "install: $(.venv/bin/python --version) and everything in ${names//-r /} are in .venv"
