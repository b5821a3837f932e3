"""Preprocessor of mdBook: a link to a file outside the book becomes the name of the file."""

import json
import re
import sys
from pathlib import PurePosixPath

LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)#\s]+)(#[^)\s]*)?\)")


def inside(content: str, page: str) -> str:
    """Return a page whose links lead to the book or to the Internet."""

    def link(match: re.Match[str]) -> str:
        text, target = match[1], match[2]
        if "://" in target:
            return match[0]
        depth = len(PurePosixPath(page).parts) - 1
        for part in PurePosixPath(target).parts:
            depth += -1 if part == ".." else 1
            if depth < 0:
                name = f"`{target.replace('../', '')}`"
                return name if text.strip("`") == name.strip("`") else f"{text} ({name})"
        return match[0]

    return LINK.sub(link, content)


def mend(items: list) -> None:
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            chapter = item["Chapter"]
            if chapter.get("path"):
                chapter["content"] = inside(chapter["content"], chapter["path"])
            mend(chapter["sub_items"])


if sys.argv[1:2] == ["supports"]:
    sys.exit(0)
_, book = json.load(sys.stdin)
mend(book.get("items") or book.get("sections"))
json.dump(book, sys.stdout)
