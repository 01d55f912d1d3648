"""Pages that are files: whole ones, and whether what they need lies beside them. Knows no stack."""

from __future__ import annotations

import re
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scaffold.reading.tree import Tree

_WHOLE = r"(?i)<(?:!doctype\s+html|html|head|body)\b"
#: Jinja, Liquid and Twig; PHP; ERB, EJS and JSP; Go and Handlebars. Vue's `{{ name }}` is for the browser.
_TEMPLATE = r"(?m)\A---\s*$|\{%|<\?(?:php|=)|<%|\{\{-?\s*(?:[.#>]|end\b|template\b|define\b|block\b)"
_SCRIPT = r"(?i)<script\b[^>]*\bsrc=[\"']([^\"']+)"
_STYLE = r"(?i)<link\b(?=[^>]*\brel=[\"']?stylesheet)[^>]*\bhref=[\"']([^\"']+)"


def is_page(tree: Tree, path: str) -> bool:
    """Say whether the file is a whole page, and no template that a program fills in."""
    text = tree.text(path)
    return bool(re.search(_WHOLE, text)) and not re.search(_TEMPLATE, text)


def is_complete(tree: Tree, path: str) -> bool:
    """Say whether the file is a page whose scripts and style sheets are in TREE: nothing is to be built."""
    text = tree.text(path)
    named = re.findall(_SCRIPT, text) + re.findall(_STYLE, text)
    own = (re.split(r"[?#]", name)[0] for name in named if "//" not in name and ":" not in name)
    return is_page(tree, path) and all(_beside(path, name) in tree for name in own if name)


def _beside(path: str, name: str) -> str:
    return normpath(join("" if name.startswith("/") else dirname(path), name.lstrip("/")))
