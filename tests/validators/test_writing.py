import pytest

from frmo.errors import InputError
from frmo.validators import writing_rules, writing_syntax
from frmo.validators.writing_rules import RULES
from tests.support.subjects import subject

HOLDS = {
    "words": ({"at_least": 2, "below": 4}, "one two three", "one two three four"),
    "sentences": ({"exactly": 2}, "One. Two.", "One."),
    "lines": ({"at_most": 1}, "a", "a\nb"),
    "characters": ({"at_most": 5}, "12345", "123456"),
    "capital_words": ({"at_least": 1}, "some BIG", "none Big"),
    "bullets": ({"exactly": 2}, "* a\n* b", "* a"),
    "highlights": ({"at_least": 1}, "so *very*", "so very"),
    "placeholders": ({"at_least": 1}, "[name]", "name"),
    "paragraphs": ({"exactly": 2}, "a\n\nb", "a\nb"),
    "sections": ({"word": "Part", "at_least": 2}, "Part 1 a Part 2 b", "Part 1 a"),
    "phrase": ({"text": "war", "at_least": 2}, "war, War", "war"),
    "letter": ({"letter": "z", "below": 2}, "zoo", "Zz"),
    "present": ({"words": ["a", "b"]}, "A and B", "c c"),
    "absent": ({"words": "rock"}, "rocket", "Rock!"),
    "without": ({"characters": ",;"}, "a b", "a; b"),
    "one_of": ({"texts": ["yes.", "no."]}, "It is yes.", "perhaps"),
    "parts": ({"separator": "***", "exactly": 2, "different": True}, "a *** b", "a *** a"),
    "paragraph": ({"number": 2, "of": 2, "first_word": "Then"}, "First\n\nthen, so", "First\n\nand"),
    "title": ({}, "<<T>>", "T"),
    "json": ({}, '{"a": 1}', "a: 1"),
    "quoted": ({}, '"a"', 'a"'),
    "capitals": ({"language": "en"}, "THE END OF IT", "The end"),
    "lower_case": ({}, "the end", "The end"),
    "language": ({"is": "de"}, "Das ist nicht der Hund.", "This is not the dog."),
    "postscript": ({"marker": "P.S."}, "x\nP.S. y", "x"),
    "begins_with": ({"text": "dear"}, "Dear all", "All, dear"),
    "ends_with": ({"text": "The end."}, '... the end."', "the end. No"),
}


def check(tmp_path, text, *rules, files="a.md"):
    validation = {"checks": {"writing_rules": {"files": files, "rules": list(rules)}}}
    return writing_rules.check(subject(tmp_path, {"a.md": text}, validation=validation))


def test_every_rule_is_tried_here():
    assert set(HOLDS) == set(RULES)
    assert len(RULES) >= 20


@pytest.mark.parametrize("name", HOLDS)
def test_rule(tmp_path, name):
    given, good, bad = HOLDS[name]
    assert check(tmp_path / "1", good, {"rule": name, **given}).findings == ()
    (found,) = check(tmp_path / "2", bad, {"rule": name, **given}).findings
    assert (found.code, found.level, found.node) == (name, 3, f"a.md: {name}")


def test_every_broken_rule_is_a_finding(tmp_path):
    result = check(
        tmp_path, "a, b", {"rule": "words", "at_least": 5}, {"rule": "title"}, {"rule": "without", "characters": ","}
    )
    assert [item.message for item in result.findings] == [
        "words: 2, should be at least 5",
        "title: no title in double angle brackets",
        "without: ',' must not be there",
    ]
    assert result.checks == 3


def test_a_missing_text(tmp_path):
    (found,) = check(tmp_path, "", {"rule": "title"}, files="b.md").findings
    assert (found.code, found.path) == ("missing", "b.md")


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"rule": "wrods"}, "no rule 'wrods'"),
        ({"rule": "words"}, "needs a bound"),
        ({"rule": "words", "at_leest": 3}, "at_leest: no such key"),
        ({"rule": "words", "at_least": "3"}, "at_least: is not a number"),
        ({"rule": "ends_with"}, "text: is missing"),
    ],
)
def test_a_wrong_rule_is_an_input_error(tmp_path, rule, message):
    with pytest.raises(InputError, match=rf"validation\.checks\.writing_rules\.rules\[0\].*{message}"):
        check(tmp_path, "x", rule)


@pytest.mark.parametrize(
    ("text", "code"), [("good\n", None), (b"\xff\xfe", "encoding"), ("a\x07", "control"), (" \n", "blank")]
)
def test_form(tmp_path, text, code):
    found = writing_syntax.check(subject(tmp_path, {"a.md": text, "a.bin": b"\xff"})).findings
    assert [item.code for item in found] == ([code] if code else [])
