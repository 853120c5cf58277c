#!/bin/sh
# Makes .venv from the locked requirements. Needs Python 3.11 or newer with venv; uses uv when
# it is there, for speed. Running it again brings the environment up to the lock.
set -eu
cd "$(dirname "$0")/.."

fail() { echo "setup: $*" >&2; exit 1; }

suitable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

find_python() {
    for candidate in ${PYTHON:-} python3.11 python3 python3.12 python3.13 python; do
        if suitable "$candidate"; then echo "$candidate"; return; fi
    done
    fail "needs Python 3.11 or newer; set PYTHON=/path/to/python3"
}

own=""
for package in shared/usga_shared shared/usga_expressions shared/usga_tablet \
    services/assessment services/indicators services/reports; do
    own="$own -e ./$package"
done

with_uv() {
    command -v uv >/dev/null 2>&1 || return 1
    [ -x .venv/bin/python ] || uv venv --quiet --python "$(find_python)" .venv || return 1
    uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements/dev.txt &&
        uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation $own
}

with_pip() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        python="$(find_python)"
        "$python" -m venv --clear .venv ||
            fail "$python cannot make virtual environments (on Debian: apt-get install python3-venv)"
    fi
    pip=".venv/bin/python -m pip --quiet --disable-pip-version-check --no-input"
    $pip install --require-hashes -r requirements/dev.txt
    $pip install --no-deps --no-build-isolation $own
}

echo "setup: installing the locked requirements into .venv" >&2
with_uv || with_pip
# Importing once leaves compiled modules behind, so that no later start pays for compiling.
env -u PYTHONDONTWRITEBYTECODE .venv/bin/python -c '
import usga_assessment.app, usga_indicators.app, usga_reports.app, usga_tablet.cli, tools.launcher'
touch .venv/.ready
