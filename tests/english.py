"""The English of the tree: its docstrings, comments, messages and pages, and the rules of style that can be checked.

`python tests/english.py [--look] [PATH...]` prints what breaks a rule; `--look` adds what only a reader can judge.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("core", "tui", "benchmarks", "tests", "configs", "docs")
MOST_WORDS = 25


@dataclass(frozen=True)
class Prose:
    """A piece of text: where it stands, and as what ("docstring", "first line", "comment", "message", "page")."""

    path: Path
    line: int
    kind: str
    text: str


# What is never said, in whatever text; the second is what to say.
BANNED = [
    (r"\btold\b", "say, print, show or report"),
    (r"\banew\b", "again"),
    (r"\bbe it\b", "whether"),
    (r"\bbe they\b", "whether"),
    (r"\bit is (?:no|none)\b", "it is not a"),
    (r"\bthere is none\b", "name what is missing"),
    (r"\b(?:no one|ones|one's)\b", "name who or what"),
    (r"\b(?:tells|telling)\b", "says, shows, prints"),
    (r"\bof ours\b", "name it: Tiebreak's"),
    (r"\b(?:as )?far as\b", "say what it covers"),
    (r"\b(?:thereof|therein|whereof|wherein|hitherto)\b", "split the sentence"),
    (r"(?:^|[,;:(]\s*|\b(?:and|or|says|say|of|know|knows|see|sees|which is|is)\s+)who\b(?!se)", "name the actor"),
    (r"\bone (?:who|that|which)\b", "name the actor or the thing"),
    (
        r"(?:^|[,;:(]\s*|\b(?:if|when|as|that|what|where|how)\s+)"
        r"one (?:has|is|may|can|must|does|wants|sees|reads|knows)\b",
        "name the actor",
    ),
    (r"\bof (?:which|whom)\b", "split the sentence"),
]
# A function's docstring begins with a verb; these begin none.
NO_VERB = re.compile(
    r"(what|whether|how|whom?|whose|which|where|why|when|whatever|wherever|the|an?|all|each|every|any|some|both|many|if"
    r"|it|its|this|these|those|that|one|two|no|none|as|there|in|on|by|for|with)\b",
    re.I,
)
NOT_ENGLISH = re.compile(r"\{ [\w-]+:|\b(SELECT|INSERT|UPDATE|DELETE|CREATE|PRAGMA|FROM|WHERE|JOIN)\b")  # but CSS, SQL


def words(sentence: str) -> int:
    """Return how many words a sentence has; code, a link or a number counts as one."""
    sentence = re.sub(r"`[^`]*`", "code", sentence)
    sentence = re.sub(r"\{[^{}]*\}", "value", sentence)
    sentence = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", sentence)
    return len(re.findall(r"[\w'’./-]*\w[\w'’./-]*", sentence))


def sentences(text: str) -> list[str]:
    """Split text into sentences; a blank line and an item of a list end one, too."""
    found = []
    for block in re.split(r"\n\s*\n|\n\s*(?=[-*] |\d+\. |\|)", text):
        flat = " ".join(block.split())
        found += re.split(r"(?<=[.!?])(?:[\"')*_]*)\s+(?=[A-Z`\"'(*_\[0-9])", flat)
    return [each for each in found if each]


def _docstrings(tree: ast.Module, path: Path) -> Iterator[Prose]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        said = ast.get_docstring(node)
        if said is None:
            continue
        line = node.body[0].lineno
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not _is_data(node):
            yield Prose(path, line, "first line", said)
        else:
            yield Prose(path, line, "docstring", said)


def _is_data(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function reads as data (a property, a fixture) or states behaviour (a test)."""
    marks = " ".join(ast.unparse(each) for each in node.decorator_list)
    return bool(re.search(r"property|fixture|validator", marks)) or node.name.startswith("test")


def _comments(source: str, path: Path) -> Iterator[Prose]:
    before: list[str] = []
    at, last = 0, -2
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        said = token.string.lstrip("#: ")
        if re.match(r"(type: ignore|noqa|pragma|!/)", said):
            continue
        alone = token.line.lstrip().startswith("#")
        if before and not (alone and token.start[0] == last + 1):
            yield Prose(path, at, "comment", "\n".join(before))
            before = []
        at = at if before else token.start[0]
        before.append(re.sub(r"\s*# (noqa|type: ignore).*", "", said))
        last = token.start[0] if alone else -2
    if before:
        yield Prose(path, at, "comment", "\n".join(before))


def _messages(tree: ast.Module, path: Path) -> Iterator[Prose]:
    """Yield the strings of several words that are no docstring and no SQL."""
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    formatted = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
    parts = {id(part) for node in formatted for value in node.values for part in _constants(value)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            said = "".join(part.value if isinstance(part, ast.Constant) else "{x}" for part in node.values)  # type: ignore[misc]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | parts:
            said = node.value
        else:
            continue
        if len(re.findall(r"\b[a-z]+ ", said)) >= 3 and not NOT_ENGLISH.search(said):
            yield Prose(path, node.lineno, "message", said)


def _constants(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Constant):
        yield node


def _page(source: str, path: Path) -> Iterator[Prose]:
    """Yield the paragraphs, items and cells of a page of Markdown, without its code."""
    source = re.sub(r"^(```|~~~).*?^\1", lambda code: "\n" * code.group().count("\n"), source, flags=re.M | re.S)
    for match in re.finditer(r"(?:^.+$\n?)+", source, flags=re.M):
        line = source.count("\n", 0, match.start()) + 1
        for offset, row in enumerate(match.group().splitlines()):
            for cell in row.split("|") if row.lstrip().startswith("|") else [row]:
                yield Prose(path, line + offset, "page", cell.strip().lstrip("#*- "))


def prose_of(path: Path) -> Iterator[Prose]:
    """Yield all the English of one file."""
    source = path.read_text()
    if path.suffix == ".md":
        yield from _page(source, path)
        return
    tree = ast.parse(source)
    yield from _docstrings(tree, path)
    yield from _comments(source, path)
    if path.relative_to(ROOT).parts[0] in ("core", "tui", "benchmarks"):
        yield from _messages(tree, path)


def files(paths: Sequence[Path] = ()) -> Iterator[Path]:
    """Yield the files that have English, of all folders or of `paths`."""
    for path in paths or [*(ROOT / folder for folder in FOLDERS), *ROOT.glob("*.md")]:
        found = [path] if path.is_file() else [*path.rglob("*.py"), *path.rglob("*.md")]
        yield from sorted(each for each in found if not {"data", "templates"} & set(each.relative_to(ROOT).parts[1:]))


def faults(prose: Prose) -> Iterator[str]:
    """Yield what breaks a rule in a piece of English, and what to write instead."""
    said = re.sub(r"`[^`]*`", "`code`", prose.text)
    for pattern, instead in BANNED:
        for match in re.finditer(pattern, said, re.I | re.M):
            yield f"{match.group()!r}: {instead}"
    if prose.kind == "first line" and (first := NO_VERB.match(prose.text)):
        yield f"{first.group()!r} begins it: begin with a verb (Return, Yield, Say, Write, ...)"
    for sentence in sentences(prose.text):
        if (count := words(sentence)) > MOST_WORDS:
            yield f"{count} words: {sentence[:70]}..."


LOOK = r"\b(where|whose|whom|what|which is|be|ours|theirs|ourselves)\b"


def main(arguments: Sequence[str]) -> int:
    look = "--look" in arguments
    found = 0
    for path in files([Path(each).resolve() for each in arguments if not each.startswith("--")]):
        for prose in prose_of(path):
            place = f"{path.relative_to(ROOT)}:{prose.line}: {prose.kind}"
            for fault in faults(prose):
                sys.stdout.write(f"{place}: {fault}\n")
                found += 1
            if look and re.search(LOOK, prose.text):
                sys.stdout.write(f"{place}: look: {' '.join(prose.text.split())}\n")
    sys.stderr.write(f"{found} to mend\n")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
