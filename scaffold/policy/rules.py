"""All rules, in the order in which they are told."""

from scaffold.policy import commands, compose, context, files, images, secrets, stages
from scaffold.policy.rule import Rule

RULES: tuple[Rule, ...] = (
    *files.RULES,
    *images.RULES,
    *stages.RULES,
    *commands.RULES,
    *secrets.RULES,
    *context.RULES,
    *compose.RULES,
)

BY_ID: dict[str, Rule] = {rule.id: rule for rule in RULES}
