"""The token ceiling of a request without asking anybody."""

from frmo.gateway.size import free_ceiling, input_ceiling
from frmo.model.completion import CompletionRequest, Message


def test_it_is_never_below_the_bytes_of_all_parts():
    plain = CompletionRequest((Message("user", "ä€😀 text"),), system="be kind", max_tokens=10)
    more = CompletionRequest(
        plain.messages, system="be kind", max_tokens=10, tools=({"name": "sh"},), schema={"type": "object"}
    )
    assert input_ceiling(plain) >= len("ä€😀 text be kind".encode()) - 1
    assert input_ceiling(more) > input_ceiling(plain) + len('{"type": "object"}')
    assert free_ceiling(plain).tokens == input_ceiling(plain) + 10
    assert free_ceiling(plain).usd == 0


def test_odd_text_does_not_break_it():
    assert (
        input_ceiling(CompletionRequest((Message("user", "\udcff"), Message("user", [{"type": "text", "text": "x"}]))))
        > 0
    )
