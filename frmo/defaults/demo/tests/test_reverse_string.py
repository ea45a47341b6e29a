from kit.reverse_string import reverse_string


def test_words():
    assert reverse_string("abc") == "cba"
    assert reverse_string("") == ""
    assert reverse_string("a b") == "b a"
