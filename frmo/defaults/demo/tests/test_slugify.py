from kit.slugify import slugify


def test_words():
    assert slugify("Hello, World!") == "hello-world"
    assert slugify("  a  b ") == "a-b"


def test_empty():
    assert slugify("") == ""
