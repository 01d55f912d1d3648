"""`NamedTuple`, as `typing` has it, made in an eighth of the time: there are a hundred of them at each start.

`typing` has a function compiled for each one, and looks at each annotation. Here all share their functions.
"""

import sys
from typing import TYPE_CHECKING, Any

# From 3.14 on a class has no annotations before they are asked for: https://peps.python.org/pep-0749/
if TYPE_CHECKING or sys.version_info >= (3, 14):
    from typing import NamedTuple as NamedTuple
else:
    from collections import _tuplegetter

    class _Maker(type):
        def __new__(cls, name, bases, names):
            if not bases:
                return super().__new__(cls, name, bases, names)
            fields = tuple(names.get("__annotations__", ()))
            defaults = {field: names.pop(field) for field in fields if field in names}
            getters = {field: _tuplegetter(place, None) for place, field in enumerate(fields)}
            own = {"__slots__": (), "__match_args__": fields, "_fields": fields, "_field_defaults": defaults}
            return type(name, (tuple,), {**_METHODS, **names, **own, **getters})

    class NamedTuple(metaclass=_Maker):
        """The base of a noun; the noun's own base is `tuple`."""


def _new(cls: Any, *values: Any, **named: Any) -> Any:
    if named or len(values) != len(cls._fields):
        values += _others(cls, len(values), named)
    return tuple.__new__(cls, values)


def _others(cls: Any, given: int, named: dict[str, Any]) -> tuple[Any, ...]:
    """Return the values of the fields after those that are GIVEN by their place."""
    fields, told = cls._fields[given:], {**cls._field_defaults, **named}
    if given > len(cls._fields) or not named.keys() <= set(fields) or not told.keys() >= set(fields):
        raise TypeError(f"{cls.__name__} takes {', '.join(cls._fields)}; there were {given} and {[*named]}")
    return tuple([told[field] for field in fields])


def _replace(self: Any, **named: Any) -> Any:
    values = [named.pop(field, value) for field, value in zip(self._fields, self, strict=True)]
    if named:
        raise TypeError(f"{type(self).__name__} has no {', '.join(named)}")
    return tuple.__new__(type(self), values)


def _asdict(self: Any) -> dict[str, Any]:
    return dict(zip(self._fields, self, strict=True))


def _repr(self: Any) -> str:
    return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in _asdict(self).items())})"


_METHODS = {
    "__new__": _new,
    "__repr__": _repr,
    "__getnewargs__": lambda self: tuple(self),
    "_make": classmethod(lambda cls, values: cls(*values)),
    "_replace": _replace,
    "_asdict": _asdict,
}
