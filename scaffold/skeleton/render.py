"""From a template and a context to files: by cookiecutter, within one folder, with its Jinja in a sandbox."""

from __future__ import annotations

import errno
import logging
import os
import posixpath
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scaffold.errors import CannotWrite, ScaffoldError, UntrustedPack, WrongUse

if TYPE_CHECKING:
    from jinja2 import Environment

    from scaffold.skeleton.source import Template

#: What a full, broken or forbidden disk says.
_OF_THE_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}

#: cookiecutter changes the working directory, and its modules are given another environment here.
_ONE_AT_A_TIME = threading.RLock()


def render(template: Template, context: dict[str, Any], into: Path, *, trust: bool) -> Path:
    """Return the folder of the project that cookiecutter makes of TEMPLATE in INTO/out.

    UntrustedPack: a name leads out of the project, or the template reaches into Python with no TRUST.
    WrongUse: it cannot be rendered, or one of its hooks ended badly. CannotWrite: the disk takes no file.
    """
    from cookiecutter.generate import generate_files

    out = into.resolve() / "out"
    out.mkdir()
    context["cookiecutter"] |= {
        "_template": template.source,
        "_output_dir": str(out),
        "_repo_dir": str(template.folder),
        "_checkout": template.checkout,
    }
    with within(template, into, out, trust=trust):
        return Path(generate_files(str(template.folder), context, str(out), accept_hooks=trust))


def run_first_hook(template: Template, into: Path) -> Template:
    """Return the template as its hook `pre_prompt` leaves it: a copy in INTO, where it has one."""
    from cookiecutter.hooks import run_pre_prompt_hook

    with within(template, into, trust=True):
        return template._replace(folder=Path(run_pre_prompt_hook(str(template.folder))))


@contextmanager
def within(template: Template, into: Path, out: Path | None = None, *, trust: bool = False) -> Iterator[None]:
    """Let cookiecutter work, on TEMPLATE and in INTO alone, and tell in one line what goes wrong."""
    with _ONE_AT_A_TIME, _told(template.source, into), _confined(out, trust), _apart(template, into, trust):
        yield


# -- names, and Jinja


@contextmanager
def _confined(out: Path | None, trust: bool) -> Iterator[None]:
    """Have cookiecutter render in a sandbox unless TRUST, and no name that leads out of OUT.

    It has neither of its own: https://github.com/cookiecutter/cookiecutter/issues/1415
    """
    from cookiecutter import generate, prompt

    def make(context: dict[str, Any]) -> Environment:
        return make_environment(context, out, trust=trust)

    before = generate.create_env_with_context, prompt.create_env_with_context
    generate.create_env_with_context = prompt.create_env_with_context = make
    try:
        yield
    finally:
        generate.create_env_with_context, prompt.create_env_with_context = before


def make_environment(context: dict[str, Any], out: Path | None, *, trust: bool) -> Environment:
    """Return cookiecutter's Jinja environment, in the sandbox of Jinja, and with names that stay in OUT."""
    from cookiecutter.environment import ExtensionLoaderMixin
    from jinja2 import Environment, StrictUndefined, Template
    from jinja2.sandbox import SandboxedEnvironment

    class Name(Template):
        """The name of a file or folder: all that cookiecutter renders from a string, and not from a file."""

        def render(self, *args: Any, **kwargs: Any) -> str:
            name = super().render(*args, **kwargs)
            if out is not None:
                _refuse_way_out(name, out)
            return name

    base: type[Environment] = Environment if trust else SandboxedEnvironment

    class Confined(ExtensionLoaderMixin, base):  # type: ignore[misc, valid-type]
        def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> Any:  # noqa: A002
            return super().from_string(source, globals, template_class or Name)

    settings = context.get("cookiecutter", {}).get("_jinja2_env_vars", {})
    made: Environment = Confined(
        context=context, **{"undefined": StrictUndefined, "keep_trailing_newline": True, **settings}
    )
    return made


def _refuse_way_out(name: str, out: Path) -> None:
    """Refuse a NAME that leads out: relative to the project, or else in OUT, which has the project."""
    plain = posixpath.normpath(name.replace("\\", "/"))
    is_way_out = plain == ".." or plain.startswith("../")
    if is_way_out or (Path(name).anchor and not Path(plain).is_relative_to(out)):
        raise UntrustedPack(f"a file's name leads out of the project: {name}")


# -- what cookiecutter does besides


@contextmanager
def _apart(template: Template, into: Path, trust: bool) -> Iterator[None]:
    """Keep temporary files in INTO, standard output for us, and the import path as it was."""
    before, path = tempfile.tempdir, list(sys.path)
    tempfile.tempdir = str(into)
    if trust:  # for its local extensions
        sys.path.append(str(template.folder))
    logging.getLogger("cookiecutter").propagate = False  # it logs a traceback where a hook fails
    logging.getLogger("cookiecutter").addHandler(logging.NullHandler())
    try:
        with _hooks_say_it_on_stderr():
            yield
    finally:
        tempfile.tempdir, sys.path[:] = before, path


@contextmanager
def _hooks_say_it_on_stderr() -> Iterator[None]:
    """Hooks inherit our standard output, which may carry data."""
    try:
        sys.stdout.flush()
        kept = os.dup(1)
    except (OSError, AttributeError):  # closed by who called us
        yield
        return
    try:
        os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


@contextmanager
def _told(source: str, into: Path) -> Iterator[None]:
    """Tell what goes wrong in one line: a template is a program of somebody's, and can raise anything."""
    from jinja2 import TemplateError
    from jinja2.exceptions import SecurityError

    try:
        yield
    except ScaffoldError as error:
        raise type(error)(f"{source}: {error}") from error
    except SecurityError as error:
        raise UntrustedPack(f"{source}: reaches into Python: {error} (--trust lets it)") from error
    except TemplateError as error:
        place = [getattr(error, key, None) for key in ("filename", "lineno")]
        where = "".join(f"{part}:" for part in place if part)
        raise WrongUse(f"{source}: cannot be rendered: {where} {error.message or error}") from error
    except OSError as error:  # a name that is too long, or has folders in it, is the template's
        kind = CannotWrite if error.errno in _OF_THE_DISK else WrongUse
        raise kind(f"{source}: cannot be rendered: {_said(error, into)}") from error
    except Exception as error:
        raise WrongUse(f"{source}: cannot be rendered: {_said(error, into)}") from error


def _said(error: Exception, into: Path) -> str:
    """Return what an error says, without the folder that nobody knows of."""
    from cookiecutter.exceptions import (
        CookiecutterException,
        OutputDirExistsException,
        UndefinedVariableInTemplate,
    )

    if isinstance(error, OutputDirExistsException):  # the folder that it is made in: out of an empty answer
        return "it gives the project's folder no name"
    if isinstance(error, UndefinedVariableInTemplate):  # its text has the whole context in it
        return f"{error.message}: {error.error.message}"
    name = "" if isinstance(error, CookiecutterException) else f"{type(error).__name__}: "
    text = f"{name}{error or type(error).__name__}"
    return text.replace(f"{into.resolve()}{os.sep}", "").replace(f"{into}{os.sep}", "")
