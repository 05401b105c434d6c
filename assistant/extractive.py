"""The answer without a model: what the library says, word for word."""

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from assistant.language import Language, language_of
from assistant.relevance import Question
from assistant.sources import Source, of_hits, one_line, plain
from library.search import Hit
from streaming.events import Answer, Delta

PACE = 0.01
"""Seconds between two pieces: fast enough to read along, slow enough to be seen and stopped."""

QUOTES = 4

_PIECES = re.compile(
    "[\u3000-\u30ff㐀-䶿一-鿿가-힣\uff00-\uffef]{1,3}\\s*|[^\\s\u3000-\u30ff㐀-䶿一-鿿가-힣\uff00-\uffef]+\\s*|\\s+"
)
_GREETING = re.compile(
    r"(hi|hello|hey|hallo|good (morning|afternoon|evening|day)|thanks|thank you|test|ping|help|help me|start"
    r"|(hi |hello )?(what can you do|who are you|what is this|what is sluice|how does this work|how do i (start|begin))"
    r"|你好|您好|嗨|哈喽|大家好|早上好|晚上好|谢谢|多谢|测试|帮助|在吗|你是谁|你能做什么|你会什么|这是什么|怎么用|如何使用|怎么开始)"
    r"[\s!?.。！？，,~啊呀吗呢]*",
    re.IGNORECASE,
)

CONNECT = {
    "en": (
        "No language model is connected. To get written answers, set `LLM_BASE_URL` and `LLM_MODEL` (with Ollama on "
        "this machine: `http://localhost:11434/v1` and the name of a model you have pulled) and start Sluice again."
    ),
    "zh": (
        "目前没有连接语言模型。要获得撰写的回答，请设置 `LLM_BASE_URL` 和 `LLM_MODEL`"
        "（本机使用 Ollama 时：`http://localhost:11434/v1` 和已下载模型的名称），然后重新启动 Sluice。"
    ),
}
ADD = {
    "en": (
        "Documents are added in the library: PDF, Word, PowerPoint, Excel, HTML, Markdown, plain text and EPUB files, "
        "by upload on the page or with `POST /documents`."
    ),
    "zh": (
        "可以在资料库中添加文档：PDF、Word、PowerPoint、Excel、HTML、Markdown、纯文本和 EPUB 文件，"
        "在页面上传，或使用 `POST /documents`。"
    ),
}
FOUND = {
    "en": "Your library says this about it, word for word:",
    "zh": "资料库中有以下相关原文：",
}
NOTHING = {
    "en": "I found nothing in your library that fits this question.",
    "zh": "在资料库中没有找到与这个问题相关的内容。",
}
NOT_SEARCHED = {
    "en": "Without a model I can only quote the library, and this message asks to leave it out.",
    "zh": "没有模型时只能引用资料库，而这条消息要求不使用资料库。",
}
GREETING = {
    "en": (
        "Hello! This is Sluice. Ask a question, and when it is your turn the answer appears here; even now, without a "
        "model, I can find passages in your documents and quote them with their page."
    ),
    "zh": (
        "你好！这里是 Sluice。提出问题后，轮到你时回答会显示在这里；即使现在没有模型，"
        "我也可以从你的文档中找出相关段落，并注明页码加以引用。"
    ),
}


async def quotes(
    question: str, hits: Sequence[Hit], *, searched: bool = True, pace: float = PACE
) -> AsyncGenerator[Answer, None]:
    """Answer by quoting `hits`, with a citation after each quote, in the question's language.

    Args:
        question: the message.
        hits: what fits it, best first.
        searched: False when the library was to be left out.
        pace: seconds between two pieces.
    """
    language = language_of(question)
    if not hits:
        async for delta in in_pieces(_without_quotes(question, language, searched=searched), pace):
            yield delta
        return
    async for delta in in_pieces(FOUND[language] + "\n\n", pace):
        yield delta
    for n, (source, quote) in enumerate(chosen(question, of_hits(hits), QUOTES), 1):
        async for delta in in_pieces(quoted(source, quote, n, language), pace):
            yield delta
        yield source.citation(n)
    async for delta in in_pieces(CONNECT[language], pace):
        yield delta


def chosen(question: str, sources: Sequence[Source], limit: int) -> list[tuple[Source, str]]:
    """The best quote of each source, the first `limit` that differ: passages of one document overlap."""
    asked = Question(question)
    found: list[tuple[Source, str]] = []
    for source in sources:
        quote = asked.best_quote(source.passage)
        if not any(quote in other or other in quote for _, other in found):
            found.append((source, quote))
    return found[:limit]


def quoted(source: Source, quote: str, n: int, language: Language) -> str:
    """A quote as a Markdown block with its number and where it stands."""
    place = source.place(language)
    origin = f"**{plain(one_line(source.title))}**" + (f" ({plain(place)})" if place else "")
    lines = [plain(" ".join(line.split())) for line in quote.splitlines() if line.strip()]
    return "\n".join(f"> {line}" for line in lines) + f" [{n}]\n>\n> {origin}\n\n"


async def in_pieces(text: str, pace: float) -> AsyncGenerator[Delta, None]:
    """`text` word by word, a few characters at a time in Chinese. Together the pieces are `text`."""
    for piece in _PIECES.findall(text):
        yield Delta(text=piece)
        await asyncio.sleep(pace)


def _without_quotes(question: str, language: Language, *, searched: bool) -> str:
    if _GREETING.fullmatch(question.strip()):
        parts = [GREETING[language], ADD[language], CONNECT[language]]
    elif searched:
        parts = [NOTHING[language], ADD[language], CONNECT[language]]
    else:
        parts = [NOT_SEARCHED[language], CONNECT[language]]
    return "\n\n".join(parts)
