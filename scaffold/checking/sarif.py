"""What `check` found as SARIF 2.1.0, which GitHub, GitLab and IDEs show beside the code.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html, and what GitHub makes of it:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
"""

from typing import Any
from urllib.parse import quote

from scaffold import __version__
from scaffold.checking.check import Checked
from scaffold.policy.rules import BY_ID, rule_texts
from scaffold.problems import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"

#: What our fingerprints are called; another way to make them has another number.
FINGERPRINT = "scaffold/v1"


def as_sarif(checked: Checked) -> dict[str, Any]:
    """Return the one object with the one run."""
    rules = sorted({problem.rule for problem in checked.problems})
    driver = {
        "name": "docker-scaffold",
        "semanticVersion": __version__,
        "rules": [_rule(name) for name in rules],
    }
    results = [_result(problem, rules.index(problem.rule)) for problem in checked.problems]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The folder that was checked"}}},
        "results": results,
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(name: str) -> dict[str, Any]:
    text = rule_texts()[name]
    default = BY_ID[name].severity
    return {
        "id": name,
        "shortDescription": {"text": text.about},
        "fullDescription": {"text": text.why},
        "help": {"text": text.mend, "markdown": text.mend},
        "defaultConfiguration": {"level": default if default != "off" else "error"},
        **({"properties": {"tags": list(text.also)}} if text.also else {}),
    }


def _result(problem: Problem, index: int) -> dict[str, Any]:
    # GitHub shows nothing that has no line
    place = {
        "artifactLocation": {"uri": quote(problem.path), "uriBaseId": "ROOT"},
        "region": {"startLine": problem.line or 1},
    }
    accepted = [{"kind": "external", "justification": problem.accepted}] if problem.accepted else []
    return {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": problem.severity,
        "message": {"text": problem.message},
        "locations": [{"physicalLocation": place}],
        "partialFingerprints": {FINGERPRINT: problem.fingerprint},
        "suppressions": accepted,
    }
