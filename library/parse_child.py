"""The child process that reads one file, which may be hostile: `python -m library.parse_child`.

Arguments: path, media type, bytes of memory, seconds of processor time, characters of text at most.
Standard input is a pipe that its parent never writes to: when it closes, the parent is gone and so is this.
Standard output carries one JSON array a line, the first item says what it is, and nothing else:
`["opened", total, unit]`, `["reached", done]`, `["block", text, headings, page]`,
`["properties", title, language, pages]`, at last `["end"]` or `["error", code, message]`.
"""

import contextlib
import importlib
import json
import os
import resource
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from errors import DocumentError
from library.blocks import Block, Opened, Piece, Properties, Reached
from library.characters import clean, one_line
from library.media import BY_TYPE

MAX_HEADING = 200
MAX_TITLE = 300
MAX_DEPTH = 8
TOO_BIG = "The file needs more memory than a document may take."


def main(arguments: list[str]) -> None:
    """Read the file and write what is in it."""
    path, media_type, memory, seconds, characters = arguments
    out = _take_over_stdout()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    _limit(int(memory), int(seconds))
    try:
        for line in _lines(Path(path), media_type, int(characters)):
            out.write(json.dumps(line, ensure_ascii=True) + "\n")
            if line[0] != "block":
                out.flush()
        last: list[Any] = ["end"]
    except DocumentError as error:
        last = ["error", error.code, error.message]
    except (MemoryError, RecursionError):
        last = ["error", "too_big", TOO_BIG]
    except BrokenPipeError:
        return
    except Exception:  # noqa: BLE001
        # Parsers raise whatever they like on broken files; what the person needs to know is the same.
        damaged = ["error", "not_readable", "The file is damaged or not what it claims to be."]
        last = ["error", "too_big", TOO_BIG] if _memory_ran_out(int(memory)) else damaged
    out.write(json.dumps(last) + "\n")
    out.flush()


def _lines(path: Path, media_type: str, most: int) -> Iterator[list[Any]]:
    reader = importlib.import_module(f"library.formats.{BY_TYPE[media_type].module}")
    characters = 0
    pieces: Iterator[Piece] = reader.read(path)
    for piece in pieces:
        match piece:
            case Block(text, headings, page):
                text = clean(text)
                characters += len(text)
                if characters > most:
                    raise DocumentError("The file holds more text than a document may have.", code="too_big")
                yield ["block", text, [one_line(h)[:MAX_HEADING] for h in headings[-MAX_DEPTH:]], page]
            case Opened(total, unit):
                yield ["opened", total, unit]
            case Reached(done):
                yield ["reached", done]
            case Properties(title, language, pages):
                yield ["properties", title and one_line(title)[:MAX_TITLE], language, pages]
    if not characters:
        raise DocumentError("The file holds no text.", code="no_text")


def _take_over_stdout() -> TextIO:
    """The pipe to the parent; what libraries print goes nowhere."""
    out = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _die_with_parent() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)


def _memory_ran_out(limit: int) -> bool:
    """libxml2 reports a failed allocation as just another error; the peak of our address space (Linux) tells."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        return int(status.partition("VmPeak:")[2].split()[0]) * 1024 > 0.75 * limit
    return False


def _limit(memory: int, seconds: int) -> None:
    limits = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_AS: memory,
    }
    for what, most in limits.items():
        # macOS refuses some of them; the parent's time limit still holds there.
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    main(sys.argv[1:])
