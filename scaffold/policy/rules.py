"""All rules, in the order in which they are told, and the words for them, which few commands need."""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from scaffold.nouns import NamedTuple
from scaffold.policy import commands, compose, context, files, images, secrets, stages
from scaffold.policy.rule import Rule
from scaffold.tables import read_table

RULES: tuple[Rule, ...] = (
    *files.RULES,
    *images.RULES,
    *stages.RULES,
    *commands.RULES,
    *secrets.RULES,
    *context.RULES,
    *compose.RULES,
)

BY_ID: Mapping[str, Rule] = MappingProxyType({rule.id: rule for rule in RULES})


class RuleText(NamedTuple):
    """What a rule asks, in words."""

    about: str
    why: str
    mend: str
    also: tuple[str, ...]  # what others call it: "DL3002"
    parameters: Mapping[str, str]  # what each is


@cache
def rule_texts() -> Mapping[str, RuleText]:
    """Return the words for each rule, by its id."""
    rows = read_table(__file__, "rules.toml")
    texts = {
        name: RuleText(
            row["about"], row["why"], row["mend"], tuple(row.get("also", ())), row.get("parameters", {})
        )
        for name, row in rows.items()
    }
    return MappingProxyType(texts)
