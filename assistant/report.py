"""The words of a research that no model writes: labels, headings, remarks, and the list of sources."""

from collections.abc import Sequence

from assistant.findings import Findings
from assistant.language import Language
from assistant.sources import one_line, plain

LABELS = {
    "plan": {"en": "Planning", "zh": "制定计划"},
    "search": {"en": "Searching: {}", "zh": "检索：{}"},
    "notes": {"en": "Reading {} sources: {}", "zh": "阅读 {} 个来源：{}"},
    "gaps": {"en": "Looking for what is missing", "zh": "查找遗漏"},
    "report": {"en": "Writing the report", "zh": "撰写报告"},
}

SOURCES = {"en": "## Sources", "zh": "## 来源"}
CONSULTED = {"en": "## Sources consulted", "zh": "## 查阅的来源"}
REMARKS = {"en": "## About this report", "zh": "## 关于本报告"}

NOTHING = {
    "en": "Nothing was found on this topic in {}. So there is nothing to report, and nothing is cited.",
    "zh": "在{}中没有找到与这个课题相关的内容，因此没有可报告的内容，也没有引用。",
}
NOTHING_OF_USE = {
    "en": "{} sources were found, but none of them says anything about the topic. So nothing is reported or cited.",
    "zh": "找到了 {} 个来源，但都没有关于这个课题的内容，因此没有可报告的内容，也没有引用。",
}
PLACES = {
    "library": {"en": "the library", "zh": "资料库"},
    "web": {"en": "the web", "zh": "网络"},
    "none": {"en": "any source, because none could be searched", "zh": "任何来源（没有可检索的来源）"},
}
NO_WEB = {
    "en": "The web was not searched, because no web search is set up (`SEARXNG_URL`).",
    "zh": "没有检索网络，因为未设置网络搜索（`SEARXNG_URL`）。",
}
SNIPPETS = {
    "en": "Of web pages, only the snippets of the search results were read, not the pages themselves.",
    "zh": "对于网页，只阅读了搜索结果的摘要，没有阅读网页全文。",
}
FAILED = {
    "en": "{} of {} web searches failed: {}",
    "zh": "{} / {} 次网络搜索失败：{}",
}
QUOTES_ONLY = {
    "en": (
        "No language model is connected: this report consists of quotes. To have reports written, set `LLM_BASE_URL` "
        "and `LLM_MODEL`."
    ),
    "zh": "没有连接语言模型：本报告由原文引用组成。要撰写报告，请设置 `LLM_BASE_URL` 和 `LLM_MODEL`。",
}


def label(step: str, language: Language, *values: object) -> str:
    """What a step is called while it runs."""
    return LABELS[step][language].format(*(one_line(str(value), 120) for value in values))


def title(topic: str) -> str:
    """The report's first line."""
    return f"# {plain(one_line(topic))}\n\n"


def nothing(findings: Findings, places: Sequence[str], language: Language) -> str:
    """The whole report when there is nothing to say."""
    if findings.sources:
        return NOTHING_OF_USE[language].format(len(findings.sources))
    named = [PLACES[place][language] for place in places] or [PLACES["none"][language]]
    return NOTHING[language].format((" or " if language == "en" else "和").join(named))


def source_list(findings: Findings, cited: Sequence[int], noted: Sequence[int], language: Language) -> str:
    """The sources that the text cites or, when it cites none, those that were noted."""
    numbers = sorted(cited) or sorted(noted)
    if not numbers:
        return ""
    heading = SOURCES[language] if cited else CONSULTED[language]
    return "\n".join([heading, "", *(f"- {findings[n].for_list(n, language)}" for n in numbers)])


def remarks(findings: Findings, *, web_missing: bool, quotes_only: bool, language: Language) -> str:
    """What a reader should know about how the report came to be; often nothing."""
    lines = []
    if quotes_only:
        lines.append(QUOTES_ONLY[language])
    if web_missing:
        lines.append(NO_WEB[language])
    if any(source.url for source in findings.sources):
        lines.append(SNIPPETS[language])
    lines += [FAILED[language].format(findings.failed, findings.searches, problem) for problem in findings.problems]
    return "\n".join([REMARKS[language], "", *(f"- {line}" for line in lines)]) if lines else ""
