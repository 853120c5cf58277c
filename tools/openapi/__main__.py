"""`python -m tools.openapi`: write every generated description that is not current."""

from tools.openapi import merge, refusals

for path, content in {**refusals.files(), **merge.files()}.items():
    if not path.exists() or path.read_text() != content:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        print(f"wrote {path}")
