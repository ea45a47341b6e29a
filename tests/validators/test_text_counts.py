import pytest

from frmo.validators import text_counts as count
from frmo.validators.text_language import language


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three?", 3),
        ('He said "No." Then he left.', 2),
        ("Dr. Smith and J. R. Jones paid 3.50, e.g. in cash.", 1),
        ("A title\n\nand a sentence.", 1),
        ("no end", 1),
        ("lower. case. too.", 3),
        ("", 0),
        ("   \n", 0),
        ("1. First thing. 2. Second thing.", 2),
    ],
)
def test_sentences(text, expected):
    assert count.sentences(text) == expected


@pytest.mark.parametrize(
    ("counter", "text", "expected"),
    [
        (count.words, "It's 3 o'clock, über-late", 7),
        (count.lines, "a\n\n b \n", 2),
        (count.capital_words, "NASA and the U.S. went UP, I saw", 4),
        (count.bullets, "* a\n- b\n  - c\n** no\ntext - no", 3),
        (count.highlights, "*a* and **b** but not ** or * *", 2),
        (count.placeholders, "[name] lives in [city]", 2),
    ],
)
def test_counts(counter, text, expected):
    assert counter(text) == expected


def test_phrases_and_words():
    assert count.occurrences("Rock rocks ROCKET a.b axb", "rock") == 3
    assert count.occurrences("a.b axb", "a.b") == 1
    assert count.has_word("A rock.", "Rock")
    assert not count.has_word("A rocket.", "rock")


def test_sections_titles_postscripts():
    assert count.sections("SECTION 1 x SECTION 2 y", "SECTION") == 2
    assert count.has_title("<<A title>>\ntext")
    assert not count.has_title("<<>>, << >>".replace(", ", chr(10)))
    assert count.has_postscript("Bye\nP. S. more", "P.S.")
    assert count.has_postscript("p.p.s more", "P.P.S")
    assert not count.has_postscript("Bye", "P.S.")


def test_parts_and_paragraphs():
    assert count.parts("a\n***\nb", "***") == ["a", "b"]
    assert count.parts("***a***", "***") == ["a"]
    assert count.parts("a*** ***b", "***") is None
    assert count.first_word('"Hello," he said') == "hello"
    assert count.first_word("") == ""


@pytest.mark.parametrize(
    ("text", "expected"),
    [('```json\n{"a": 1}\n```', True), ("[1]", True), ('Here: {"a": 1}', False), ("[" * 100_000, False)],
)
def test_is_json(text, expected):
    assert count.is_json(text) is expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The cat sat on the mat and it was happy with that.", "en"),
        ("Die Katze ist nicht auf dem Tisch, und der Hund auch nicht.", "de"),
        ("El perro no está en la casa, pero los gatos sí.", "es"),
        ("これは日本語の文章です。", "ja"),
        ("这是中文的句子。", "zh"),
        ("Это не на английском, как я и говорил.", "ru"),
        ("ಇದು ಕನ್ನಡ", "kn"),
        ("यह हिन्दी में है और यह भी", "hi"),
        ("123 !?", ""),
    ],
)
def test_language(text, code):
    assert language(text) == code
