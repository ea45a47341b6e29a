from frmo.sandbox.program import Limits
from frmo.sandbox.received import Received


def test_lines_come_one_by_one_however_they_arrive():
    text = Received(Limits(), lines=True)
    for part in (b"on", b"e\ntwo\nth", b"ree"):
        assert text.add(part, error=False)
    assert [text.line(), text.line(), text.line()] == [b"one", b"two", None]
    assert text.add(b"\n", error=False)
    assert text.has_line
    assert text.line() == b"three"
    assert not text.has_line


def test_both_streams_share_one_cap():
    text = Received(Limits(output_bytes=10), lines=False)
    assert text.add(b"12345", error=False)
    assert text.add(b"12345", error=True)
    assert not text.add(b"x", error=False)
    assert (bytes(text.out), bytes(text.err)) == (b"12345", b"12345")


def test_a_line_may_not_grow_without_end():
    text = Received(Limits(line_bytes=10), lines=True)
    assert text.add(b"1234567890", error=False)
    assert not text.add(b"x", error=False)
    short = Received(Limits(line_bytes=10), lines=True)
    assert short.add(b"123\n" * 10, error=False)


def test_what_is_forgotten_is_free():
    text = Received(Limits(output_bytes=10), lines=False)
    text.add(b"12345", error=False)
    text.forget(5)
    assert text.add(b"1234567890", error=False)
    assert not text.add(b"x", error=False)
