"""Rules on files and the record as a whole; most are checked by what compares them, and only named here."""

from collections.abc import Iterator

from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject

#: What a merge leaves in a file where it did not know what to do.
_MARKS = ("<<<<<<< ", ">>>>>>> ", "||||||| ")


def merge_mark(text: str) -> int | None:
    """Return the line of the first mark of a merge that was not finished, or None."""
    lines = enumerate(text.split("\n"), start=1)
    return next((number for number, line in lines if line.startswith(_MARKS)), None)


def _unreadable(subject: Subject, _: Parameters) -> Iterator[Found]:
    text = subject.tree.text(subject.path)
    line = merge_mark(text)
    if line is not None:  # drift-conflict says it, and what follows from it is no news
        return
    if subject.compose is not None and subject.compose.flaw is not None:
        at, message = subject.compose.flaw
        yield Found(at, message)
    if subject.compose is None:
        if not subject.dockerfile.stages:
            yield Found(1, "has no FROM: is empty, unreadable, or no Dockerfile")
        for at, message in subject.dockerfile.flaws:
            yield Found(at, f"the line {message}")


RULES = (
    Rule("unreadable", "dockerfile", "error", _unreadable),
    Rule("drift-modified", "record", "warning"),
    Rule("drift-missing", "record", "error"),
    Rule("drift-conflict", "record", "error"),
    Rule("drift-foreign-image", "record", "error"),
    Rule("drift-outdated", "record", "note"),
    Rule("drift-image", "record", "note", None, {"bump": Parameter("bump", "")}),
    Rule("drift-wrong-pack", "record", "error"),
    Rule("drift-record", "record", "error"),
    Rule("unmanaged", "record", "note"),
    Rule("deviation-invalid", "record", "error"),
    Rule("deviation-expired", "record", "error"),
    Rule("deviation-unused", "record", "note"),
)
