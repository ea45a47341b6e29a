"""What reaches stdout and stderr."""

import json

from frmo.cli.output import note, print_json, printable, result, warn


def test_results_go_to_stdout_and_the_rest_to_stderr(capsys):
    result("one")
    note("two")
    note("three", quiet=True)
    warn("four")
    out, err = capsys.readouterr()
    assert out == "one\n"
    assert err == "two\nfrmo: four\n"


def test_json_is_one_sorted_ascii_object(capsys):
    print_json({"b": "ü", "a": 1})
    out = capsys.readouterr().out
    assert json.loads(out) == {"a": 1, "b": "ü"}
    assert out.index('"a"') < out.index('"b"')
    assert out.isascii()


def test_terminal_escapes_are_shown_not_sent():
    assert printable("a\x1b[31mb\r\n\tc ü") == "a\\x1b[31mb\\r\n\tc ü"
