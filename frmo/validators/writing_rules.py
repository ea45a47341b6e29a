"""Level 3 for writing: instructions that can be counted, each judged by a program.

checks: {writing_rules: {files: text.md, rules: [{rule: words, at_least: 300}, {rule: without, characters: ","}]}}
"""

from collections.abc import Callable

from frmo.model.verdict import Finding
from frmo.validators import text_counts as count
from frmo.validators.given import Given
from frmo.validators.stage import content
from frmo.validators.subject import Result, Subject
from frmo.validators.text_language import language
from frmo.validators.values import shown

NAME = "writing_rules"
_BOUNDS = ("at_least", "at_most", "below", "exactly")

# A rule reads its settings and says what is wrong with the text; '' when nothing is.
Rule = Callable[[Given, str], str]


def check(subject: Subject) -> Result:
    """One finding per rule that a text breaks."""
    given = Given(subject, NAME).only("files", "rules")
    rules = given.parts("rules")
    if not rules:
        return Result()
    paths = given.work_files()
    findings = [
        Finding(NAME, 3, "missing", f"{path}: there is no such file", path=path) for path in given.missing_files()
    ]
    for path in paths:
        text = (content(subject.work / path) or b"").decode("utf-8", "replace")
        for rule in rules:
            if wrong := broken(rule, text):
                name = rule.text("rule")
                findings.append(Finding(NAME, 3, name, f"{name}: {wrong}", path=path, node=f"{path}: {name}"))
    return Result(tuple(findings), len(paths) * len(rules))


def broken(rule: Given, text: str) -> str:
    """What is wrong with `text` by one rule, or ''. Raises InputError for a rule that nobody knows."""
    name = rule.text("rule")
    if name not in RULES:
        raise rule.fault("rule", f"no rule {name!r}", hint=f"there are {', '.join(sorted(RULES))}")
    return RULES[name](rule, text)


def _counted(counter: Callable[[str], int]) -> Rule:
    def rule(given: Given, text: str) -> str:
        given.only("rule", *_BOUNDS)
        return _bounded(given, counter(text))

    return rule


def _counted_by(counter: Callable[[str, str], int], key: str) -> Rule:
    def rule(given: Given, text: str) -> str:
        given.only("rule", key, *_BOUNDS)
        return _bounded(given, counter(text, given.text(key)))

    return rule


def _bounded(given: Given, number: int) -> str:
    bounds = {key: given.number(key, 0) for key in _BOUNDS if given.raw(key) is not None}
    if not bounds:
        raise given.fault("", "needs a bound", hint=f"one of {', '.join(_BOUNDS)}")
    holds = {
        "at_least": lambda most: number >= most,
        "at_most": lambda most: number <= most,
        "below": lambda most: number < most,
        "exactly": lambda most: number == most,
    }
    wrong = [f"{key.replace('_', ' ')} {bound:g}" for key, bound in bounds.items() if not holds[key](bound)]
    return f"{number}, should be {' and '.join(wrong)}" if wrong else ""


def _fact(test: Callable[[str], bool], wrong: str) -> Rule:
    def rule(given: Given, text: str) -> str:
        given.only("rule")
        return "" if test(text) else wrong

    return rule


def _fact_by(test: Callable[[str, str], bool], key: str, wrong: str) -> Rule:
    def rule(given: Given, text: str) -> str:
        given.only("rule", key)
        return "" if test(text, given.text(key)) else f"{wrong} {shown(given.text(key), 80)}"

    return rule


def _present(given: Given, text: str) -> str:
    lost = [word for word in given.only("rule", "words").texts("words") if not count.occurrences(text, word)]
    return f"{', '.join(map(repr, lost))} missing" if lost else ""


def _absent(given: Given, text: str) -> str:
    found = [word for word in given.only("rule", "words").texts("words") if count.has_word(text, word)]
    return f"{', '.join(map(repr, found))} must not be there" if found else ""


def _without(given: Given, text: str) -> str:
    found = sorted(set(given.only("rule", "characters").text("characters")) & set(text))
    return f"{''.join(found)!r} must not be there" if found else ""


def _one_of(given: Given, text: str) -> str:
    choices = given.only("rule", "texts").texts("texts")
    return "" if count.holds_one_of(text, choices) else f"none of {', '.join(map(repr, choices))} is there"


def _parts(given: Given, text: str) -> str:
    given.only("rule", "separator", "different", *_BOUNDS)
    found = count.parts(text, given.text("separator"))
    if found is None:
        return "a part is empty"
    if given.raw("different") and len(set(found)) < len(found):
        return "two parts are the same"
    return _bounded(given, len(found))


def _paragraph(given: Given, text: str) -> str:
    given.only("rule", "number", "of", "first_word")
    every = count.paragraphs(text)
    number, total = int(given.number("number", 1)), len([part for part in every if part])
    if given.raw("of") is not None and total != given.number("of", 0):
        return f"{total} paragraphs, should be {given.number('of', 0):g}"
    if number > total or not every[number - 1]:
        return f"there is no paragraph {number}"
    word, wanted = count.first_word(every[number - 1]), given.text("first_word").lower()
    return "" if word == wanted else f"paragraph {number} begins with {word!r}, should be {wanted!r}"


def _letters(text: str, letter: str) -> int:
    return text.lower().count(letter.lower())


def _cased(test: Callable[[str], bool], wrong: str) -> Rule:
    def rule(given: Given, text: str) -> str:
        given.only("rule", "language")
        wanted = given.text("language", "")
        if wanted and language(text) != wanted:
            return f"is not in the language {wanted!r}"
        return "" if test(text) else wrong

    return rule


RULES: dict[str, Rule] = {
    "words": _counted(count.words),
    "sentences": _counted(count.sentences),
    "lines": _counted(count.lines),
    "characters": _counted(len),
    "capital_words": _counted(count.capital_words),
    "bullets": _counted(count.bullets),
    "highlights": _counted(count.highlights),
    "placeholders": _counted(count.placeholders),
    "paragraphs": _counted(lambda text: len([part for part in count.paragraphs(text) if part])),
    "sections": _counted_by(count.sections, "word"),
    "phrase": _counted_by(count.occurrences, "text"),
    "letter": _counted_by(_letters, "letter"),
    "present": _present,
    "absent": _absent,
    "without": _without,
    "one_of": _one_of,
    "parts": _parts,
    "paragraph": _paragraph,
    "title": _fact(count.has_title, "no title in double angle brackets"),
    "json": _fact(count.is_json, "is not JSON as a whole"),
    "quoted": _fact(count.is_quoted, "is not in double quotes as a whole"),
    "capitals": _cased(str.isupper, "is not all in capitals"),
    "lower_case": _cased(str.islower, "is not all in lower case"),
    "language": _fact_by(lambda text, code: language(text) in (code, ""), "is", "is not in the language"),
    "postscript": _fact_by(count.has_postscript, "marker", "no postscript marked"),
    "begins_with": _fact_by(count.begins_with, "text", "does not begin with"),
    "ends_with": _fact_by(count.ends_with, "text", "does not end with"),
}
