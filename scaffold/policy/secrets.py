"""Rules on secrets: in the variables of an image, among the files that it takes, in a Compose file."""

import re
from collections.abc import Iterator

from scaffold.policy.rule import Found, Parameter, Parameters, Rule, Subject

#: As BuildKit tells the name of a secret from another one, and what it lets pass.
#: https://docs.docker.com/reference/build-checks/secrets-used-in-arg-or-env/
_NAME = re.compile(
    r"(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|pass|secret|token)(?:_|$)", re.IGNORECASE
)
_NO_SECRET = re.compile(
    r"(?:_|^)public(?:_|$)|_(?:FILE|PATH|DIR|URL|URI|NAME|ID|TTL|HEADER|ALGORITHM|EXPIRES?|EXPIRY|LENGTH)$",
    re.IGNORECASE,
)

#: In a Compose file, where nothing else says so, it must be the last word: `JWT_SECRET`, and not `AUTH_DEV`.
_LAST = re.compile(
    r"(?:_|^)(?:apikey|credentials?|key|password|pword|passwd|pass|secret|token)$|^SECRET_", re.IGNORECASE
)

#: What switches something: `MYSQL_ALLOW_EMPTY_PASSWORD: yes`.
_SWITCHES = frozenset({"", "0", "1", "true", "false", "yes", "no", "on", "off"})

#: What is a secret whatever it is called: the forms that their issuers document.
#: https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns
_TOKEN = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{10,}"
    r"|npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,}|sk_live_\w{16,})|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_USERINFO = re.compile(r"(?<![a-z0-9+.-])[a-z][a-z0-9+.-]*://([^\s/:@$]*):([^\s/@$]+)@")

#: Files that hold secrets by their very names.
_FILES = re.compile(
    r"(?:^|/)(?:\.env|\.netrc|\.pgpass|\.git-credentials|id_(?:rsa|dsa|ecdsa|ed25519)|\.aws/credentials"
    r"|\.docker/config\.json|\.kube/config)$"
)
_DEFAULT = re.compile(r"\$\{\w+:?-(.*)\}")


def is_secret(name: str) -> bool:
    """Say whether a variable NAME is one that holds a secret."""
    return _NAME.search(name) is not None and not _NO_SECRET.search(name)


def _password_in(text: str) -> str:
    """Return the password in an address of TEXT, or ""; one that is its user's name is a stand-in."""
    return next((match[2] for match in _USERINFO.finditer(text) if match[1] != match[2]), "")


def _in_image(subject: Subject, _: Parameters) -> Iterator[Found]:
    for instruction in subject.dockerfile.instructions:
        if instruction.name in ("ARG", "ENV"):
            for name, value in instruction.pairs.items():
                if is_secret(name) and not value.startswith("/"):
                    message = f"{instruction.name} {name} is kept in the image, or in its history"
                    yield Found(instruction.line, message, f"{instruction.name} {name}")
        if _TOKEN.search(instruction.whole) or any(_TOKEN.search(each.text) for each in instruction.heredocs):
            message = f"{instruction.name} has a secret in it"
            yield Found(instruction.line, message, f"{instruction.name} token")
        elif _password_in(instruction.whole):
            message = f"{instruction.name} has an address with a password in it"
            yield Found(instruction.line, message, f"{instruction.name} password")


def _copied(subject: Subject, _: Parameters) -> Iterator[Found]:
    for stage in subject.dockerfile.stages:
        for instruction in stage.all("COPY", "ADD"):
            if instruction.flag("from") is None:
                for source in instruction.arguments[:-1]:
                    if _FILES.search(source.strip("\"'")):
                        yield Found(
                            instruction.line, f"{instruction.name} takes {source} along", instruction.whole
                        )


def _in_compose(subject: Subject, parameters: Parameters) -> Iterator[Found]:
    compose = subject.compose
    if compose is None:
        return
    harmless = tuple(str(text).lower() for text in parameters["placeholders"])
    for service, path, name, value in compose.variables:
        default = _DEFAULT.fullmatch(value)
        plain = default[1] if default else value
        is_named = is_secret(name) and _LAST.search(name) and plain.lower() not in _SWITCHES
        named = plain if is_named and "$" not in plain else ""
        secret = named or _password_in(plain)
        if secret and not secret.startswith("/") and not _is_harmless(secret, harmless):
            yield Found(
                compose.line(*path), f"{service}: {name} is written out", f"{service} {name}={secret[:2]}"
            )


def _is_harmless(value: str, harmless: tuple[str, ...]) -> bool:
    return any(text in value.lower() for text in harmless)


#: What is obviously no secret, by a part of it. The last one is "local" in base64.
_PLACEHOLDERS = ("local", "change-me", "changeme", "example", "placeholder", "bG9jYWw")

RULES = (
    Rule("secret-in-image", "dockerfile", "error", _in_image),
    Rule("secret-copied", "dockerfile", "error", _copied),
    Rule(
        "compose-secret",
        "compose",
        "warning",
        _in_compose,
        {"placeholders": Parameter("texts", _PLACEHOLDERS)},
    ),
)
