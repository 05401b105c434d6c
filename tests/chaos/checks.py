"""The promises of the design, checked from outside after a run."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from tests.chaos.book import TERMINAL
from tests.chaos.evidence import MARKER, Evidence, marker_of
from tests.chaos.findings import Findings
from tests.chaos.people import ENDED, Case

REASONS = ("model_cut", "model_timeout", "model_refused", "worker_lost")
NOTICE_SECONDS = 2.0
"""What the model server's log may be late by: it notices things when its process gets a turn."""


def check(evidence: Evidence, findings: Findings) -> None:
    """Look for everything that must not be."""
    checks: tuple[Callable[[Evidence, Findings], None], ...] = (
        _never_over_the_limit,
        _one_run_at_a_time,
        _nothing_open_after_the_end,
        _first_come_first_served,
        _turns_without_holes,
        _answered_in_order,
        _earlier_turns_were_seen,
        _nothing_lost,
        _clients_agree_with_the_database,
    )
    for each in checks:
        each(evidence, findings)


def _never_over_the_limit(evidence: Evidence, findings: Findings) -> None:
    """Promise 1, by the model's own count."""
    for exchange in evidence.exchanges.values():
        if len(exchange["beside"]) + 1 > evidence.limit:
            others = [marker_of(evidence.exchanges[number]) for number in exchange["beside"]]
            findings.add("over the limit", f"{marker_of(exchange)} was asked while {others} were open")


def _one_run_at_a_time(evidence: Evidence, findings: Findings) -> None:
    """Promise 6: one attempt at a time, and a chat asks the model once in each."""
    for exchange in evidence.exchanges.values():
        marker = marker_of(exchange)
        if any(marker_of(evidence.exchanges[number]) == marker for number in exchange["beside"]):
            findings.add("doubled", f"{marker} ran twice at the same time")
    for case in evidence.cases:
        task = evidence.tasks.get(case.task_id)
        calls = len(evidence.calls[case.job.marker])
        if task is not None and task["kind"] == "chat" and calls > task["attempt"]:
            findings.add("doubled", f"{case.job.marker}: {calls} model calls in {task['attempt']} attempts")


def _nothing_open_after_the_end(evidence: Evidence, findings: Findings) -> None:
    """Promise 2. What a client saw at the very end of a task was noted by it."""
    if evidence.still_open:
        findings.add("left open", f"{evidence.still_open} model connections are open after the run")
    for case in evidence.cases:
        task = evidence.tasks.get(case.task_id)
        if task is None or task["finished"] is None:
            continue
        for exchange in evidence.calls[case.job.marker]:
            late = exchange["opened_at"] + evidence.clock - task["finished"]
            if late > NOTICE_SECONDS:
                findings.add("doubled", f"{case.job.marker}: a model call {late:.1f} s after the end")


def _first_come_first_served(evidence: Evidence, findings: Findings) -> None:
    """Promise 3: whoever started was the first of those that could. Only tasks of one attempt have exact times."""
    tasks = [task for task in evidence.tasks.values() if task["kind"] != "ingest"]
    free_from = _free_from(evidence)
    for task in tasks:
        if task["attempt"] != 1 or task["started_at"] is None:
            continue
        began = task["started_at"]
        for other in tasks:
            if other["ticket"] >= task["ticket"]:
                break
            if other["attempt"] > 1 or other["session_id"] in evidence.paused or other["finished_at"] is None:
                continue
            waits = other["finished_at"] > began if other["attempt"] == 0 else other["started_at"] > began
            free = free_from[other["id"]]
            if waits and (free is None or free < began):
                findings.add("out of order", f"{_job(task)} started before {_job(other)}, which had an earlier ticket")


def _free_from(evidence: Evidence) -> dict[str, Any]:
    """When the last earlier message of each task's session had ended; None for the first."""
    ended: dict[str, Any] = {}
    free: dict[str, Any] = {}
    for task in evidence.tasks.values():
        session = task["session_id"]
        free[task["id"]] = ended.get(session) if session is not None else None
        if session is not None and task["finished_at"] is not None:
            ended[session] = max(filter(None, (ended.get(session), task["finished_at"])))
    return free


def _turns_without_holes(evidence: Evidence, findings: Findings) -> None:
    """Promise 4: each message has its two turns, where its receipt said."""
    for session, turns in evidence.sessions.items():
        if [turn["turn_index"] for turn in turns] != list(range(len(turns))):
            findings.add("gaps", f"session {session}: turns {[turn['turn_index'] for turn in turns]}")
        for question, answer in zip(turns[::2], turns[1::2], strict=True):
            if question["task_id"] != answer["task_id"]:
                findings.add("out of order", f"session {session}: turn {answer['turn_index']} answers another message")
    for case in evidence.cases:
        if case.job.kind == "chat":
            turns = evidence.sessions[str(case.receipt["session_id"])]
            index = case.receipt["turn_index"]
            if index >= len(turns) or turns[index]["task_id"] != case.task_id:
                findings.add("lost", f"{case.job.marker}: its message is not at turn {index}")


def _answered_in_order(evidence: Evidence, findings: Findings) -> None:
    """Promise 4: no message of a session was taken up before the one before it had ended."""
    free_from = _free_from(evidence)
    for task in evidence.tasks.values():
        free, began = free_from[task["id"]], task["started_at"]
        if free is not None and began is not None and began < free:
            findings.add("out of order", f"{_job(task)} started before the message before it had ended")
        if free is None:
            continue
        for exchange in evidence.calls[_job(task)]:
            if free.timestamp() - (exchange["opened_at"] + evidence.clock) > 0.05:
                findings.add("out of order", f"{_job(task)} asked the model before the message before it had ended")


def _earlier_turns_were_seen(evidence: Evidence, findings: Findings) -> None:
    """Promise 4: each request holds all earlier turns that have text, and nothing that came later."""
    for turns in evidence.sessions.values():
        for question in turns[::2]:
            marker = _marker(question["content"])
            for exchange in evidence.calls[marker]:
                sent = [message["content"] for message in exchange["body"]["messages"] if message["role"] != "system"]
                expected = _history(evidence, turns[: question["turn_index"]])
                if [text for text in sent[:-1] if text != "(no answer)"] != expected:
                    findings.add("unseen earlier turns", f"{marker}: saw {_short(sent[:-1])}, not {_short(expected)}")
                if sent[-1] != question["content"]:
                    findings.add("text differs", f"{marker}: the model was asked something else")


def _history(evidence: Evidence, turns: list[dict[str, Any]]) -> list[str]:
    expected: list[str] = []
    for question, answer in zip(turns[::2], turns[1::2], strict=True):
        if answer["content"].strip():
            expected += [question["content"], answer["content"]]
        elif evidence.tasks[question["task_id"]]["attempt"]:
            expected.append(question["content"])
    return expected


def _nothing_lost(evidence: Evidence, findings: Findings) -> None:
    """Promise 5: what was accepted exists once and has ended."""
    for case in evidence.cases:
        task = evidence.tasks.get(case.task_id)
        if task is None:
            findings.add("lost", f"{case.job.marker}: no task {case.task_id}")
        elif task["status"] not in ENDED:
            findings.add("lost", f"{case.job.marker}: still {task['status']}, attempt {task['attempt']}")
        elif task["terminal_seq"] is None:
            findings.add("lost", f"{case.job.marker}: {task['status']}, but its stream was not closed")
    for marker, count in Counter(_job(task) for task in evidence.tasks.values()).items():
        if count > 1:
            findings.add("doubled", f"{marker}: {count} tasks")


def _clients_agree_with_the_database(evidence: Evidence, findings: Findings) -> None:
    """Promises 7 and 8: every client has the end and the text that the database has."""
    for case in evidence.cases:
        task = evidence.tasks.get(case.task_id)
        if task is None:
            continue
        for watcher in case.watchers:
            book = watcher.book
            if book.terminal is None:
                findings.add("lost", f"{book.who}: no terminal event; the task is {task['status']}")
                continue
            event, data = book.terminal
            if TERMINAL[event] != task["status"]:
                findings.add("ends differ", f"{book.who}: {event}, but the task is {task['status']}")
            text = evidence.text(case.task_id)
            if text is not None and book.folded.text != text:
                has, want = len(book.folded.text), len(text)
                findings.add("text differs", f"{book.who}: {event} after {has} characters, the database has {want}")
            whole = (data["result"] or {}).get("turn") or (data["result"] or {}).get("report")
            if text is not None and (whole or {}).get("content") != text:
                findings.add("text differs", f"{book.who}: the terminal event holds another text")
        _ended_for_a_reason(case, task, findings)
        _cancel_said_the_truth(case, task, findings)


def _ended_for_a_reason(case: Case, task: dict[str, Any], findings: Findings) -> None:
    """Only whom somebody cancelled is cancelled; only the model, or too many lost workers, make a task fail."""
    code = task["error"]["code"] if task["error"] else None
    if task["status"] == "cancelled" and not case.cancelled:
        findings.add("ends differ", f"{case.job.marker}: cancelled, but nobody asked")
    if task["status"] == "failed" and code not in REASONS:
        findings.add("ends differ", f"{case.job.marker}: failed with {code}")


def _cancel_said_the_truth(case: Case, task: dict[str, Any], findings: Findings) -> None:
    for status, answer in case.answers:
        if status == 200 and answer["status"] != task["status"]:
            findings.add("ends differ", f"{case.job.marker}: cancel said {answer['status']}, it is {task['status']}")
        if status == 202 and task["status"] not in ("cancelled", "completed", "failed"):
            findings.add("ends differ", f"{case.job.marker}: cancelled while it ran, it is {task['status']}")


def _job(task: dict[str, Any]) -> str:
    return _marker(task["words"])


def _marker(words: str) -> str:
    found = MARKER.search(words)
    return found[0] if found else words


def _short(texts: list[str]) -> list[str]:
    return [text[:24] for text in texts]
