#!/bin/sh
# Installs each service by itself, with only its own locked requirements, and imports it: no
# service may lean on what another one brings along.
set -eu
cd "$(dirname "$0")/.."
root="$PWD"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

install() { # SERVICE, then the package folders
    requirements="requirements/$1.txt"
    shift
    python="$work/venv/bin/python"
    if command -v uv >/dev/null 2>&1 && uv venv --quiet --clear --python .venv/bin/python "$work/venv" &&
        uv pip install --quiet --python "$python" --require-hashes -r "$requirements"; then
        uv pip install --quiet --python "$python" --require-hashes -r requirements/bootstrap.txt
        uv pip install --quiet --python "$python" --no-deps --no-build-isolation "$@"
        return
    fi
    .venv/bin/python -m venv --clear "$work/venv"
    pip="$python -m pip --quiet --disable-pip-version-check --no-input"
    $pip install --require-hashes -r "$requirements"
    $pip install --require-hashes -r requirements/bootstrap.txt
    $pip install --no-deps --no-build-isolation "$@"
}

check() { # SERVICE, module to import, package folders
    name="$1"
    module="$2"
    shift 2
    install "$name" "$@"
    (cd "$work" && "$work/venv/bin/python" -W error::ImportWarning -c "import $module")
    echo "$name: installed and imported alone"
}

shared="$root/shared/usga_shared"
expressions="$root/shared/usga_expressions"
check assessment usga_assessment.app "$root/services/assessment" "$shared" "$expressions"
check indicators usga_indicators.app "$root/services/indicators" "$shared" "$expressions"
check reports usga_reports.app "$root/services/reports" "$shared"
check tablet usga_tablet.cli "$root/shared/usga_tablet" "$expressions"
