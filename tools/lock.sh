#!/bin/sh
# Writes requirements/*.txt: every version with its hashes, no index and no host.
#
#   tools/lock.sh             keep what is locked where it still fits, add what is new
#   tools/lock.sh --upgrade   renew everything
#
# dev.txt is resolved first and constrains the rest, so a service image runs exactly the
# versions that the tests ran. The workspace's own packages are installed from their folders
# (`--no-deps`), never from here.
set -eu
cd "$(dirname "$0")/.."
uv="${UV:-uv}"
own="usga usga-assessment usga-indicators usga-reports usga-shared usga-expressions usga-tablet"

compile() { # NAME SOURCE, then further arguments of uv pip compile
    name="$1"
    source="$2"
    shift 2
    for package in $own; do
        set -- "$@" --no-emit-package "$package"
    done
    "$uv" pip compile "$source" --quiet --universal --python-version 3.11 --generate-hashes \
        --no-strip-extras --no-annotate --no-header "$@" \
        --output-file "requirements/$name.txt" >/dev/null
    # uv lists what it left out as comments; drop them, and say where the file comes from.
    sed -i -e '/^#/d' -e '/^$/d' -e '1i # Made by tools/lock.sh; do not edit.' "requirements/$name.txt"
}

compile dev pyproject.toml --group dev "$@"
compile bootstrap requirements/bootstrap.in --constraint requirements/dev.txt
for service in assessment indicators reports; do
    compile "$service" "services/$service/pyproject.toml" --constraint requirements/dev.txt
done
compile tablet shared/usga_tablet/pyproject.toml --constraint requirements/dev.txt
