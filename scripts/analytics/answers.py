"""Asks the questions of a Markdown page and compares the answers.

    answers.py PAGE FOLDER [--write]

Each block of sql or python on the page is run in order, in FOLDER, where the
dataset is found as "events". If a block of text follows it, that must be what
it answers; with --write it becomes what it answers.
"""

import contextlib
import difflib
import io
import os
import pathlib
import re
import sys

import duckdb

BLOCK = re.compile(r"```(sql|python)\n(.*?)```\n(\n```text\n(.*?)```\n)?", re.DOTALL)


def table(relation):
    """The rows of a relation under the names of its columns, numbers to the right."""
    rows = [["" if value is None else str(value) for value in row] for row in relation.fetchall()]
    right = [kind.id in NUMBERS for kind in relation.types]
    widths = [max(map(len, column)) for column in zip(relation.columns, *rows)]
    lines = [relation.columns, ["-" * width for width in widths], *rows]
    return "".join(
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(line, widths, right)
        ).rstrip()
        + "\n"
        for line in lines
    )


NUMBERS = {"bigint", "integer", "double", "decimal", "hugeint", "smallint", "tinyint", "ubigint", "uinteger"}


class Asker:
    """Runs blocks one after the other: SQL in one connection, Python in one namespace."""

    def __init__(self):
        self.connection = duckdb.connect()
        self.connection.execute("SET TimeZone = 'UTC'")
        self.names = {}

    def ask(self, language, block):
        if language == "sql":
            relation = self.connection.sql(block)
            return "" if relation is None else table(relation)
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(block, self.names)
        return printed.getvalue()


def main(page, folder, *options):
    page = pathlib.Path(page).resolve()
    text = page.read_text(encoding="utf-8")
    os.chdir(folder)
    asker, asked, wrong = Asker(), 0, 0

    def compare(match):
        nonlocal asked, wrong
        language, block, answered, answer = match.groups()
        got = asker.ask(language, block)
        if answered is None:
            return match.group(0)
        asked += 1
        if got != answer:
            wrong += 1
            if "--write" not in options:
                sys.stderr.write(f"{page.name} asks:\n\n{block}\nand the answer is another one:\n")
                sys.stderr.writelines(difflib.unified_diff(answer.splitlines(True), got.splitlines(True), "the page", "the data"))
        return f"```{language}\n{block}```\n\n```text\n{got}```\n"

    current = BLOCK.sub(compare, text)
    if asked == 0:
        sys.exit(f"{page} asks nothing")
    if "--write" in options:
        page.write_text(current, encoding="utf-8")
    elif wrong:
        sys.exit(f"{wrong} of {asked} answers in {page.name} are not what the data say: look into it, and run scripts/analytics/run --write if the page is behind")
    print(f"{asked} answers in {page.name} are what the data say.")


if __name__ == "__main__":
    main(*sys.argv[1:])
