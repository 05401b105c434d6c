"""A long session, put into the database as it would stand after many answers."""

from uuid import uuid4

import psycopg

SECTION = """## Section {number}

Water finds **its** way, and so does `code`. 水往低处流，人往高处走。See [the handbook](https://example.org/{number}).

| Gate | Height | State |
| --- | --- | --- |
| north {number} | 2.4 m | open |
| south {number} | 1.9 m | closed |

```python
def level(gate: int) -> float:
    # how high the water stands
    return sum(reading.metres for reading in readings if reading.gate == gate) / {number}
```

1. Open the gate.
2. Wait until the levels are equal.
3. Close it again.

"""


def markdown(number: int, size: int) -> str:
    """Markdown of about `size` bytes, with headings, tables, code and lists."""
    text = ""
    while len(text.encode()) < size:
        text += SECTION.format(number=number + 1)
    return text


def long_session(database_url: str, owner: str, *, turns: int, size: int) -> str:
    """A session with so many turns, whose answers have so many bytes; its id."""
    session = uuid4()
    with psycopg.connect(database_url) as connection:
        connection.execute(
            "INSERT INTO sessions (id, owner, title) VALUES (%s, %s, %s)", (session, owner, "A long session")
        )
        rows = []
        for index in range(turns):
            role = "user" if index % 2 == 0 else "assistant"
            content = f"question {index // 2}" if role == "user" else f"answer {index // 2}\n\n{markdown(index, size)}"
            rows.append((uuid4(), session, index, role, content))
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO turns (id, session_id, turn_index, role, content, status)"
                " VALUES (%s, %s, %s, %s, %s, 'completed')",
                rows,
            )
    return str(session)
