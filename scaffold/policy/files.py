"""Rules on files and the record as a whole; most are checked by what compares them, and are only told here."""

from collections.abc import Iterator

from scaffold.policy.rule import Found, Parameters, Rule, Subject

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


def _rule(name: str, severity: str, about: str, why: str, mend: str, *also: str) -> Rule:
    return Rule(name, "record", severity, about, why, mend, None, also)


RULES = (
    Rule(
        "unreadable",
        "dockerfile",
        "error",
        "Every Dockerfile and Compose file can be read",
        "What cannot be read cannot be checked, and is not passed over.",
        "Mend the line, or give the file another name if it is none.",
        _unreadable,
    ),
    _rule(
        "drift-modified",
        "warning",
        "A file is as scaffold wrote it",
        "An edit is no mistake, and `scaffold update` keeps it. But what was agreed on in a template holds no "
        "longer where the file was changed by hand.",
        "Ask for it in the template; or declare it as a deviation, with a reason and an owner; or take the edit "
        "back: `scaffold init --force`.",
    ),
    _rule(
        "drift-missing",
        "error",
        "A file that scaffold wrote is there",
        "A Dockerfile that was deleted or moved is one that nobody checks or updates any more.",
        "`scaffold init` writes it anew. If it was moved, move it back.",
    ),
    _rule(
        "drift-conflict",
        "error",
        "No update is unfinished",
        "A conflict means that something new is not in the file. Marks of a merge in it break the build.",
        "Put what is new into the file by hand, delete the marks, and run `scaffold init` again.",
    ),
    _rule(
        "drift-outdated",
        "note",
        "Files are of this version",
        "A newer version may write a newer base image or a mended command.",
        "`scaffold init` brings them up to date, and keeps your edits.",
    ),
    _rule(
        "drift-image",
        "note",
        "An image was renewed in a file that scaffold wrote",
        "Renovate, Dependabot or a person raised a release within what is allowed. That is no drift, and is not "
        "taken back.",
        "Nothing.",
    ),
    _rule(
        "drift-wrong-pack",
        "error",
        "Files are of the pack that is expected",
        "`--expect-pack` says which templates a repository is to be on. Nothing in the repository can say otherwise.",
        "Initialise the folder with that pack.",
    ),
    _rule(
        "drift-record",
        "error",
        "The record can be read, and its texts are those it names",
        "What was changed by hand in `.scaffold/` says nothing any more of what was written.",
        "Restore the folder from version control, or delete it and run `scaffold init`.",
    ),
    _rule(
        "unmanaged",
        "note",
        "Every Dockerfile and Compose file was written by scaffold",
        "A file that no template stands behind is kept in date by nobody.",
        "`scaffold adopt` takes it over. With `--expect-pack`, such a file is an error.",
    ),
    _rule(
        "deviation-invalid",
        "error",
        "Every declared deviation says what, where, why, whose and until when",
        "A deviation with no owner or no end is how a rule ends.",
        "Complete the entry in `.scaffold/deviations.toml`, or delete it.",
    ),
    _rule(
        "deviation-expired",
        "error",
        "No declared deviation is past its day",
        "It was agreed to until then.",
        "Mend what deviates, or agree on another day.",
    ),
    _rule(
        "deviation-unused",
        "note",
        "Every declared deviation has something that deviates",
        "What was mended needs no permission.",
        "Delete the entry.",
    ),
)
