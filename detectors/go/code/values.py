"""Values of Go that are known before a program runs, and what functions of libraries make of them."""

import re
from collections.abc import Callable, Mapping
from posixpath import basename, dirname, normpath

from scaffold.model import Value
from scaffold.nouns import NamedTuple

#: Where the app lies in the image, and runs.
HOME = "/app"
#: A part of a text that only a run can tell.
UNKNOWN = "{}"


class _Nothing:
    """Nobody knows."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()


class Folded(NamedTuple):
    """What an expression comes to, and the variables and flags that change it."""

    value: Value = NOTHING  # None: nil; a tuple of these: a list
    names: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()

    @property
    def text(self) -> str | None:
        """Its value as text; "{}" stands for a part that only a run can tell."""
        if self.value is None or self.value is NOTHING or isinstance(self.value, tuple):
            return None
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)

    @property
    def is_known(self) -> bool:
        """Whether all of it is known."""
        return self.value is not NOTHING and UNKNOWN not in (self.text or "")

    def also(self, *others: "Folded") -> "Folded":
        """The same value, which OTHERS change too."""
        return Folded(
            self.value,
            self.names.union(*(one.names for one in others)),
            self.flags.union(*(one.flags for one in others)),
        )


EMPTY = Folded()
#: An error that is one: not nil, and no text.
FAILED = Folded("{}")


# -- operators


def is_number(value: Value) -> bool:
    """Whether VALUE is a number that can be worked with."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e15


def both(left: Value, right: Value, conjunction: bool) -> Value:
    """Return what `&&`, with CONJUNCTION, or `||` makes of two values."""
    deciding = not conjunction
    if left is deciding or right is deciding:
        return deciding
    return conjunction if isinstance(left, bool) and isinstance(right, bool) else NOTHING


def equal(left: Folded, right: Folded, wanted: bool) -> Value:
    """Return whether two values are the same, or where that is not WANTED, whether they are not."""
    if left.value is None or right.value is None:
        if NOTHING in (left.value, right.value):
            return NOTHING
        return (left.value is None and right.value is None) == wanted
    if not (left.is_known and right.is_known) or left.text is None or right.text is None:
        return NOTHING
    return (left.text == right.text) == wanted


def counted(operator: str, left: Value, right: Value) -> Value:
    """Return `5 * 60`, `len(args) > 1`: settings are worked out that way."""
    if not (is_number(left) and is_number(right)):
        return NOTHING
    if operator in _COMPARED:
        return _COMPARED[operator](left, right)
    return _WORKED_OUT[operator](left, right) if operator in _WORKED_OUT else NOTHING


_COMPARED: Mapping[str, Callable[[Value, Value], bool]] = {
    "<": lambda a, b: bool(a < b),
    ">": lambda a, b: bool(a > b),
    "<=": lambda a, b: bool(a <= b),
    ">=": lambda a, b: bool(a >= b),
}
_WORKED_OUT: Mapping[str, Callable[[Value, Value], Value]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
}


def zero_of(made: str) -> Value:
    """Return what a variable of a type is before it is given a value."""
    if made == "string":
        return ""
    if made == "bool":
        return False
    return 0 if re.fullmatch(r"u?int(8|16|32|64)?", made) else NOTHING


def joined(values: list[Folded], by: str = "") -> Folded:
    """Return VALUES as one text."""
    if all(value.text is None for value in values):
        return EMPTY.also(*values)
    return Folded(by.join(UNKNOWN if value.text is None else value.text for value in values)).also(*values)


# -- functions of libraries


#: Constants of libraries that say a route's verb, or where a service is.
CONSTANTS: Mapping[str, str] = {
    **{f"net/http.Method{verb.title()}": verb for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")},
    **{f"github.com/gofiber/fiber.Method{verb.title()}": verb for verb in ("GET", "HEAD", "POST", "PUT")},
    **{
        f"github.com/labstack/echo.{verb}": verb for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
    },
    "github.com/nats-io/nats.go.DefaultURL": "nats://127.0.0.1:4222",
}

#: Calls that give back a number, and an error where a text is none.
PARSED = frozenset({"strconv.Atoi", "strconv.ParseInt", "strconv.ParseUint", "strconv.ParseBool"})
#: Calls that give back what they are given.
PASSED_ON = frozenset(
    {"strings.TrimSpace", "strings.Clone", "filepath.Clean", "path/filepath.Clean", "path.Clean",
     "path/filepath.FromSlash", "path/filepath.ToSlash", "strconv.Itoa", "strconv.FormatInt", "string", "int",
     "int32", "int64", "uint", "uint16", "uint32", "uint64", "net/url.PathEscape", "net/url.QueryEscape",
     "os.ExpandEnv", "strconv.FormatUint", "fmt.Sprint", "github.com/aws/aws-sdk-go/aws.String"}
)  # fmt: skip


def _parsed(values: list[Folded]) -> Folded:
    text = values[0].text if values else None
    if text and re.fullmatch(r"-?\d{1,15}", text):
        return values[0]._replace(value=int(text))
    return (Folded(0) if text == "" else EMPTY).also(*values)


def _formatted(values: list[Folded]) -> Folded:
    """`fmt.Sprintf("%s:%d", host, port)`."""
    if not values or values[0].text is None:
        return EMPTY.also(*values)
    rest = iter(values[1:])

    def one(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        text = next(rest, EMPTY).text
        return UNKNOWN if text is None else text

    return Folded(re.sub(r"%[-+# 0]*\d*(?:\.\d+)?[a-zA-Z]|%%", one, values[0].text)).also(*values)


def _path(values: list[Folded]) -> Folded:
    parts = [UNKNOWN if value.text is None else value.text for value in values]
    path = "/".join(part for part in parts if part)
    if not path or all(value.text is None for value in values):
        return EMPTY.also(*values)
    return Folded(re.sub(r"/+", "/", path) if UNKNOWN in path else normpath(path)).also(*values)


def _absolute(values: list[Folded]) -> Folded:
    text = values[0].text if values else None
    if text is None:
        return EMPTY.also(*values)
    return Folded(text if text.startswith("/") else normpath(f"{HOME}/{text}")).also(*values)


def _first_set(values: list[Folded]) -> Folded:
    """`cmp.Or(os.Getenv("PORT"), "8080")`."""
    chosen = next((one for one in values if one.value not in ("", 0, None, False)), EMPTY)
    return chosen.also(*values)


def _host_and_port(values: list[Folded]) -> Folded:
    return joined(values, ":") if len(values) == 2 else EMPTY


def _on_text(change: Callable[..., str]) -> Callable[[list[Folded]], Folded]:
    """A function of texts, where all of them are known."""

    def changed(values: list[Folded]) -> Folded:
        texts = [value.text for value in values]
        if not texts or any(text is None for text in texts) or not values[0].is_known:
            return (values[0] if values else EMPTY).also(*values)
        try:
            return Folded(change(*texts)).also(*values)
        except (TypeError, ValueError):
            return EMPTY.also(*values)

    return changed


def _length(values: list[Folded]) -> Folded:
    value = values[0].value if values else NOTHING
    return Folded(len(value) if isinstance(value, (str, tuple)) else NOTHING).also(*values)


def _listed(values: list[Folded]) -> Folded:
    text, by = (values[0].text, values[1].text) if len(values) == 2 else (None, None)
    if not text or not by:
        return EMPTY.also(*values)
    return Folded(tuple(Folded(part).also(*values) for part in text.split(by))).also(*values)


def _strung(values: list[Folded]) -> Folded:
    parts = values[0].value if values else None
    if not isinstance(parts, tuple) or len(values) < 2:
        return EMPTY.also(*values)
    return joined(list(parts), values[1].text or "").also(*values)


def _is_in(values: list[Folded]) -> Folded:
    texts = [value.text if value.is_known else None for value in values]
    if len(texts) < 2 or texts[0] is None or texts[1] is None:
        return EMPTY.also(*values)
    return Folded(texts[1] in texts[0]).also(*values)


def _begins(values: list[Folded]) -> Folded:
    text, start = (values[0].text, values[1].text) if len(values) == 2 else (None, None)
    if text is None or start is None:
        return EMPTY.also(*values)
    known = text.partition(UNKNOWN)[0]
    value = known.startswith(start) if len(known) >= len(start) or UNKNOWN not in text else NOTHING
    return Folded(value).also(*values)


#: What functions make of what they are given, by their full names.
LIBRARY: Mapping[str, Callable[[list[Folded]], Folded]] = {
    **dict.fromkeys(PARSED, _parsed),
    "fmt.Sprintf": _formatted,
    "path.Join": _path,
    "path/filepath.Join": _path,
    "path/filepath.Abs": _absolute,
    "path/filepath.Dir": _on_text(dirname),
    "path.Dir": _on_text(dirname),
    "path.Base": _on_text(basename),
    "path/filepath.Base": _on_text(basename),
    "os.Getwd": lambda _: Folded(HOME),
    "cmp.Or": _first_set,
    "net.JoinHostPort": _host_and_port,
    "strings.TrimPrefix": _on_text(lambda text, part: text.removeprefix(part)),
    "strings.TrimSuffix": _on_text(lambda text, part: text.removesuffix(part)),
    "strings.Trim": _on_text(lambda text, part: text.strip(part)),
    "strings.TrimLeft": _on_text(lambda text, part: text.lstrip(part)),
    "strings.TrimRight": _on_text(lambda text, part: text.rstrip(part)),
    "strings.ToLower": _on_text(lambda text: text.lower()),
    "strings.ToUpper": _on_text(lambda text: text.upper()),
    "strings.ReplaceAll": _on_text(lambda text, old, new: text.replace(old, new)),
    "strings.Contains": _is_in,
    "strings.HasPrefix": _begins,
    "strings.Split": _listed,
    "strings.Join": _strung,
    "len": _length,
}
