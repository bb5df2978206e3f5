#!/bin/sh
# Builds .venv with exactly what requirements.lock names, and Larder itself from this checkout.
set -eu
cd -- "$(dirname -- "$0")/.."

say() { printf '%s\n' "$*" >&2; }

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

python=
for candidate in "${PYTHON:-python3}" python3.11 python3.12 python3.13 python3.14; do
    if usable "$candidate"; then
        python=$candidate
        break
    fi
done
if [ -z "$python" ]; then
    say '需要 Python 3.11 或更新 / Python 3.11 or newer is needed.'
    say '  Debian 12, Ubuntu 24.04: apt-get install python3 python3-venv'
    say '  别处的 Python / one that lies elsewhere: make install PYTHON=/path/to/python3'
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    say "$python 缺少 venv 模块 / has no venv module.  Debian, Ubuntu: apt-get install python3-venv"
    exit 1
fi

if ! usable .venv/bin/python; then
    say "建立虚拟环境 / making .venv with $("$python" --version)"
    "$python" -m venv --clear .venv
fi
say '安装依赖 / installing what requirements.lock names (hashes checked)'
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r requirements.lock
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
touch .venv/.installed
