"""How the fake model server answers: deterministic, and steered by requests or from outside."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

DIRECTIVE = re.compile(r"#upstream(\{.*?\})", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a chat completion does. Times are seconds; counts are tokens of the answer.

    answer: `echo` says how many messages came and repeats the last user message; other text is the answer.
    rules: `[[part, answer], …]`: the first whose part occurs in the messages gives the answer instead.
    tokens: pads the answer with numbered words, or cuts it, to so many; None leaves it.
    rate: tokens per second; 0 for as fast as the client reads.
    delay: silent prefill before the first token. headers_late: the headers wait for it too.
    hold_after: goes silent after so many until the server's `release()`.
    stall_after: goes silent for ever after so many. cut_after: the socket is reset after so many.
    end_after: the body ends properly after so many, without a finish reason.
    error_after: an error object in the stream after so many.
    status: refuses with this HTTP status. nonsense: what comes instead of a stream.
    reasoning: so many reasoning tokens first, as `reasoning_field` or inline as `think` tags.
    continues: how a request must ask for it, that a last message by the assistant is taken as the beginning of the
        answer and only the rest is written (see `LLM_CONTINUES`); None: such a message is one more turn.
    echo: says the beginning once more before the rest. refuses_partial: 400 for a last message by the assistant.
    """

    answer: str = "echo"
    rules: tuple[tuple[str, str], ...] = ()
    tokens: int | None = None
    rate: float = 0.0
    delay: float = 0.0
    headers_late: bool = False
    hold_after: int | None = None
    stall_after: int | None = None
    cut_after: int | None = None
    end_after: int | None = None
    error_after: int | None = None
    status: int | None = None
    error: str = "the fake server was told to fail"
    nonsense: Literal["html", "broken_json", "empty", "wrong_shape", "no_text", "no_choices"] | None = None
    reasoning: int = 0
    reasoning_field: Literal["reasoning_content", "reasoning", "think"] = "reasoning_content"
    continues: Literal["vllm", "prefill", "prefix"] | None = None
    echo: bool = False
    refuses_partial: bool = False
    finish_reason: str | None = "stop"
    done: bool = True
    dimensions: int = 8

    def changed(self, changes: dict[str, Any]) -> "Behaviour":
        """With some fields changed; unknown names are an error."""
        known = {field.name for field in fields(self)}
        if unknown := set(changes) - known:
            raise ValueError(f"unknown behaviour: {sorted(unknown)}")
        if "rules" in changes:
            changes = {**changes, "rules": tuple((part, text) for part, text in changes["rules"])}
        return replace(self, **changes)

    def for_request(self, body: dict[str, Any]) -> "Behaviour":
        """With what the last message of the user asks for by `#upstream{"tokens": 5}`."""
        asked = [message for message in body.get("messages", []) if message.get("role") == "user"]
        found = DIRECTIVE.search(text_of(asked[-1:]))
        return self.changed(json.loads(found[1])) if found else self

    def partial(self, body: dict[str, Any]) -> str:
        """The beginning of the answer that the request gives, when it asks in the way that this server wants."""
        last = (body.get("messages") or [{}])[-1]
        asked = {
            "vllm": body.get("continue_final_message") is True and body.get("add_generation_prompt") is False,
            "prefill": "prefix" not in last and "continue_final_message" not in body,
            "prefix": last.get("prefix") is True,
        }
        goes_on = last.get("role") == "assistant" and self.continues is not None and asked[self.continues]
        return str(last["content"]) if goes_on else ""

    def pieces(self, body: dict[str, Any]) -> list[str]:
        """The answer's tokens, after the beginning that the request gives, if any."""
        partial = self.partial(body)
        if not partial:
            return self._whole(body.get("messages", []))
        whole = "".join(self._whole(body["messages"][:-1]))
        rest = whole.removeprefix(partial) if whole.startswith(partial) else f" <not mine: {partial}>"
        return ([partial] if self.echo else []) + _tokens(rest)

    def _whole(self, messages: list[dict[str, Any]]) -> list[str]:
        everything = text_of(messages)
        answer = next((text for part, text in self.rules if part in everything), self.answer)
        if answer == "echo":
            last = next((m["content"] for m in reversed(messages) if m.get("role") == "user"), "")
            answer = f"I saw {len(messages)} messages. You said: {last}"
        pieces = _tokens(answer)
        if self.tokens is None:
            return pieces
        return (pieces + [f" word{n}" for n in range(self.tokens)])[: self.tokens]

    def deltas(self, body: dict[str, Any]) -> Iterator[dict[str, str]]:
        """The `delta` objects: reasoning first, then the answer."""
        thoughts = [f"thought{n} " for n in range(self.reasoning)]
        if self.reasoning_field == "think":
            inline = ["<thi", "nk>\n", *thoughts, "</th", "ink>\n\n"] if thoughts else []
            yield from ({"content": piece} for piece in inline)
        else:
            yield from ({str(self.reasoning_field): piece} for piece in thoughts)
        yield from ({"content": piece} for piece in self.pieces(body))


def _tokens(text: str) -> list[str]:
    return re.findall(r"\s*[^\s一-鿿]+|\s*[一-鿿]|\s+$", text)


def text_of(messages: list[dict[str, Any]]) -> str:
    """All contents, one below the other."""
    return "\n".join(str(message.get("content", "")) for message in messages)


def embedding(text: str, dimensions: int) -> list[float]:
    """A vector that depends on the text only: texts with common words have near vectors."""
    vector = [0.0] * dimensions
    for word in re.findall(r"\w", text.lower()) if re.search(r"[一-鿿]", text) else text.lower().split():
        digest = hashlib.sha256(word.encode()).digest()
        for place in range(dimensions):
            vector[place] += digest[place % 32] / 127.5 - 1
    length = sum(number * number for number in vector) ** 0.5
    return [number / length if length else 1.0 for number in vector]
