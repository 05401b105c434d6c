"""The line's promises 1, 3, 4, 5 and 6 under any interleaving; `PROPERTY_EXAMPLES=2000` looks deeper."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import MakeSettings
from tests.properties.machine import LineMachine
from tests.properties.world import World
from tests.services import Services

EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "25"))
STEPS = int(os.environ.get("PROPERTY_STEPS", "50"))
PHASES = (Phase.reuse, Phase.generate, Phase.shrink)


@pytest.fixture
def world(services: Services, make_settings: MakeSettings) -> Iterator[World]:
    """A database and an event loop for all examples."""
    # Leases end when a rule says so, not when this machine is slow.
    ours = make_settings(database_pool_size=8, lease_seconds=3600)
    with asyncio.Runner() as runner:
        world = World(services, ours, runner)
        yield world
        world.close()


def test_no_interleaving_breaks_a_promise(world: World) -> None:
    machine = type("Machine", (LineMachine,), {"world": world})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
            phases=PHASES,
        ),
    )
