"""What a browser loads before the page can be used."""

import re
from pathlib import Path

from tests.services import ROOT

DIST = ROOT / "web" / "dist"


def initial_files(dist: Path = DIST) -> dict[str, int]:
    """JavaScript that `index.html` names, the words of one language and the shared worker: bytes of each, by gzip.

    Raises:
        SystemExit: the page has not been built.
    """
    index = dist / "index.html"
    if not index.is_file():
        raise SystemExit("The page has not been built. Run `make up` or `npm run build` in web/.")
    named = re.findall(r'(?:src|href)="/(assets/[^"]+\.js)"', index.read_text())
    fetched = [max((dist / "assets").glob(f"{name}-*.js"), key=_compressed) for name in ("worker", "zh-CN")]
    return {name: _compressed(dist / name) for name in (*named, *(f"assets/{path.name}" for path in fetched))}


def _compressed(path: Path) -> int:
    small = path.with_name(path.name + ".gz")
    return (small if small.is_file() else path).stat().st_size
