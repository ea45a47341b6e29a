"""Agreement with the recorded verdicts on countable instructions (IFEval), per kind of instruction."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from frmo.bench.report import Row, at_least
from frmo.bench.solutions import rows
from frmo.model.task import Task
from frmo.sandbox.plain import PlainSandbox
from frmo.validators.given import Given
from frmo.validators.interpreter import own
from frmo.validators.subject import Subject
from frmo.validators.writing_rules import broken

_LEAST, _KINDS = 0.97, 20
_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")
_BOUND = {"at least": "at_least", "less than": "below"}

Setting = Mapping[str, Any]


def _bounded(rule: str, relation: str, number: str, **more: str) -> Callable[[Setting], Setting]:
    def made(given: Setting) -> Setting:
        named = {key: given[name] for key, name in more.items()}
        return {"rule": rule, _BOUND[given[relation]]: given[number], **named}

    return made


RULES: Mapping[str, Callable[[Setting], Setting]] = {
    "change_case:capital_word_frequency": _bounded("capital_words", "capital_relation", "capital_frequency"),
    "change_case:english_capital": lambda _: {"rule": "capitals", "language": "en"},
    "change_case:english_lowercase": lambda _: {"rule": "lower_case", "language": "en"},
    "combination:repeat_prompt": lambda given: {"rule": "begins_with", "text": given["prompt_to_repeat"]},
    "combination:two_responses": lambda _: {"rule": "parts", "separator": "******", "exactly": 2, "different": True},
    "detectable_content:number_placeholders": lambda given: {"rule": "placeholders", "at_least": given["num_placeholders"]},
    "detectable_content:postscript": lambda given: {"rule": "postscript", "marker": given["postscript_marker"]},
    "detectable_format:constrained_response": lambda _: {"rule": "one_of", "texts": _ANSWERS},
    "detectable_format:json_format": lambda _: {"rule": "json"},
    "detectable_format:multiple_sections": lambda given: {
        "rule": "sections", "word": given["section_spliter"], "at_least": given["num_sections"],
    },
    "detectable_format:number_bullet_lists": lambda given: {"rule": "bullets", "exactly": given["num_bullets"]},
    "detectable_format:number_highlighted_sections": lambda given: {"rule": "highlights", "at_least": given["num_highlights"]},
    "detectable_format:title": lambda _: {"rule": "title"},
    "keywords:existence": lambda given: {"rule": "present", "words": given["keywords"]},
    "keywords:forbidden_words": lambda given: {"rule": "absent", "words": given["forbidden_words"]},
    "keywords:frequency": _bounded("phrase", "relation", "frequency", text="keyword"),
    "keywords:letter_frequency": _bounded("letter", "let_relation", "let_frequency", letter="letter"),
    "language:response_language": lambda given: {"rule": "language", "is": given["language"]},
    "length_constraints:nth_paragraph_first_word": lambda given: {
        "rule": "paragraph", "number": given["nth_paragraph"], "of": given["num_paragraphs"], "first_word": given["first_word"],
    },
    "length_constraints:number_paragraphs": lambda given: {
        "rule": "parts", "separator": "***", "exactly": given["num_paragraphs"],
    },
    "length_constraints:number_sentences": _bounded("sentences", "relation", "num_sentences"),
    "length_constraints:number_words": _bounded("words", "relation", "num_words"),
    "punctuation:no_comma": lambda _: {"rule": "without", "characters": ","},
    "startend:end_checker": lambda given: {"rule": "ends_with", "text": given["end_phrase"]},
    "startend:quotation": lambda _: {"rule": "quoted"},
}  # fmt: skip


def writing_rows(folder: Path, progress: Callable[[str], None]) -> Iterator[Row]:
    """Agreement overall and per kind, and how many kinds are covered."""
    tasks = {row["prompt"]: row for row in rows(folder, "tasks_ifeval_en")}
    agreed: dict[str, list[bool]] = defaultdict(list)
    responses = [row for row in rows(folder, "responses_ifeval_en_qwen_mistral") if row["prompt"] in tasks]
    progress(f"IFEval: {len(responses)} responses")
    for response in responses:
        task = tasks[response["prompt"]]
        for name, given, verdict in zip(
            task["instruction_id_list"], task["kwargs"], response["follow_list"], strict=True
        ):
            kind = name.partition(":")[2]
            if kind in RULES and not _drawn(given):
                agreed[kind].append(_holds(RULES[kind](given), response["response"]) == verdict)
    every = [item for found in agreed.values() for item in found]
    yield at_least(f"IFEval: agreement on {len(every)} instructions", sum(every) / max(1, len(every)), _LEAST)
    yield at_least("IFEval: kinds of instruction covered", len(agreed), _KINDS)
    for kind, found in sorted(agreed.items(), key=lambda item: sum(item[1]) / len(item[1])):
        yield Row(f"  {kind}", sum(found) / len(found), f"of {len(found)}")


def _drawn(given: Setting) -> bool:
    """True for a sign asked for as a letter: the recorded check counted a letter drawn at random in its place."""
    letter = str(given.get("letter") or "a").lower()
    return not "a" <= letter <= "z"


def _holds(rule: Setting, text: str) -> bool:
    task = Task("bench-00000000", "bench", {}, "bench")
    nowhere = Path("/nonexistent")
    subject = Subject(task, nowhere, nowhere, (), PlainSandbox(nowhere), own(), own(), nowhere)
    return bool(text.strip()) and not broken(Given(subject, "writing_rules", rule, "bench"), text)
