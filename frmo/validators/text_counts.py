"""What can be counted in a text. Pure; each function is one number or one yes or no about it."""

import json
import re
from collections.abc import Sequence

_WORD = re.compile(r"\w+")
_TOKEN = re.compile(r"[^\W_]+(?:[.'\u2019-][^\W_]+)*|\S")
_CLOSING = "[\"'\u201d\u2019)\\]*]*"
_SENTENCE_END = re.compile(rf"(?<=[.!?]){_CLOSING}\s+(?=\S)|(?<=[\u3002\uff01\uff1f])")
_ABBREVIATED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Sr|Jr|St|vs|etc|approx|Inc|Ltd|e\.g|i\.e|[A-Z])\.$|^\d+\.$", re.IGNORECASE
)
_BULLET = re.compile(r"^\s*(?:\*[^*].*|-.*)$", re.MULTILINE)
_HIGHLIGHT = re.compile(r"\*[^\n*]*\*")
_STRONG = re.compile(r"\*\*[^\n*]*\*\*")
_PLACEHOLDER = re.compile(r"\[.*?\]")
_TITLE = re.compile(r"<<([^\n]+)>>")
_FENCE = re.compile(r"^\s*```(?:json)?\s*|\s*```\s*$", re.IGNORECASE)


def words(text: str) -> int:
    """Runs of letters, digits and underscores."""
    return len(_WORD.findall(text))


def sentences(text: str) -> int:
    """Sentences, by their ends; abbreviations, initials, list numbers and decimal points end none."""
    pieces = [piece.strip() for piece in _SENTENCE_END.split(text) if piece and piece.strip()]
    ended = sum(1 for piece in pieces[:-1] if not _ABBREVIATED.search(piece))
    return ended + bool(pieces)


def lines(text: str) -> int:
    """Lines that are not blank."""
    return sum(1 for line in text.splitlines() if line.strip())


def capital_words(text: str) -> int:
    """Words all of whose letters are capitals."""
    return sum(1 for token in _TOKEN.findall(text) if token.isupper())


def occurrences(text: str, phrase: str) -> int:
    """How often `phrase` is there, in any case, also inside words."""
    return len(re.findall(re.escape(phrase), text, re.IGNORECASE))


def has_word(text: str, word: str) -> bool:
    """True when `word` stands there as a word of its own, in any case."""
    return re.search(rf"\b{re.escape(word)}\b", text, re.IGNORECASE) is not None


def bullets(text: str) -> int:
    """List items that begin with `*` or `-`."""
    return len(_BULLET.findall(text))


def highlights(text: str) -> int:
    """Spans between asterisks, single or double, that hold something."""
    single = sum(1 for span in _HIGHLIGHT.findall(text) if span.strip("*").strip())
    return single + sum(1 for span in _STRONG.findall(text) if span.strip("*").strip())


def placeholders(text: str) -> int:
    """Spans in square brackets."""
    return len(_PLACEHOLDER.findall(text))


def sections(text: str, word: str) -> int:
    """Headings that are `word` and a number."""
    return len(re.findall(rf"\s?{re.escape(word)}\s?\d+\s?", text))


def has_title(text: str) -> bool:
    """True when something stands in double angle brackets."""
    return any(title.strip("<>").strip() for title in _TITLE.findall(text))


def has_postscript(text: str, marker: str) -> bool:
    """True when a postscript with `marker` (`P.S.`, `P.P.S`) is there, with or without spaces between its letters."""
    pattern = r"\.\s?".join(re.escape(part) for part in marker.lower().split(".") if part)
    return re.search(pattern + (r"\." if marker.endswith(".") else ""), text.lower()) is not None


def parts(text: str, separator: str) -> list[str] | None:
    """What stands between separators; empty parts count only inside, where they make the whole invalid (None)."""
    pieces = [piece.strip() for piece in text.split(separator)]
    if not all(pieces[1:-1]):
        return None
    return [piece for piece in pieces if piece]


def paragraphs(text: str) -> list[str]:
    """Paragraphs between blank lines."""
    return [part.strip() for part in re.split(r"\n\n", text)]


def first_word(paragraph: str) -> str:
    """The first word in lower case, without quotes before and punctuation behind."""
    word = paragraph.split(maxsplit=1)[0].lstrip("'\"") if paragraph.split() else ""
    return re.split(r"[.,?!'\"]", word)[0].lower()


def is_json(text: str) -> bool:
    """True when the whole text is one JSON value, in a fenced block or bare."""
    try:
        json.loads(_FENCE.sub("", text.strip()).strip())
    except (ValueError, RecursionError):
        return False
    return True


def ends_with(text: str, phrase: str) -> bool:
    """True when the text ends with `phrase`, in any case; closing quotes don't count."""
    return text.strip().strip('"').lower().endswith(phrase.strip().lower())


def begins_with(text: str, phrase: str) -> bool:
    """True when the text begins with `phrase`, in any case."""
    return text.strip().lower().startswith(phrase.strip().lower())


def is_quoted(text: str) -> bool:
    """True when the whole text stands in double quotes."""
    bare = text.strip()
    return len(bare) > 1 and bare[0] == bare[-1] == '"'


def holds_one_of(text: str, choices: Sequence[str]) -> bool:
    """True when one of the choices is there, letter by letter."""
    return any(choice in text for choice in choices)
