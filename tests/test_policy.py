"""The rules: each sees what it is for, and lets pass what is right; and the policies that set them."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest
from example import GOLDEN
from hypothesis import given
from hypothesis import strategies as st

from scaffold.errors import WrongUse
from scaffold.policy.composefile import ComposeFile
from scaffold.policy.context import IgnoreRules
from scaffold.policy.globs import LONGEST, LONGEST_NAME, is_path_of
from scaffold.policy.images import is_allowed
from scaffold.policy.inspect import find_files, inspect, is_compose, is_dockerfile
from scaffold.policy.rules import BY_ID, RULES, rule_texts
from scaffold.policy.settings import default_policy, read_policy
from scaffold.problems import Problem, settled
from scaffold.reading.tree import Tree

Files = Mapping[str, str | bytes]

FINE = 'FROM python:3.14-slim AS base\nFROM base\nWORKDIR /app\nUSER 65532:65532\nCMD ["python"]\n'


def found(files: Files, policy: str = "") -> tuple[Problem, ...]:
    """Return what the rules say of FILES."""
    tree = Tree(files)
    asked = read_policy(policy, "policy.toml") if policy else default_policy()
    return settled(inspect(tree, find_files(tree), lambda _: asked))


def rules_of(files: Files, policy: str = "") -> set[str]:
    return {problem.rule for problem in found(files, policy)}


def after(text: str, base: str = "FROM python:3.14-slim\n", user: str = "USER 1:1\n") -> Files:
    """Return a Dockerfile that is as it should be, and then TEXT."""
    return {"Dockerfile": base + text + user, ".dockerignore": ".git\n.env\n"}


def service(text: str, image: str = "acme/shop:1") -> Files:
    """Return a Compose file with one service that has TEXT, one `key: value` a line."""
    lines = "".join(f"    {line}\n" for line in text.split("\n"))
    return {"compose.yaml": f"services:\n  web:\n    image: {image}\n{lines}"}


def policy(rule: str, line: str = "") -> str:
    return f"[rules.{rule}]\n{line}\n"


ALLOW = policy("image-allowed", 'allow = ["registry.example.com/golden/*", "docker.io/docker/dockerfile:1*"]')
GOLDEN_BASE = "FROM registry.example.com/golden/a:1\n"
BUILT = "services:\n  a:\n    build:\n      context: .\n"
ARGUMENT = {"Dockerfile": "ARG BASE=registry.example.com/golden/a:1\nARG OTHER\nFROM $BASE\nUSER 1\n"}
LABELS = policy("labels-required", 'labels = { "com.acme.team" = "text", "org.acme.source" = "url" }')

#: For each rule: what it must see and what it must let pass, each with the policy that asks for it.
CASES: dict[str, tuple[list[tuple[Files, str]], list[tuple[Files, str]]]] = {
    "unreadable": (
        [
            ({"Dockerfile": ""}, ""),
            ({"Dockerfile": b"\0\xff"}, ""),
            ({"Dockerfile": "FROM x:1\nUSER 1\nRUN <<EOF\n"}, ""),
            ({"compose.yaml": "services: [\n"}, ""),
            ({"compose.yaml": "- a\n"}, ""),
        ],
        [({"Dockerfile": FINE}, ""), ({"compose.yaml": ""}, ""), ({"compose.yaml": "services: {a: }\n"}, "")],
    ),
    "image-allowed": (
        [
            ({"Dockerfile": "FROM evil.example/golden/python:3\nUSER 1\n"}, ALLOW),
            ({"Dockerfile": "FROM registry.example.com/golden/../x:3\nUSER 1\n"}, ALLOW),
            (after("COPY --from=busybox:1 /x /x\n", GOLDEN_BASE), ALLOW),
            (
                after(
                    "RUN --mount=type=bind,from=x:1,target=/x a\n", "FROM registry.example.com/golden/a:1\n"
                ),
                ALLOW,
            ),
            (after("", "# syntax=evil/frontend\n" + GOLDEN_BASE), ALLOW),
            (after("ONBUILD COPY --from=evil:1 /x /x\n", GOLDEN_BASE), ALLOW),
            (after("", "ARG BASE\nFROM $BASE\n"), ALLOW),
            (service("init: true", "postgres:18"), ALLOW),
            (service("init: true", "${IMAGE}"), ALLOW),
            ({"compose.yaml": BUILT + "      args: {BASE: evil.example/x:1}\n", **ARGUMENT}, ALLOW),
            ({"compose.yaml": BUILT + "      args: ['BASE=${B:-evil.example/x:1}']\n", **ARGUMENT}, ALLOW),
            (
                {
                    "compose.yaml": BUILT + "      additional_contexts: [base=docker-image://evil:1]\n",
                    **ARGUMENT,
                },
                ALLOW,
            ),
        ],
        [
            ({"Dockerfile": "FROM registry.example.com/golden/python:3\nUSER 1\n"}, ALLOW),
            ({"Dockerfile": "# syntax=docker/dockerfile:1\nFROM scratch\nUSER 1\n"}, ALLOW),
            (
                {"Dockerfile": "ARG T=3\nFROM registry.example.com/golden/python:$T AS a\nFROM a\nUSER 1\n"},
                ALLOW,
            ),
            (service("init: true", "registry.example.com/golden/shop:${TAG}"), ALLOW),
            (service("build: .", "shop:local"), ALLOW),
            ({"compose.yaml": BUILT + "      args: {OTHER: evil.example/x:1}\n", **ARGUMENT}, ALLOW),
            ({"Dockerfile": "FROM anything:1\nUSER 1\n"}, ""),
        ],
    ),
    "image-unresolved": (
        [(after("", "ARG BASE\nFROM $BASE\n"), ""), (service("init: true", "acme/shop:${TAG}"), "")],
        [(after("", "ARG BASE=a:1\nFROM $BASE\n"), ""), (service("init: true", "acme/shop:${TAG:-1}"), "")],
    ),
    "image-tag": (
        [
            (after("", "FROM python\n"), ""),
            (after("", "FROM python:latest\n"), ""),
            (after("", "FROM localhost:5000/python\n"), ""),
            (after("COPY --from=biuld /x /x\n"), ""),
            (service("init: true", "postgres"), ""),
        ],
        [
            (after("", "FROM python:3\n"), ""),
            (after("", f"FROM python@sha256:{'a' * 64}\n"), ""),
            (after("", "FROM localhost:5000/python:3\n"), ""),
            (service("build: .", "shop"), ""),
        ],
    ),
    "image-digest": (
        [(after("", "FROM python:3\n"), policy("image-digest"))],
        [(after("", f"FROM python:3@sha256:{'a' * 64}\n"), policy("image-digest")), (after(""), "")],
    ),
    "image-end-of-life": (
        [
            (after("", "FROM python:3.8-slim\n"), ""),
            (after("", "FROM docker.io/library/node:18.2.0-alpine\n"), ""),
            (after("", "FROM golang:1.20\n"), ""),
            (after("", "FROM python:2.7\n"), ""),
        ],
        [
            (after("", "FROM python:3.14-slim\n"), ""),
            (after("", "FROM python:3\n"), ""),
            (after("", "FROM node:lts\n"), ""),
            (after("", "FROM acme/python:3.8\n"), ""),
        ],
    ),
    "user-root": (
        [
            ({"Dockerfile": "FROM a:1\n"}, ""),
            ({"Dockerfile": "FROM a:1\nUSER root\n"}, ""),
            ({"Dockerfile": "FROM a:1\nUSER 0:0\n"}, ""),
            ({"Dockerfile": "FROM a:1\nUSER 1\nUSER 00\n"}, ""),
            ({"Dockerfile": "FROM a:1\nARG U\nUSER $U\n"}, ""),
            ({"Dockerfile": "FROM a:1 AS b\nUSER 1\nFROM c:1\n"}, ""),
            ({"Dockerfile": "FROM a:1\nRUN <<EOF\nUSER 1\nEOF\n"}, ""),
        ],
        [
            ({"Dockerfile": "FROM a:1 AS b\nUSER 1\nFROM b\n"}, ""),
            ({"Dockerfile": "FROM a:1\nARG U=app\nUSER $U\n"}, ""),
            ({"Dockerfile": "FROM gcr.io/distroless/static-debian13:nonroot\n"}, ""),
        ],
    ),
    "user-numeric": (
        [({"Dockerfile": "FROM a:1\nUSER app\n"}, "")],
        [({"Dockerfile": "FROM a:1\nUSER 1000:app\n"}, ""), ({"Dockerfile": "FROM a:1\nUSER root\n"}, "")],
    ),
    "labels-required": (
        [
            (after(""), LABELS),
            (after('LABEL com.acme.team="" org.acme.source="https://x.y/z"\n'), LABELS),
            (after("LABEL com.acme.team=a org.acme.source=x\n"), LABELS),
        ],
        [
            (after('LABEL com.acme.team="a b" org.acme.source=https://x.y/z\n'), LABELS),
            (after("ARG T\nLABEL com.acme.team=$T org.acme.source=https://x.y/z\n"), LABELS),
            (after(""), ""),
        ],
    ),
    "exec-form": (
        [(after("CMD python app.py\n"), ""), (after("ENTRYPOINT exec a\n"), "")],
        [(after('CMD ["python"]\n'), ""), (after('SHELL ["/bin/bash", "-c"]\nCMD a\n'), "")],
    ),
    "one-command": (
        [(after('CMD ["a"]\nCMD ["b"]\n'), ""), (after('ENTRYPOINT ["a"]\nENTRYPOINT ["b"]\n'), "")],
        [({"Dockerfile": 'FROM a:1 AS x\nCMD ["a"]\nFROM x\nCMD ["b"]\nUSER 1\n'}, "")],
    ),
    "healthcheck-missing": (
        [(after("EXPOSE 8000\n"), "")],
        [
            (after('EXPOSE 8000\nHEALTHCHECK CMD ["a"]\n'), ""),
            (after("EXPOSE 8000\nHEALTHCHECK NONE\n"), ""),
            (after(""), ""),
        ],
    ),
    "workdir-relative": (
        [(after("WORKDIR app\n"), "")],
        [(after('WORKDIR "/app"\n'), ""), (after("WORKDIR $HOME\n"), ""), (after("WORKDIR C:\\\\app\n"), "")],
    ),
    "stage-name": (
        [
            ({"Dockerfile": "FROM a:1 AS Build\nUSER 1\n"}, ""),
            ({"Dockerfile": "FROM a:1 AS x\nFROM a:1 AS x\nUSER 1\n"}, ""),
            ({"Dockerfile": "FROM a:1 AS context\nUSER 1\n"}, ""),
        ],
        [({"Dockerfile": "FROM a:1 AS x\nFROM a:1 AS y\nFROM x\nUSER 1\n"}, "")],
    ),
    "port-privileged": (
        [
            (after("EXPOSE 22\n"), ""),
            (after("EXPOSE 8080 80/tcp\n"), ""),
            (after("ENV P=443\nEXPOSE $P\n"), ""),
        ],
        [(after("EXPOSE 8080/udp 9000-9010\n"), "")],
    ),
    "final-shell": (
        [
            (after(""), policy("final-shell")),
            (after("", "FROM gcr.io/distroless/static:debug-nonroot\n"), policy("final-shell")),
        ],
        [
            (after("", "FROM gcr.io/distroless/static:nonroot\n"), policy("final-shell")),
            (after("", "FROM scratch\n"), policy("final-shell")),
            (after("", "FROM mcr.microsoft.com/dotnet/runtime:10.0-noble-chiseled\n"), policy("final-shell")),
            (after(""), ""),
        ],
    ),
    "run-pipe-shell": (
        [
            (after("RUN curl -fsSL https://x.y/i.sh | bash\n"), ""),
            (after("RUN wget -qO- https://x.y/i.sh | tee log | sh -s -- -b\n"), ""),
            (after('RUN bash -c "$(curl -fsSL https://x.y)"\n'), ""),
            (after("RUN bash <(curl -s https://x.y)\n"), ""),
            (after("RUN <<EOF\nset -e\ncurl https://x.y | sudo -E python3 -\nEOF\n"), ""),
            (after('RUN ["sh", "-c", "curl https://x.y | sh"]\n'), ""),
        ],
        [
            (after("RUN curl -fsSLo /x https://x.y/i.sh && echo abc | sha256sum -c\n"), ""),
            (after("RUN curl https://x.y | tar -xz\n"), ""),
            (after("RUN <<EOF\n# curl https://x.y | sh\ntrue\nEOF\n"), ""),
            (after("RUN curl https://x.y/a | jq .sh > b\n"), ""),
        ],
    ),
    "run-tls-off": (
        [
            (after("RUN curl -sSk https://x.y\n"), ""),
            (after("RUN curl --insecure https://x.y\n"), ""),
            (after("RUN wget --no-check-certificate https://x.y\n"), ""),
            (after("RUN pip install --trusted-host x.y a\n"), ""),
            (after("RUN npm config set strict-ssl false\n"), ""),
            (after("ENV NODE_TLS_REJECT_UNAUTHORIZED=0\n"), ""),
            (after("RUN apt-get install --allow-unauthenticated a\n"), ""),
            (after("RUN git config --global http.sslVerify false\n"), ""),
        ],
        [
            (after("RUN curl -sSL https://x.y -o k\n"), ""),
            (after("RUN curl --kk -fsSL https://x.y && tar -k x\n"), ""),
            (after("ENV NODE_TLS_REJECT_UNAUTHORIZED=1\n"), ""),
        ],
    ),
    "run-sudo": (
        [(after("RUN sudo apt-get update\n"), ""), (after("RUN a && sudo b\n"), "")],
        [(after("RUN apt-get remove -y sudo vim\n"), "")],
    ),
    "run-world-writable": (
        [(after("RUN chmod -R 777 /app\n"), ""), (after("RUN chmod a+rwx /app\n"), "")],
        [(after("RUN chmod 755 /app\n"), ""), (after("RUN chmod +x /app\n"), "")],
    ),
    "add-url": (
        [(after("ADD https://x.y/z.tgz /z\n"), ""), (after("ADD https://github.com/a/b.git#main /b\n"), "")],
        [
            (after(f"ADD --checksum=sha256:{'a' * 64} https://x.y/z.tgz /z\n"), ""),
            (after(f"ADD https://github.com/a/b.git#{'a' * 40} /b\n"), ""),
            (after("ADD z.tgz /z\n"), ""),
        ],
    ),
    "add-local": (
        [(after("ADD src /src\n"), "")],
        [
            (after("ADD z.tar.gz /z\n"), ""),
            (after("COPY src /src\n"), ""),
            (after("ADD <<EOF /x\nEOF\n"), ""),
        ],
    ),
    "package-cache": (
        [
            (after("RUN apt-get update && apt-get install -y a\n"), ""),
            (after("RUN apk add a\n"), ""),
            (after("RUN pip install a\n"), ""),
            (after("RUN dnf install -y a\n"), ""),
            (after("RUN yum install -y a\n"), ""),
        ],
        [
            (after("RUN apt-get update && apt-get install -y a && rm -rf /var/lib/apt/lists/*\n"), ""),
            (after("RUN --mount=type=cache,target=/var/lib/apt/lists apt-get install -y a\n"), ""),
            (after("RUN apk add --no-cache a\n"), ""),
            (after("ENV PIP_NO_CACHE_DIR=1\nRUN pip install a\n"), ""),
            ({"Dockerfile": "FROM a:1 AS b\nRUN pip install a\nFROM c:1\nUSER 1\n"}, ""),
        ],
    ),
    "package-recommends": (
        [(after("RUN apt-get install -y a\n"), "")],
        [(after("RUN apt-get install -y --no-install-recommends a\n"), "")],
    ),
    "package-update-alone": (
        [(after("RUN apt-get update\n"), "")],
        [(after("RUN apt-get update && apt-get install -y a\n"), "")],
    ),
    "secret-in-image": (
        [
            (after("ARG API_KEY\n"), ""),
            (after("ENV DB_PASSWORD=x\n"), ""),
            (after("ENV A=1 GITHUB_TOKEN=x\n"), ""),
            (after(f"RUN echo ghp_{'a' * 36}\n"), ""),
            (after(f"RUN <<EOF\nAKIA{'A' * 16}\nEOF\n"), ""),
            (after("RUN pip install -i https://me:hunter2@x.y/simple a\n"), ""),
        ],
        [
            (after("ARG PUBLIC_KEY\n"), ""),
            (after("ENV DB_PASSWORD_FILE=/run/secrets/x\n"), ""),
            (after("ENV KEYBOARD=de MONKEY=1\n"), ""),
            (after("RUN --mount=type=secret,id=token,env=TOKEN a\n"), ""),
            (after("RUN DATABASE_URL=postgres://build:build@localhost/build a\n"), ""),
            (after("RUN curl https://$USER:$TOKEN@x.y\n"), ""),
        ],
    ),
    "secret-copied": (
        [
            (after("COPY .env /app/\n"), ""),
            (after('COPY ["a/id_rsa", "/x"]\n'), ""),
            (after("ADD .netrc /\n"), ""),
        ],
        [(after("COPY .env.example /app/\n"), ""), (after("COPY --from=x:1 /.env /\n"), "")],
    ),
    "compose-secret": (
        [
            (service("environment:\n  POSTGRES_PASSWORD: hunter2"), ""),
            (service("environment:\n  - API_TOKEN=abc"), ""),
            (service("environment:\n  DB_PASSWORD: ${DB_PASSWORD:-hunter2}"), ""),
            (service("environment:\n  URL: postgres://app:hunter2@db/app"), ""),
            (service("build:\n  context: .\n  args:\n    TOKEN: abc"), ""),
        ],
        [
            (service("environment:\n  POSTGRES_PASSWORD: local"), ""),
            (service("environment:\n  POSTGRES_PASSWORD: ${POSTGRES_PASSWORD}"), ""),
            (service("environment:\n  POSTGRES_PASSWORD_FILE: /run/secrets/db"), ""),
            (service("environment:\n  - API_TOKEN"), ""),
            (service("environment:\n  MYSQL_ALLOW_EMPTY_PASSWORD: yes\n  AUTH_DEV: on\n  KEY_USER: me"), ""),
        ],
    ),
    "dockerignore-missing": (
        [({"Dockerfile": FINE + "COPY a /a\n"}, ""), ({"app/Dockerfile": FINE + "COPY a /a\n"}, "")],
        [
            ({"Dockerfile": FINE + "COPY --from=base /a /a\n"}, ""),
            ({"app/Dockerfile": FINE + "COPY a /a\n", ".dockerignore": "x"}, ""),
            ({"Dockerfile": FINE + "COPY a /a\n", "Dockerfile.dockerignore": "x"}, ""),
            (
                {
                    "docker/Dockerfile": FINE + "COPY a /a\n",
                    "app/.dockerignore": "x",
                    "compose.yaml": "services: "
                    "{a: {build: {context: app, dockerfile: ../docker/Dockerfile}}}",
                },
                "",
            ),
        ],
    ),
    "dockerignore-leaks": (
        [
            ({"Dockerfile": FINE + "COPY . .\n", ".dockerignore": "node_modules\n"}, ""),
            ({"Dockerfile": FINE + "COPY . .\n", ".dockerignore": ".git\n**/.env\n!.env\n"}, ""),
        ],
        [
            ({"Dockerfile": FINE + "COPY . .\n", ".dockerignore": "**/.git\n.env*\n"}, ""),
            ({"Dockerfile": FINE + "COPY . .\n", ".dockerignore": "*\n!src\n"}, ""),
            ({"Dockerfile": FINE + "COPY src /src\n", ".dockerignore": "x\n"}, ""),
        ],
    ),
    "compose-privileged": (
        [(service("privileged: true"), ""), (service("privileged: yes"), "")],
        [(service("privileged: false"), "")],
    ),
    "compose-host-namespace": (
        [(service("network_mode: host"), ""), (service("pid: host"), ""), (service("ipc: host"), "")],
        [(service("network_mode: none"), "")],
    ),
    "compose-docker-socket": (
        [
            (service("volumes: ['/var/run/docker.sock:/var/run/docker.sock:ro']"), ""),
            (
                service(
                    "volumes:\n  - type: bind\n    source: /run/containerd/containerd.sock\n    target: /x"
                ),
                "",
            ),
            (service("volumes: ['${XDG_RUNTIME_DIR}/podman/podman.sock:/x']"), ""),
        ],
        [(service("volumes: ['./a:/var/run/docker.sock']"), ""), (service("volumes: ['data:/x']"), "")],
    ),
    "compose-host-mount": (
        [(service("volumes: ['/:/host']"), ""), (service("volumes: ['/etc/passwd:/x:ro']"), "")],
        [(service("volumes: ['./etc:/etc', '/etc/localtime:/etc/localtime:ro', '/srv/data:/data']"), "")],
    ),
    "compose-capabilities": (
        [
            (service("cap_add: [SYS_ADMIN]"), ""),
            (service("cap_add: [cap_all]"), ""),
            (service("cap_add: [all]"), ""),
        ],
        [(service("cap_add: [NET_BIND_SERVICE, CHOWN]"), "")],
    ),
    "compose-unconfined": (
        [
            (service("security_opt: ['seccomp:unconfined']"), ""),
            (service("security_opt: [apparmor=unconfined]"), ""),
            (service("security_opt: ['no-new-privileges:false']"), ""),
        ],
        [(service("security_opt: ['no-new-privileges:true', 'seccomp:./profile.json']"), "")],
    ),
    "compose-root": (
        [(service("user: root"), ""), (service("user: '0:0'"), "")],
        [(service("user: '1000'"), "")],
    ),
    "compose-database-port": (
        [
            (service("ports: ['5432:5432']", "postgres:18"), ""),
            (service("ports: ['6379']", "acme/cache:1"), ""),
            (service("ports: ['${PORT:-5432}:5432']", "postgres:18"), ""),
            (service("ports:\n  - target: 3306\n    published: 3306", "mysql:9"), ""),
            (service("ports: ['0.0.0.0:1:27017']", "x:1"), ""),
        ],
        [
            (service("ports: ['127.0.0.1:5432:5432']", "postgres:18"), ""),
            (service("ports: ['127.0.0.1:${PORT:-5432}:5432']", "postgres:18"), ""),
            (service("ports: ['[::1]:5432:5432']", "postgres:18"), ""),
            (service("ports:\n  - target: 3306\n    host_ip: 127.0.0.1", "mysql:9"), ""),
            (service("ports: ['8080:80']", "acme/shop:1"), ""),
        ],
    ),
    "compose-hardening": (
        [(service("read_only: true"), "")],
        [
            (service("read_only: true\ncap_drop: [all]\nsecurity_opt: ['no-new-privileges:true']"), ""),
            (service("read_only: true"), policy("compose-hardening", 'ask = ["read_only"]')),
            (
                {
                    "compose.yaml": "services: {a: {image: x:1, read_only: true, cap_drop: [ALL], "
                    "security_opt: [no-new-privileges]}}",
                    "compose.dev.yaml": "services: {a: {image: x:2}}",
                },
                "",
            ),
        ],
    ),
}


def name_of(value: object) -> str:
    return value if isinstance(value, str) and value in CASES else ""


SEEN = [(rule, *case) for rule, (bad, _) in CASES.items() for case in bad]
PASSED = [(rule, *case) for rule, (_, good) in CASES.items() for case in good]


@pytest.mark.parametrize(("rule", "files", "asked"), SEEN, ids=name_of)
def test_a_rule_sees_what_it_is_for(rule: str, files: Files, asked: str) -> None:
    assert rule in rules_of(files, asked)


@pytest.mark.parametrize(("rule", "files", "asked"), PASSED, ids=name_of)
def test_a_rule_lets_pass_what_is_right(rule: str, files: Files, asked: str) -> None:
    assert rule not in rules_of(files, asked)


def test_every_rule_that_looks_at_files_has_cases_of_both_kinds() -> None:
    assert set(CASES) == {rule.id for rule in RULES if rule.check}
    assert all(bad and good for bad, good in CASES.values())


def test_every_rule_has_its_words_and_no_other() -> None:
    assert list(rule_texts()) == [rule.id for rule in RULES]
    for name, text in rule_texts().items():
        assert set(text.parameters) == set(BY_ID[name].parameters)


@pytest.mark.parametrize("name", sorted(folder.name for folder in GOLDEN.iterdir()))
def test_what_we_write_has_no_error_and_no_warning(name: str) -> None:
    tree = Tree.at(GOLDEN / name)
    files = find_files(tree)
    assert files.dockerfiles
    problems = list(inspect(tree, files, lambda _: default_policy()))
    assert [problem for problem in problems if problem.severity != "note"] == []


def test_problems_have_their_lines() -> None:
    files = service("environment:\n  A: 1\n  TOKEN: abc\nports:\n  - 80:80\n  - 5432:5432", "x:1")
    assert {(p.rule, p.line) for p in found(files)} >= {("compose-secret", 6), ("compose-database-port", 9)}
    text = "FROM a:1\n\nRUN a \\\n  && curl x | sh\nUSER root\n"
    assert {(p.rule, p.line) for p in found({"Dockerfile": text})} == {
        ("run-pipe-shell", 3),
        ("user-root", 5),
    }


def test_a_dockerfile_inside_of_a_compose_file_is_looked_at() -> None:
    text = "services:\n  a:\n    build:\n      dockerfile_inline: |\n        FROM evil\n        USER 0\n"
    assert {(p.rule, p.path, p.line) for p in found({"compose.yaml": text})} >= {
        ("image-tag", "compose.yaml", 5),
        ("user-root", "compose.yaml", 6),
    }


def test_a_dockerfile_of_another_name_is_found_by_what_builds_it() -> None:
    files = {
        "compose.yaml": "services: {a: {build: {context: x, dockerfile: img.txt}}}",
        "x/img.txt": "FROM a\n",
    }
    assert "image-tag" in rules_of(files)


def test_a_compose_file_of_another_name_is_found_by_what_takes_it_in() -> None:
    web = "services: {a: {extends: {file: base.yml, service: b}}}\ninclude: [x/db.yml, {path: [y.yml]}]\n"
    bad = "services: {b: {image: x:1, privileged: true}}\n"
    more = bad + "include: [../z.yml]\n"
    found_in = {
        p.path
        for p in found(
            {"compose.yaml": web, "base.yml": bad, "x/db.yml": more, "y.yml": bad, "z.yml": bad, "n.yml": bad}
        )
        if p.rule == "compose-privileged"
    }
    assert found_in == {"base.yml", "x/db.yml", "y.yml", "z.yml"}


# -- which files


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile",
        "dockerfile",
        "Dockerfile.prod",
        "prod.Dockerfile",
        "api.dockerfile",
        "Containerfile",
        "Dockerfile-x",
    ],
)
def test_dockerfiles_by_name(name: str) -> None:
    assert is_dockerfile(name)


@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile.dockerignore",
        "Dockerfile.j2",
        "Dockerfile.orig",
        "dockerfile.py",
        "MyDockerfiles",
        "Makefile",
    ],
)
def test_what_is_none(name: str) -> None:
    assert not is_dockerfile(name)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("compose.yaml", True),
        ("docker-compose.yml", True),
        ("compose.dev.yaml", True),
        ("docker-compose-prod.yml", True),
        ("compose.yaml.j2", False),
        ("composer.yaml", False),
        ("decompose.yaml", False),
    ],
)
def test_compose_files_by_name(name: str, is_one: bool) -> None:
    assert is_compose(name) == is_one


# -- allowed images


@pytest.mark.parametrize(
    ("pattern", "image", "allowed"),
    [
        ("registry.example.com/golden/*", "registry.example.com/golden/a/b:1", True),
        ("registry.example.com/golden/*", "registry.example.com/golden-evil/a:1", False),
        ("*.example.com/a", "evil.io/x.example.com/a:1", False),
        ("*.example.com/a", "eu.example.com/a:1", True),
        ("python", "python:3", True),
        ("python", "docker.io/library/python:3", True),
        ("python:3.*", "python:3.14-slim", True),
        ("python:3.*", "python:2", False),
        ("python:3.*", "python", False),
        ("python:3.14", f"python:3.14@sha256:{'a' * 64}", True),
        ("acme/*", "acme/x:1", True),
        ("acme/*", "ghcr.io/acme/x:1", False),
        ("docker.io/*", "python:3", True),
        ("docker.io/*", "docker.io.evil.io/python:3", False),
        ("**", "anything/at/all:1", True),
        ("registry.example.com/**/python", "registry.example.com/a/b/python:3", True),
        (f"python@sha256:{'a' * 64}", f"python@sha256:{'a' * 64}", True),
        (f"python@sha256:{'a' * 64}", f"python@sha256:{'b' * 64}", False),
    ],
)
def test_patterns_of_images(pattern: str, image: str, allowed: bool) -> None:
    assert is_allowed(image, (pattern,)) == allowed


@pytest.mark.parametrize("piece", ["**a", "*a", "**/a", "*a*", "**/", "?*"])
def test_no_pattern_is_slow(piece: str) -> None:
    pattern = piece * (LONGEST // len(piece) - 1) + "b"
    started = time.process_time()
    assert not is_path_of(pattern, "a" * LONGEST_NAME)
    assert not is_allowed("a/" * 2_000 + "a:" + "a" * 90, (pattern,))
    assert not is_path_of(pattern, "a/" * 50_000)
    assert time.process_time() - started < 5


@pytest.mark.parametrize(
    ("pattern", "path", "is_one"),
    [
        ("**/Dockerfile", "Dockerfile", True),
        ("**/Dockerfile", "a/b/Dockerfile", True),
        ("**/Dockerfile", "a/my-Dockerfile", False),
        ("services/*/Dockerfile", "services/a/Dockerfile", True),
        ("services/*/Dockerfile", "services/a/b/Dockerfile", False),
        ("services/**", "services/a/b/Dockerfile", True),
        ("a?c", "abc", True),
        ("a?c", "a/c", False),
        ("a.c", "abc", False),
        ("a" * (LONGEST + 1), "a" * (LONGEST + 1), False),
    ],
)
def test_patterns_of_paths(pattern: str, path: str, is_one: bool) -> None:
    assert is_path_of(pattern, path) == is_one


# -- policies


def test_a_policy_is_laid_over_ours() -> None:
    text = 'fail_on = "warning"\n[rules.user-root]\nseverity = "off"\n'
    asked = read_policy(text + '[deviations]\nmax_days = 30\nnever = ["image-tag"]\n', "p.toml")
    assert asked.severities["user-root"] == "off"
    assert asked.severities["image-tag"] == "error"
    assert (asked.fail_on, asked.max_days, asked.never) == ("warning", 30, ("image-tag",))
    over = read_policy('[rules.image-tag]\nseverity = "note"\n', "q.toml", asked)
    assert (over.severities["user-root"], over.severities["image-tag"]) == ("off", "note")


def test_to_name_a_rule_that_is_off_turns_it_on() -> None:
    assert default_policy().severities["image-digest"] == "off"
    assert read_policy("[rules.image-digest]\n", "p").severities["image-digest"] == "error"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[rules.user-rot]\n", "did you mean user-root"),
        ("[rule.user-root]\n", "did you mean rules"),
        ('[rules.user-root]\nseverty = "off"\n', "did you mean severity"),
        ('[rules.user-root]\nseverity = "fatal"\n', "error"),
        ('[rules.image-allowed]\nallow = "x"\n', "no list of texts"),
        ("[rules.image-allowed]\nalow = []\n", "did you mean allow"),
        ('[rules.labels-required]\nlabels = { a = "ulr" }\n', "url"),
        ("[deviations]\nmax_days = true\n", "max_days"),
        ('[rules.drift-image]\nbump = "major"\n', "minor"),
        ('[deviations]\nnever = ["x"]\n', "there is no rule 'x'"),
        ('fail_on = "always"\n', "never"),
        ("rules = 1\n", "no table"),
        ("x = [\n", "p.toml:"),
        ("a = " + "[" * 5000, "cannot be parsed"),
    ],
)
def test_what_is_misspelt_in_a_policy_is_wrong_use_that_names_the_right_ones(text: str, told: str) -> None:
    with pytest.raises(WrongUse, match=r"p\.toml") as error:
        read_policy(text, "p.toml")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


# -- anything


EVERYTHING = read_policy("".join(f'[rules.{rule.id}]\nseverity = "note"\n' for rule in RULES), "all")
PIECES = st.sampled_from(
    [
        "services:\n",
        "  a:\n",
        "    image: x\n",
        "    ports: [1, {}, null]\n",
        "    volumes: [{source: 1}, a:b, ':']\n",
        "    build: {context: ., args: [1]}\n",
        "    environment: {A: [1]}\n",
        "    environment: [null, {}]\n",
        "    user: []\n",
        "    cap_add: ALL\n",
        "    <<: *x\n",
        "&x ",
        "*x",
        "- ",
        "{",
        "}",
        "? ",
        "!override ",
        "\t",
        "22:22\n",
        "\0",
        "    image: [a]\n",
    ]
)


@given(st.one_of(st.lists(PIECES, max_size=20).map("".join), st.text(max_size=100)))
def test_no_compose_file_is_too_much(text: str) -> None:
    tree = Tree(
        {
            "compose.yaml": text.encode("utf-8", "surrogatepass"),
            "compose.dev.yaml": text.encode("utf-8", "replace"),
        }
    )
    assert list(inspect(tree, find_files(tree), lambda _: EVERYTHING)) is not None


@pytest.mark.parametrize(
    "piece",
    [
        "curl ",
        "sh ",
        "curl |",
        "$(curl ",
        "rm -a ",
        "-k",
        " -k",
        "chmod -a ",
        "apt -a ",
        "a",
        "a://",
        "://a:",
        "${",
        "<<",
        "ghp_",
        "-----BEGIN ",
        "sudo -a ",
        "\t",
        ".",
        "@.",
    ],
)
def test_no_text_is_slow(piece: str) -> None:
    long = piece * (100_000 // len(piece))
    text = f"# syntax=a{' ' * 100_000}b\nFROM a:1\nRUN curl {long}\nENV A={long}\nLABEL m=a@{long}@\n"
    items = "".join(f"    {key}: ['{long}']\n" for key in ("ports", "volumes", "environment"))
    files = {
        "Dockerfile": f"{text}USER {long}\nCOPY {long} /a\n",
        "compose.yaml": f"services:\n  a:\n    image: '{long}'\n{items}",
    }
    started = time.process_time()
    found(files, '[rules.labels-required]\nlabels = { m = "email" }\n')
    assert time.process_time() - started < 5


DOCKER = st.sampled_from(
    [
        "FROM a\n",
        "FROM $X AS Y\n",
        "USER $A\n",
        "USER " + "9" * 5000 + "\n",
        "COPY . .\n",
        "ADD\n",
        "ADD <<A B\n",
        "RUN curl -k x | sh\n",
        'RUN ["a"]\n',
        "EXPOSE $A 99999\n",
        "LABEL a\n",
        "LABEL a=$\n",
        "ONBUILD RUN sudo a\n",
        "ENV A\n",
        "CMD\n",
        "\\\n",
        "WORKDIR\n",
    ]
)


@given(st.one_of(st.lists(DOCKER, max_size=20).map("".join).map(str.encode), st.binary(max_size=100)))
def test_no_dockerfile_is_too_much(content: bytes) -> None:
    tree = Tree({"Dockerfile": content, ".dockerignore": content})
    assert list(inspect(tree, find_files(tree), lambda _: EVERYTHING)) is not None


def test_a_bomb_of_aliases_is_a_flaw_and_not_slow() -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert ComposeFile("compose.yaml", bomb).flaw is not None
    assert ComposeFile("compose.yaml", "a: &a [*a]").flaw is not None


@pytest.mark.parametrize(
    ("patterns", "path", "is_out"),
    [
        (".git\n", ".git", True),
        (".git\n", "a/.git", False),
        ("**/.git\n", "a/.git", True),
        ("*\n!src\n", ".env", True),
        ("*\n!src\n", "src/a", False),
        ("/.env/\n", ".env", True),
        ("# .env\n", ".env", False),
        (".e[mn]v\n", ".env", True),
        ("[z-a]\n", ".env", False),
        (".\n", ".env", False),
        ("**v\n", "a/.env", True),
        ("**e*\n", ".env", False),
        ("a/**\n", "a/.env", True),
        ("\\.env\n", ".env", True),
    ],
)
def test_an_ignore_file_is_read_as_docker_reads_it(patterns: str, path: str, is_out: bool) -> None:
    assert IgnoreRules(patterns).names(path) == is_out


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("pattern", "path"), [("[[a]b", "[b"), ("[&&]b", "&b"), ("[a||b]c", "|c"), ("[+--]b", "-b")]
)
def test_a_set_of_characters_is_not_what_python_may_make_of_it_one_day(pattern: str, path: str) -> None:
    assert IgnoreRules(pattern).names(path)
