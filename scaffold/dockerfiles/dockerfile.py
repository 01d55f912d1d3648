"""What a Dockerfile builds: its stages, what they stand on, the variables in them, and every image they name.

Builds nothing, and never fails on any text.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from types import MappingProxyType

from scaffold.dockerfiles.instructions import Instruction, read, read_instructions, read_one
from scaffold.dockerfiles.shellwords import expand, split_words
from scaffold.nouns import NamedTuple

__all__ = ["Dockerfile", "Instruction", "Reference", "Stage", "read_instructions"]

#: What a person writes has fewer; what comes after is a flaw, and is not looked at.
MOST_STAGES = 500

#: What BuildKit sets: `FROM tools-$TARGETARCH` is one stage or another. The first one is what is read.
#: https://docs.docker.com/build/building/variables/#multi-platform-build-arguments
_PLATFORMS = tuple(
    {
        f"{side}{part}": value
        for side in ("TARGET", "BUILD")
        for part, value in (("PLATFORM", f"linux/{arch}"), ("OS", "linux"), ("ARCH", arch), ("VARIANT", ""))
    }
    for arch in ("amd64", "arm64")
)


class Stage(NamedTuple):
    """A FROM, and what follows it."""

    number: int
    name: str  # "" where it has none
    base: str | None  # the image or stage it stands on, variables filled in; None where one is not known
    parent: int | None  # the number of the stage that it stands on, if it is one
    origin: Instruction  # the FROM
    instructions: tuple[Instruction, ...]
    escape: str = "\\"

    @property
    def written(self) -> str:
        """The image as the FROM has it."""
        return next(iter(split_words(self.origin.text, self.escape)), "")

    def all(self, *names: str) -> tuple[Instruction, ...]:
        """Every instruction of these names, in order."""
        return tuple(i for i in self.instructions if i.name in names)


class Reference(NamedTuple):
    """A place that names an image which is no stage of the file."""

    where: str  # "FROM" "COPY --from" "RUN --mount" "# syntax"
    written: str
    image: str | None  # variables filled in; None where one is not known
    line: int
    text: str  # the whole instruction
    stage: Stage | None = None  # the stage that stands on it


class Dockerfile:
    """What a Dockerfile says."""

    def __init__(self, text: str, given: Mapping[str, str] = MappingProxyType({})) -> None:
        """Read TEXT, which may be anything; GIVEN are build arguments, by name."""
        self.given = given
        found = read(text)
        self.directives = found.directives
        self.escape = found.escape
        self.flaws = list(found.flaws)
        self.instructions = found.instructions
        self.arguments = self._global_arguments()
        self.stages = tuple(self._stages())
        self._names = {"scratch", *(stage.name.lower() for stage in self.stages if stage.name)}

    def _global_arguments(self) -> dict[str, str | None]:
        """Return the values of the ARGs before the first FROM, which a FROM may use."""
        values: dict[str, str | None] = {**_PLATFORMS[0]}
        for instruction in self.instructions:
            if instruction.name == "FROM":
                break
            if instruction.name == "ARG":
                _take_arguments(instruction, values, {})
                values |= {name: value for name, value in self.given.items() if name in values}
        return values

    def _stages(self) -> Iterator[Stage]:
        starts = [at for at, each in enumerate(self.instructions) if each.name == "FROM"]
        if len(starts) > MOST_STAGES:
            line = self.instructions[starts[MOST_STAGES]].line
            self.flaws.append((line, f"has more than {MOST_STAGES} stages before it"))
            starts = starts[:MOST_STAGES]
        known: dict[str, int] = {}
        for number, start in enumerate(starts):
            end = starts[number + 1] if number + 1 < len(starts) else len(self.instructions)
            origin = self.instructions[start]
            words = split_words(origin.text, self.escape)
            base = expand(words[0], self.arguments, self.escape) if words else None
            is_named = len(words) > 2 and words[1].upper() == "AS"
            name = words[2] if is_named else ""
            parent = known.get(base.lower()) if base else None
            yield Stage(number, name, base, parent, origin, self.instructions[start + 1 : end], self.escape)
            if name:
                known[name.lower()] = number

    @property
    def final(self) -> Stage | None:
        """The stage that a build without --target makes."""
        return self.stages[-1] if self.stages else None

    def lineage(self, stage: Stage) -> tuple[Stage, ...]:
        """Return STAGE and the stages that it stands on, nearest first."""
        found = [stage]
        while found[-1].parent is not None:
            found.append(self.stages[found[-1].parent])
        return tuple(found)

    def with_values(self, stage: Stage) -> Iterator[tuple[Instruction, Mapping[str, str | None]]]:
        """Yield the instructions of STAGE, each with the variables seen there; they change as it goes on."""
        values: dict[str, str | None] = {}
        for each in reversed(self.lineage(stage)[1:]):
            for instruction in each.all("ENV"):
                _take_environment(instruction, values)
        for instruction in stage.instructions:
            yield instruction, values
            if instruction.name == "ARG":
                _take_arguments(instruction, values, self.arguments)
            elif instruction.name == "ENV":
                _take_environment(instruction, values)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        """Every image that is named: by FROM, COPY --from, RUN --mount and # syntax, those in ONBUILD too."""
        return tuple(self._references())

    def _references(self) -> Iterator[Reference]:
        if "syntax" in self.directives:
            value, line = self.directives["syntax"]
            image = value.split(" ")[0]
            yield Reference("# syntax", image, image, line, f"# syntax={value}")
        for stage in self.stages:
            for base in self._bases(stage):
                origin = stage.origin
                yield Reference("FROM", stage.written, base, origin.line, origin.whole, stage)
            for instruction, values in self.with_values(stage):
                yield from self._inside(instruction, values)

    def _bases(self, stage: Stage) -> Iterator[str | None]:
        """Yield the images that STAGE stands on: one, or another for another platform, or none."""
        earlier = {other.name.lower() for other in self.stages[: stage.number] if other.name}
        written = stage.written
        found = [stage.base]
        if "$" in written:
            found += [expand(written, {**self.arguments, **each}, self.escape) for each in _PLATFORMS[1:]]
        for image in dict.fromkeys(found):
            if image is None or (image != "scratch" and image.lower() not in earlier):
                yield image

    def _inside(self, instruction: Instruction, values: Mapping[str, str | None]) -> Iterator[Reference]:
        if instruction.name == "ONBUILD":
            inner = read_one(instruction.text, instruction.line, self.escape)
            if inner is not None:
                yield from self._inside(inner, values)
            return
        given = [("COPY --from", instruction.flag("from"))] if instruction.name in ("COPY", "ADD") else []
        given += [("RUN --mount", mount.get("from")) for mount in instruction.mounts]
        for where, written in given:
            if not written:
                continue
            image = expand(written, values, self.escape)
            if image is None or not self._is_stage(image):
                yield Reference(where, written, image, instruction.line, instruction.whole)

    def _is_stage(self, name: str) -> bool:
        if name.isdecimal():
            return int(name[:9]) < len(self.stages)
        return name.lower() in self._names


# -- values


def _take_arguments(
    instruction: Instruction, values: dict[str, str | None], outer: Mapping[str, str | None]
) -> None:
    for word in split_words(instruction.text, instruction.escape):
        name, equals, value = word.partition("=")
        if equals:
            values[name] = expand(value, values, instruction.escape)
        elif name in outer or name not in values:
            values[name] = outer.get(name)


def _take_environment(instruction: Instruction, values: dict[str, str | None]) -> None:
    before = dict(values)  # one ENV sees nothing of itself
    for name, value in instruction.pairs.items():
        values[name] = expand(value, before, instruction.escape)
