"""The placebo: a neutral text as long as the one on trial, so that "more words" is no win (GATE, "Placebo")."""

import hashlib

_SENTENCES = (
    "This part of the page is kept for notes.",
    "The text continues in the usual way.",
    "Nothing in this paragraph changes what was said above.",
    "What follows is written in the same language.",
    "The page has a beginning, a middle and an end.",
    "These lines belong to the page like the others.",
)


def placebo_text(text: str) -> str:
    """A text without advice with as many characters as `text`, always the same for the same text."""
    start = int(hashlib.sha256(text.encode()).hexdigest(), 16) % len(_SENTENCES)
    turned = _SENTENCES[start:] + _SENTENCES[:start]
    length = len(text)
    once = " ".join(turned) + " "
    filled = (once * (length // len(once) + 1))[:length]
    return filled if not filled.endswith(" ") else filled[:-1] + "."
