import io

from local.console import Console


def test_names_are_aligned() -> None:
    output = io.StringIO()
    console = Console(width=8, output=output)
    console.emit_as("api")("hello")
    console.say("")
    console.emit_as("worker-x")("there")
    assert output.getvalue() == "api      | hello\nsluice   |\nworker-x | there\n"


def test_colour_only_on_a_terminal_and_always_the_same_for_one_name() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    output = Terminal()
    console = Console(width=3, output=output)
    console.emit_as("api")("one")
    console.emit_as("sweep")("two")
    console.emit_as("api")("three")
    one, two, three = output.getvalue().splitlines()
    assert one.split("m")[0] == three.split("m")[0] != two.split("m")[0]


def test_a_closed_output_stops_nothing() -> None:
    output = io.StringIO()
    console = Console(width=3, output=output)
    output.close()
    console.say("nobody hears this")
