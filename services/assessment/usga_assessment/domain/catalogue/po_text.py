"""PO files written: the same entries make the same bytes, without dates or names."""

from collections.abc import Iterable
from string import Template

from babel.messages.pofile import escape

from usga_assessment.domain.catalogue.source import Text
from usga_assessment.domain.catalogue.translation import Entries

HEAD = Template(
    """\
# $title
msgid ""
msgstr ""
"Language: $language\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"""
)


def template(title: str, texts: Iterable[Text]) -> str:
    """The template of a home: every text once, untranslated."""
    return refreshed(title, "", texts, {})


def refreshed(title: str, language: str, texts: Iterable[Text], entries: Entries) -> str:
    """A PO file for the present texts: translations are kept; stale ones are marked fuzzy.

    Entries whose place the source no longer has fall away: the history of the file keeps them.
    """
    blocks = [HEAD.substitute(title=title, language=language)]
    blocks += [_entry(text, entries) for text in {text.place: text for text in texts}.values()]
    return "\n".join(blocks)


def _entry(text: Text, entries: Entries) -> str:
    old = entries.get(text.place)
    changed = old is not None and bool(old.words) and old.english != text.english
    lines = []
    if old is not None and old.words and (changed or old.fuzzy):
        lines.append("#, fuzzy")
    if old is not None and changed:
        lines.append(f"#| msgid {escape(old.english)}")
    lines += [
        f"msgctxt {escape(text.place)}",
        f"msgid {escape(text.english)}",
        f"msgstr {escape(old.words if old is not None else '')}",
    ]
    return "\n".join(lines) + "\n"
