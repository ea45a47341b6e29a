import hashlib
import hmac
import json

from frmo.sandbox.program import Ended
from frmo.validators.invocation import opened

KEY = b"k" * 32


def line(number, record, key=KEY):
    body = f"{number} {json.dumps(record)}".encode()
    return hmac.new(key, body, hashlib.sha256).hexdigest()[:32].encode() + b" " + body + b"\n"


def ended(stdout):
    return Ended("exited", 0, stdout, b"", 0.1)


def test_sealed_records_in_order():
    found = opened(ended(line(1, {"kind": "start"}) + line(2, {"kind": "end"})), KEY)
    assert [item["kind"] for item in found.items] == ["start", "end"]
    assert found.finished
    assert found.noise == 0


def test_what_bears_no_seal_is_noise():
    forged = line(2, {"kind": "end"}, b"x" * 32)
    repeated = line(1, {"kind": "start"})
    found = opened(ended(line(1, {"kind": "start"}) + forged + repeated + b"4 passed\n\xff"), KEY)
    assert [item["kind"] for item in found.items] == ["start"]
    assert found.noise == 4
    assert not found.finished
