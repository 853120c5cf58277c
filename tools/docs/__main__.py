"""`python -m tools.docs`: write every document that is made from the code."""

from tools.docs import access, commands, indicators, problems, settings

for document in (settings, problems, access, commands, indicators):
    document.TARGET.write_text(document.text())
    print(f"wrote {document.TARGET.name}")
