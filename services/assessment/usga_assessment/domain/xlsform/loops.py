"""Loops of old forms: a group for each choice of a list, with the same questions in each."""

from copy import deepcopy

from usga_assessment.domain.xlsform.node import Choice, Node, Texts, walk


def expanded(loop: Node, choices: list[Choice]) -> list[Node]:
    """The groups that a loop stands for; `%(label)s` and `%(name)s` show the choice."""
    groups: list[Node] = []
    for choice in choices:
        group = Node("group", choice.name, "", loop.row)
        group.label = dict(choice.label)
        group.children = deepcopy(loop.children)
        for node, _ in walk(group.children):
            node.label, node.hint = _shown(node.label, choice), _shown(node.hint, choice)
        groups.append(group)
    return groups


def size_of(loop: Node, choices: list[Choice]) -> int:
    """How many nodes the expansion has."""
    return len(choices) * (1 + sum(1 for _ in walk(loop.children)))


def _shown(texts: Texts, choice: Choice) -> Texts:
    return {
        language: text.replace("%(label)s", choice.label.get(language, choice.name)).replace(
            "%(name)s", choice.name
        )
        for language, text in texts.items()
    }
