"""The answer that is streamed: both languages, with headings, tables, code, lists and mathematics."""

from tests.browser.seed import markdown

MATHS = "The flow is $Q = C_d A \\sqrt{2 g h}$, and over a weir\n\n$$Q = \\frac{2}{3} C_d b \\sqrt{2 g} h^{3/2}$$\n\n"
BYTES_PER_TOKEN = 6


def text(tokens: int) -> str:
    """More than so many tokens; the model server cuts it."""
    parts = []
    for number in range(1 + tokens * BYTES_PER_TOKEN // 600):
        parts += [markdown(number, 600), MATHS]
    return "".join(parts)
