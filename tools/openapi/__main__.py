"""`python -m tools.openapi`: write every generated description; `--check` only compares."""

import sys

from tools.openapi import merge, refusals


def main(arguments: list[str]) -> int:
    """Write the files that differ, and name them; with --check, 1 when any differs."""
    made = {**refusals.files(), **merge.files()}
    stale = {p: text for p, text in made.items() if not p.exists() or p.read_text() != text}
    if "--check" in arguments:
        for path in stale:
            print(f"stale: {path}; run `make openapi`", file=sys.stderr)
        return 1 if stale else 0
    for path, content in stale.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print(f"wrote {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
