"""`scaffold check`: what is not as it should be in the Docker files of a folder, and all folders below it."""

import json
import os
import sys
from argparse import Namespace
from datetime import date

from scaffold.checking.check import Asked, Checked, check
from scaffold.checking.deviations import baseline_text, read_baseline
from scaffold.checking.drift import Expected, specifiers
from scaffold.checking.report import checked_as_json, tell_checked, tell_github, tell_rule
from scaffold.errors import EXIT_FINDINGS, CannotWrite, NothingFound, ScaffoldError, WrongUse
from scaffold.policy.settings import Policy, read_policy
from scaffold.reading.formats import decode, explain
from scaffold.report import error_as_json, style_of, tell_warnings

#: What is read of a file that is named: a policy or a baseline is a page of text.
_MOST_BYTES = 10_000_000


def run(options: Namespace) -> int:
    """Check and report; with --format json one object, whatever happens."""
    if options.explain is not None:
        return _explain(options.explain)
    try:
        checked = check(options.path, _asked(options), date.today())
        if checked.is_empty:
            raise NothingFound(
                f"nothing to check in {options.path}; looked for Dockerfiles, Compose files and .scaffold"
            )
    except ScaffoldError as error:
        if options.format == "json":
            print(json.dumps(error_as_json(error), indent=2))
        raise
    if options.write_baseline is not None:
        _write(options.write_baseline, baseline_text(checked.problems))
        print(f"{options.write_baseline}: accepts what is there today", file=sys.stderr)
        return 0
    _report(_from_here(checked, options.path) if options.format != "json" else checked, options.format)
    return EXIT_FINDINGS if checked.failing else 0


def _explain(name: str) -> int:
    from scaffold.policy.rules import BY_ID

    if name not in BY_ID:
        raise WrongUse(f"--explain: there is no rule {name!r} (there are: {', '.join(BY_ID)})")
    print(tell_rule(name), end="")
    return 0


def _asked(options: Namespace) -> Asked:
    return Asked(
        policy=_policy(options.policy),
        expected=tuple(map(_expected, options.expect_pack)),
        baseline=_baseline(options.baseline),
        fail_on=options.fail_on,
    )


def _policy(path: str | None) -> Policy | None:
    if path is None:
        return None
    try:
        return read_policy(decode(_read(path)), path)
    except ValueError as error:
        raise WrongUse(f"{path}: cannot be read: {explain(error)[0]}") from None


def _baseline(path: str | None) -> frozenset[str]:
    return read_baseline(_read(path), path) if path is not None else frozenset()


def _expected(text: str) -> Expected:
    name, at, versions = text.partition("@")
    try:
        if versions:
            specifiers(versions)
    except ValueError:
        raise WrongUse(f"--expect-pack {text}: {versions} is no range of versions (3, or >=3,<4)") from None
    if not name:
        raise WrongUse(f"--expect-pack {text}: names no pack")
    if at and not versions.strip():  # as where a variable of CI has no value
        raise WrongUse(f"--expect-pack {text}: names no version after the @ (3, or >=3,<4)")
    return Expected(name, versions)


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read(_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise WrongUse(f"{path}: cannot be read: {explain(error)[0].lower()}") from None


def _write(path: str, text: str) -> None:
    """Write the whole file or nothing of it."""
    beside = f"{path}.new-{os.getpid()}"
    try:
        with open(beside, "x", encoding="utf-8") as file:
            file.write(text)
        os.replace(beside, path)
    except (OSError, ValueError) as error:
        if os.path.exists(beside):
            os.unlink(beside)
        raise CannotWrite(f"{path}: {explain(error)[0].lower()}") from None


def _from_here(checked: Checked, path: str) -> Checked:
    """Return CHECKED with paths from where we were called: CI shows what it can find from there."""
    above = os.path.normpath(path).replace(os.sep, "/")
    if above == "." or above.startswith(("/", "../")) or above == ".." or os.path.isabs(path):
        return checked
    problems = (problem._replace(path=f"{above}/{problem.path}") for problem in checked.problems)
    return checked._replace(problems=tuple(problems))


def _report(checked: Checked, form: str) -> None:
    """Print what was found in FORM; what could not be looked at goes beside it."""
    style = style_of(sys.stdout, os.environ)
    match form:
        case "json":
            print(json.dumps(checked_as_json(checked), indent=2))
        case "sarif":
            from scaffold.checking.sarif import as_sarif

            print(json.dumps(as_sarif(checked), indent=2))
        case "github":
            print(tell_github(checked), end="")
        case _:
            print(tell_checked(checked, style), end="")
    if checked.warnings:
        print(tell_warnings(checked.warnings, style_of(sys.stderr, os.environ)), end="", file=sys.stderr)
