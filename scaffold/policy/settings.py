"""A policy: which rules count, how much, with which parameters. Read from policy.toml, laid over our own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from scaffold.errors import WrongUse
from scaffold.images import BUMPS
from scaffold.nouns import NamedTuple
from scaffold.policy.rule import Parameter, Parameters
from scaffold.policy.rules import BY_ID, RULES
from scaffold.policy.stages import LABEL_FORMATS
from scaffold.problems import SEVERITIES
from scaffold.reading.formats import explain, read_toml

OFF = "off"

#: How long a deviation may be declared for, where the policy says nothing.
MAX_DAYS = 180

#: At which severity check fails.
FAIL_ON = (*reversed(SEVERITIES), "never")

_NONE: Mapping[str, Any] = MappingProxyType({})


class Policy(NamedTuple):
    """What is asked for."""

    severities: Mapping[str, str]  # by rule: "error" "warning" "note" "off"
    parameters: Mapping[str, Parameters]  # by rule, those that have some
    fail_on: str = "error"
    max_days: int = MAX_DAYS  # of a deviation
    never: tuple[str, ...] = ()  # rules that nobody may deviate from


def default_policy() -> Policy:
    """Return our own: what holds where nobody says otherwise."""
    severities = {rule.id: rule.severity for rule in RULES}
    defaults = {
        rule.id: {name: parameter.default for name, parameter in rule.parameters.items()}
        for rule in RULES
        if rule.parameters
    }
    return Policy(severities, defaults)


def read_policy(text: str, place: str, under: Policy | None = None) -> Policy:
    """Return what TEXT (TOML) asks for, laid over UNDER or our own policy; PLACE is named in errors.

    Raises WrongUse for what is no TOML, and for a rule, parameter or value that there is not.
    """
    try:
        told = read_toml(text)
    except Exception as error:  # a parser that runs out of stack too: see scaffold.reading.formats
        message, line = explain(error)
        raise WrongUse(f"{place}{f':{line}' if line else ''}: cannot be parsed: {message}") from None
    return _Reader(place, under or default_policy()).read(told)


class _Reader:
    """Reads one policy, and says where something is wrong."""

    def __init__(self, place: str, under: Policy) -> None:
        self.place = place
        self.under = under

    def read(self, told: Mapping[str, Any]) -> Policy:
        self.known(told, ("fail_on", "rules", "deviations"), "key")
        severities = dict(self.under.severities)
        parameters = dict(self.under.parameters)
        for name, row in self.table(told, "rules").items():
            self.known({name: row}, tuple(BY_ID), "rule")
            rule = BY_ID[name]
            row = self.table({name: row}, name)
            self.known(row, ("severity", *rule.parameters), f"key of {name}")
            if "severity" in row:
                severities[name] = self.one_of(row["severity"], (*SEVERITIES, OFF), f"{name}: severity")
            elif severities[name] == OFF:  # who names it wants it to count
                severities[name] = "error"
            own = {
                key: self.parameter(f"{name}: {key}", value, rule.parameters[key])
                for key, value in row.items()
                if key != "severity"
            }
            parameters[name] = {**parameters.get(name, {}), **own}
        return self.around(told, self.under._replace(severities=severities, parameters=parameters))

    def around(self, told: Mapping[str, Any], policy: Policy) -> Policy:
        """Return POLICY with what is said besides the rules."""
        if "fail_on" in told:
            policy = policy._replace(fail_on=self.one_of(told["fail_on"], FAIL_ON, "fail_on"))
        deviations = self.table(told, "deviations")
        self.known(deviations, ("max_days", "never"), "key of deviations")
        if "max_days" in deviations:
            days = deviations["max_days"]
            if not isinstance(days, int) or isinstance(days, bool) or not 0 <= days <= 10_000:
                raise self.wrong("deviations: max_days is no number of days")
            policy = policy._replace(max_days=days)
        if "never" in deviations:
            never = self.texts("deviations: never", deviations["never"])
            self.known(dict.fromkeys(never), tuple(BY_ID), "rule")
            policy = policy._replace(never=never)
        return policy

    def parameter(self, name: str, value: Any, parameter: Parameter) -> Any:
        if parameter.type == "texts":
            return self.texts(name, value)
        if parameter.type == "bump":
            return self.one_of(value, BUMPS, name)
        if not isinstance(value, dict):
            raise self.wrong(f"{name} is no table")
        return {key: self.one_of(form, LABEL_FORMATS, f"{name}: {key}") for key, form in value.items()}

    def texts(self, name: str, value: Any) -> tuple[str, ...]:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.wrong(f"{name} is no list of texts")
        return tuple(value)

    def table(self, told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        value = told.get(key, _NONE)
        if not isinstance(value, Mapping):
            raise self.wrong(f"{key} is no table")
        return value

    def one_of(self, value: Any, choices: tuple[str, ...], name: str) -> str:
        if value not in choices:
            raise self.wrong(f"{name} is {value!r}, which is none of {', '.join(choices)}")
        return str(value)

    def known(self, row: Mapping[str, Any], names: tuple[str, ...], what: str) -> None:
        for key in row:
            if key not in names:
                import difflib

                close = difflib.get_close_matches(key, names, 3, 0.5)
                told = f"did you mean {' or '.join(close)}?" if close else f"there are: {', '.join(names)}"
                raise self.wrong(f"there is no {what} {key!r} ({told})")

    def wrong(self, what: str) -> WrongUse:
        return WrongUse(f"{self.place}: {what}")
