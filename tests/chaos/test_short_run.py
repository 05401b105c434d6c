"""Every kind of fault once, in a run of a minute or two; `make chaos` is the long one."""

from local.services import temporary_folder
from tests.chaos.options import Options
from tests.chaos.plan import FAULTS
from tests.chaos.run import chaos


async def test_no_promise_is_broken_by_any_kind_of_fault() -> None:
    with temporary_folder() as folder:
        result = await chaos(Options(tasks=100, faults=len(FAULTS)), folder)
    assert result.findings.total == 0, result.text
    assert {fault.kind for fault in result.injected} == set(FAULTS)
    assert len(result.evidence.cases) == 100
