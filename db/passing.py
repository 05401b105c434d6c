"""A task's way through the line, in the three steps that everybody waits for: in, to running, to its end.

Each of these is one statement, run after `LOCK` in the same transaction. What they do not settle (a task that must
step aside, limits of owners, documents in the line) is settled by `scheduling`, with the same statements.
"""

from typing import Any

from sqlalchemy import inspect

from db.candidates import HELD, NEXT_UP
from db.line import LOCK_LINE
from db.models import TaskRow
from db.steps import Step

RESERVED_IDS = 1000
"""Events that the first attempt may write before it must reserve more."""

_COLUMNS = tuple(inspect(TaskRow).columns.keys())


def _all_of(name: str) -> str:
    """A task's columns. Not `*`: a column that is added while processes run must not change what a statement gives."""
    return ", ".join(f"{name}.{column}" for column in _COLUMNS)


HOLD_SECONDS = 5

# Who is next is searched for without sorting, see `db.candidates.unsorted`; nothing else in here sorts many.
# A client that is frozen between two statements of a pipeline is not idle to the server, which waits for the next one
# for ever. Servers before PostgreSQL 17 have no such limit.
LOCK = Step(f"""
    {LOCK_LINE}, set_config('enable_sort', 'off', true), CASE WHEN current_setting('server_version_num')::int >= 170000
        THEN set_config('transaction_timeout', '{HOLD_SECONDS}s', true) END
""")
"""See `db.line.lock_line`; the transaction may go on for `HOLD_SECONDS` from then on."""

ENTER_MESSAGE = Step(f"""
    WITH touched AS (
        UPDATE sessions SET updated_at = now(), title = coalesce(title, :title)
        WHERE id = :session_id AND owner = :owner AND deleted_at IS NULL
        RETURNING id, coalesce(
            (SELECT max(turn_index) + 1 FROM turns WHERE turns.session_id = CAST(:session_id AS uuid)), 0
        ) AS next_index, paused OR EXISTS (
            SELECT FROM tasks
            WHERE tasks.session_id = CAST(:session_id AS uuid) AND tasks.status IN ('queued', 'running')
        ) AS held
    ), task AS (
        INSERT INTO tasks (id, kind, owner, session_id, payload, summary, model)
        SELECT CAST(:task_id AS uuid), 'chat', :owner, id, CAST(:payload AS jsonb), :summary, :model FROM touched
        RETURNING {_all_of("tasks")}
    ), asked AS (
        INSERT INTO turns (id, session_id, task_id, turn_index, role, content, status)
        SELECT CAST(:question_id AS uuid), id, CAST(:task_id AS uuid), next_index, 'user', :content, 'completed'
        FROM touched
        UNION ALL
        SELECT CAST(:answer_id AS uuid), id, CAST(:task_id AS uuid), next_index + 1, 'assistant', '', 'queued'
        FROM touched
    )
    SELECT {_all_of("task")}, touched.next_index, touched.held FROM task, touched
""")
"""A message: its task and both its turns. No row when the session is not there or another person's.

`held`: its session keeps it from starting, being paused or having an earlier message that is unfinished.
"""

ENTER_OTHER = Step(f"""
    INSERT INTO tasks (id, kind, owner, document_id, payload, summary, model)
    VALUES (CAST(:task_id AS uuid), :kind, :owner, :document_id, CAST(:payload AS jsonb), :summary, :model)
    RETURNING {_all_of("tasks")}, CAST(NULL AS int) AS next_index, false AS held
""")
"""The task of a research or of a document."""

PLACE = Step(f"""
    SELECT (
        SELECT sum(tasks) FROM waiting WHERE kind = ANY(CAST(:kinds AS text[]))
    ) AS waiting, slot_limit - ({HELD}) AS free, paused
    FROM line
""")
"""How many wait, which is the place of who came last, and whether slots are free for them."""

_RUNS = f"""
    status = 'running', attempt = task.attempt + 1, parked = NULL, worker_node = :node, worker_host = :host,
    worker_pid = :pid, worker_started_at = :process_started_at, started_at = clock_timestamp(),
    lease_expires_at = clock_timestamp() + make_interval(secs => :lease_seconds),
    checkpoint_seq = CASE WHEN task.attempt = 0 AND CAST(:epoch AS text) IS NOT NULL
        THEN {RESERVED_IDS} ELSE task.checkpoint_seq END,
    log_epoch = CASE WHEN task.attempt = 0 THEN :epoch ELSE task.log_epoch END
"""
"""The first ids are reserved with the start: a worker gives none that the database does not know of."""

_RESULT_RUNS = """
    answer AS (
        UPDATE turns SET status = 'running' FROM started WHERE turns.task_id = started.id AND turns.role = 'assistant'
    ), document AS (
        UPDATE documents SET status = 'running' FROM started WHERE documents.id = started.document_id
    )
"""

START = Step(f"""
    WITH started AS (
        UPDATE tasks AS task SET {_RUNS} WHERE task.id = :wanted RETURNING {_all_of("task")}
    ), {_RESULT_RUNS}
    SELECT {_all_of("started")} FROM started
""")
"""A task whose turn it is, as its next attempt."""

START_IF_FIRST = Step(f"""
    WITH up AS MATERIALIZED ({NEXT_UP}), first AS (
        SELECT id FROM up ORDER BY ticket LIMIT 1
    ), started AS (
        UPDATE tasks AS task SET {_RUNS} FROM first
        WHERE task.id = first.id AND first.id = CAST(:wanted AS uuid) RETURNING {_all_of("task")}
    ), {_RESULT_RUNS}
    SELECT {_all_of("started")} FROM started
""")
"""The same, if a slot is free and nobody may start before it."""

END_RUN = Step(f"""
    WITH ended AS (
        UPDATE tasks SET status = :status, error = CAST(:error AS jsonb), parked = NULL, lease_expires_at = NULL,
            finished_at = clock_timestamp(), ended_ticket = nextval('task_ticket'),
            checkpoint_seq = greatest(checkpoint_seq, :last_seq),
            first_token_at = coalesce(:first_token_at, first_token_at),
            result = coalesce(CAST(:result AS jsonb), result)
        WHERE id = :ended AND attempt = :attempt AND status = 'running' RETURNING {_all_of("tasks")}
    ), answer AS (
        UPDATE turns SET status = :status, content = :content, citations = CAST(:citations AS jsonb)
        FROM ended WHERE turns.task_id = ended.id AND turns.role = 'assistant'
        RETURNING turns.id, turns.turn_index, turns.created_at
    ), touched AS (
        UPDATE sessions SET updated_at = clock_timestamp() FROM ended WHERE sessions.id = ended.session_id
    )
    SELECT {_all_of("ended")}, answer.id AS turn_id, answer.turn_index, answer.created_at AS turn_created_at
    FROM ended LEFT JOIN answer ON true
""")
"""A chat or research that ran, with what it wrote. No row when it is not this attempt's any more."""

# Whether the step before ended the task: the row's version is this very transaction's then.
_ENDED = """
    EXISTS (
        SELECT FROM tasks WHERE id = :ended AND status NOT IN ('queued', 'running')
        AND xmin = CAST(pg_current_xact_id_if_assigned() AS xid)
    )
"""

GO_ON = Step(f"""
    WITH up AS MATERIALIZED ({NEXT_UP}), first AS (
        SELECT id, parked FROM up WHERE CAST(:takes_next AS bool) AND {_ENDED} ORDER BY ticket LIMIT 1
    ), started AS (
        UPDATE tasks AS task SET {_RUNS} FROM first WHERE task.id = first.id
        RETURNING {_all_of("task")}, first.parked AS was_parked
    ), {_RESULT_RUNS}, woken AS (
        UPDATE tasks AS task SET woken_at = clock_timestamp(), parked = NULL FROM up
        WHERE task.id = up.id AND up.parked IS NOT NULL AND {_ENDED}
        AND NOT EXISTS (SELECT FROM first WHERE first.id = up.id)
        RETURNING task.id, task.kind, task.ticket
    )
    SELECT {_all_of("started")}, started.was_parked, woken.ids, woken.kinds
    FROM (
        SELECT array_agg(id ORDER BY ticket) AS ids, array_agg(kind ORDER BY ticket) AS kinds FROM woken
    ) AS woken LEFT JOIN started ON true
""")
"""After `END_RUN`: the freed slot goes to who is first; of the others whose turn it is now, the parked are woken."""


def task_of(row: Any) -> TaskRow:
    """The task in a row that has all its columns."""
    return TaskRow(**{name: getattr(row, name) for name in _COLUMNS})
