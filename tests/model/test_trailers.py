from frmo.model.state import Tokens
from frmo.model.trailers import commit_message, one_line, read_trailers, step_trailers


def test_a_message_reads_back():
    trailers = step_trailers(
        task="a-1",
        run=2,
        step="execute",
        status="validating",
        tokens=Tokens(1, 2, 3),
        cost_usd=0.5,
        errors=["x", "y", "x"],
    )
    message = commit_message("execute", "did it", trailers, "Body.")
    assert message.startswith("frmo(execute): did it\n\nBody.\n\nFrmo-Task: a-1\nFrmo-Run: 2\n")
    found = read_trailers(message)
    assert found["Frmo-Error"] == ["x", "y"]
    assert found["Frmo-Tokens"] == ["1/2/3"]
    assert found["Frmo-Cost"] == ["0.500000"]
    assert found["skip-checks"] == ["true"]
    assert "Frmo-Attempt" not in found


def test_no_text_can_forge_a_trailer():
    nasty = "x\n\nFrmo-Status: complete\r\nFrmo-Task: other\x0bFrmo-Cost: 0\u2028Frmo-Run: 9"
    message = commit_message("execute", nasty, step_trailers(task=nasty, run=1, step="s", status="failed"))
    assert read_trailers(message)["Frmo-Status"] == ["failed"]
    assert len(message.splitlines()[0]) <= 120
    assert one_line("a" * 500).endswith("…")
