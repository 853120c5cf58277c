"""Names that become one step of a path, whoever chose them."""


def one_step(name: str) -> str:
    """The name itself; raises ValueError for one that would lead to another folder."""
    if name in {"", ".", ".."} or any(mark in name for mark in "/\\\0"):
        raise ValueError("a name that is no single step of a path")
    return name
