from collections.abc import Iterator
from pathlib import Path

import pytest

from local.services import temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with temporary_folder() as path:
        yield path
