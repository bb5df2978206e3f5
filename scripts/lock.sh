#!/bin/sh
# Writes requirements.lock from pyproject.toml: every package with its hashes, the build backend among them.
# Existing pins stay while pyproject.toml allows them; `scripts/lock.sh --upgrade` takes the newest.
set -eu
cd -- "$(dirname -- "$0")/.."

if ! command -v uv >/dev/null 2>&1; then
    echo 'uv is needed: pip install uv (https://docs.astral.sh/uv)' >&2
    exit 1
fi
# Where the packages come from is the reader's own affair: no index address may stand in the lock.
python3 -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' |
    uv pip compile pyproject.toml - --extra dev --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet \
        --output-file requirements.lock "$@" >/dev/null
grep -c '^[a-z]' requirements.lock | sed 's/$/ packages in requirements.lock/'
