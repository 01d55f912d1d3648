"""What the final image has beside the program: files that it reads, examples of those it ends without."""

from collections.abc import Iterable

from scaffold.model import Fact, ProjectWarning
from scaffold.nouns import NamedTuple

from .files import Files, Needed


class Carried(NamedTuple):
    """Files of the final image, and what is to be said about them."""

    fact: Fact | None
    warnings: tuple[ProjectWarning, ...]

    @property
    def sources(self) -> tuple[str, ...]:
        """The files and folders of the repository that are taken."""
        return tuple(start for start, _ in self.fact.value) if self.fact else ()


def carry(files: Files) -> Carried:
    """Return what the image gets of FILES; an example stands in for a file that is nobody's to commit."""
    pairs = dict(zip(files.pairs, files.sources, strict=True))
    targets = {target for _, target in pairs}
    for one in files.needed:
        if one.example and one.path not in targets:
            pairs[(one.example, one.path)] = one.source
    fact = Fact(tuple(pairs), next(iter(pairs.values()))) if pairs else None
    return Carried(fact, (*files.warnings, *_missing(files.needed, targets)))


def _missing(needed: Iterable[Needed], targets: set[str]) -> Iterable[ProjectWarning]:
    for one in needed:
        if one.path in targets:
            continue
        if one.example:
            said = f"ends without {one.path}: in the image, {one.example} stands in for it"
            yield ProjectWarning("example-file", said, one.source)
        else:
            said = f"ends without {one.path}, which is not in the repository: let it go on without"
            yield ProjectWarning("missing-file", said, one.source)
