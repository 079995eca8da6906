#!/usr/bin/env bash
# Write requirements.txt, requirements-dev.txt and those of the extras anew from the .in files: every package, direct and transitive, pinned
# to one version, with the SHA-256 of each of its files, for Python 3.11 to 3.14 on Linux and macOS at once.
#   scripts/lock.sh               what the .in files ask for; a version that is pinned and still fits stays
#   scripts/lock.sh --upgrade     the newest versions of everything (or --upgrade-package NAME)
# The first lines of a lock say on which day its versions were chosen.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "lock: uv is missing (only locking needs it): https://docs.astral.sh/uv" >&2; exit 1; }

temporary=$(mktemp)
trap 'rm -f "$temporary"' EXIT
# An extra (`make install EXTRAS=s3`) is laid over requirements.txt: its lock names what that has not.
for name in requirements requirements-dev requirements-s3 requirements-slack; do
    over=()
    case $name in requirements | requirements-dev) ;; *) over=(-c requirements.txt) ;; esac
    [ -e "$name.txt" ] && cp "$name.txt" "$temporary"
    # No index is written down: whoever installs takes the files from where they always do, and the hashes decide.
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-emit-find-links "$@" "${over[@]}" "$name.in" -o "$temporary"
    if [ ${#over[@]} -gt 0 ]; then
        awk 'NR == FNR { if (/^[a-z0-9]/) has[$1] = 1; next } /^[a-z0-9]/ { skip = $1 in has } !skip' \
            requirements.txt "$temporary" > "$temporary.extra"
        mv "$temporary.extra" "$temporary"
    fi
    if [ $# = 0 ] && [ -e "$name.txt" ] && diff -q <(tail -n +4 "$name.txt") "$temporary" >/dev/null; then
        echo "lock: $name.txt stays as it is"
        continue
    fi
    { printf '# Made by `make lock` from %s.in; do not edit.\n# Locked on %s\n\n' "$name" "$(date -u +%F)"; cat "$temporary"; } > "$name.txt"
    echo "lock: $name.txt has $(grep -c '^[a-z]' "$name.txt") packages"
done
