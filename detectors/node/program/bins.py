"""Where the programs of installed packages lie, so that node runs them itself. Looks at no disk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .evidence import Evidence

#: The package of a command, and the file it is where pnpm installs it: "bin" in the package.json of each, on https://registry.npmjs.org,
#: 2026-11-22. Where a file moved: the first major version that has it, and where it was before.
_BINS: Mapping[str, tuple[str, str]] = {
    "next": ("next", "dist/bin/next"),
    "nuxt": ("nuxt", "bin/nuxt.mjs"),
    "nuxi": ("nuxt", "bin/nuxt.mjs"),
    "vite": ("vite", "bin/vite.js"),
    "astro": ("astro", "bin/astro.mjs"),
    "react-router": ("@react-router/dev", "bin.cjs"),
    "react-router-serve": ("@react-router/serve", "bin.cjs"),
    "remix": ("@remix-run/dev", "dist/cli.js"),
    "remix-serve": ("@remix-run/serve", "dist/cli.js"),
    "gatsby": ("gatsby", "cli.js"),
    "ng": ("@angular/cli", "bin/ng.js"),
    "vue-cli-service": ("@vue/cli-service", "bin/vue-cli-service.js"),
    "react-scripts": ("react-scripts", "bin/react-scripts.js"),
    "craco": ("@craco/craco", "dist/bin/craco.js"),
    "vinxi": ("vinxi", "bin/cli.mjs"),
    "eleventy": ("@11ty/eleventy", "cmd.cjs"),
    "docusaurus": ("@docusaurus/core", "bin/docusaurus.mjs"),
    "vitepress": ("vitepress", "bin/vitepress.js"),
    "nitro": ("nitro", "dist/cli/index.mjs"),
    "nitropack": ("nitropack", "dist/cli/index.mjs"),
    "expo": ("expo", "bin/cli"),
    "nest": ("@nestjs/cli", "bin/nest.js"),
    "tsx": ("tsx", "dist/cli.mjs"),
    "ts-node-dev": ("ts-node-dev", "lib/bin.js"),
    "tsnd": ("ts-node-dev", "lib/bin.js"),
    "nodemon": ("nodemon", "bin/nodemon.js"),
    "functions-framework": ("@google-cloud/functions-framework", "build/src/main.js"),
    "srvx": ("srvx", "bin/srvx.mjs"),
    "parcel": ("parcel", "lib/bin.js"),
    "rsbuild": ("@rsbuild/core", "bin/rsbuild.js"),
    "prisma": ("prisma", "build/index.js"),
    "drizzle-kit": ("drizzle-kit", "bin.cjs"),
    "sequelize": ("sequelize-cli", "lib/sequelize"),
    "sequelize-cli": ("sequelize-cli", "lib/sequelize"),
    "knex": ("knex", "bin/cli.js"),
    "typeorm": ("typeorm", "cli.js"),
    "typeorm-ts-node-commonjs": ("typeorm", "cli.js"),
    "typeorm-ts-node-esm": ("typeorm", "cli.js"),
    "node-pg-migrate": ("node-pg-migrate", "bin/node-pg-migrate.js"),
    "migrate-mongo": ("migrate-mongo", "bin/migrate-mongo.js"),
    "mikro-orm": ("@mikro-orm/cli", "cli.js"),
    "esbuild": ("esbuild", "bin/esbuild"),
    "tsc": ("typescript", "bin/tsc"),
}
#: Commands that are other ones with a compiler in front: what is compiled needs none.
_PLAIN: Mapping[str, str] = {"typeorm-ts-node-commonjs": "typeorm", "typeorm-ts-node-esm": "typeorm"}
_BEFORE: Mapping[str, tuple[int, str]] = {
    "astro": (6, "astro.js"),
    "eleventy": (2, "cmd.js"),
    "drizzle-kit": (0, "bin.cjs"),
}


def package_of(command: str) -> str | None:
    """Return the package that brings a command."""
    return _BINS[command][0] if command in _BINS else None


def bin_file(evidence: Evidence, command: str) -> str | None:
    """Return the file that a command is, where its package is asked for.

    npm, Yarn and bun link each command to its file; pnpm makes a shell script of it.
    """
    if command not in _BINS:
        return None
    package, path = _BINS[command]
    if evidence.asked(package) is None:
        return None
    if evidence.manager != "pnpm":
        return f"node_modules/.bin/{_PLAIN.get(command, command)}"
    major, older = _BEFORE.get(command, (0, path))
    version = evidence.version(package)
    return f"node_modules/{package}/{older if version and version[0] < major else path}"
