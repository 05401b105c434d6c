"""Words that a question is made of but not about."""

_ENGLISH = """
a about above after again all also am an and any anybody anyone are aren't as at be because been before being below
between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during each explain
few for from further get give had hadn't has hasn't have haven't having he her here hers herself him himself his how i
i'm i've if in into is isn't it it's its itself just let's like me mean means more most mustn't my myself no nor not
of off on once only or other our ours ourselves out over own please same shall she should shouldn't so some such tell
than that that's the their theirs them themselves then there there's these they this those through to too under until
up us use used uses using very was wasn't we were weren't what what's when when's where where's which while who who's
whom why why's will with won't would wouldn't you you're your yours yourself yourselves
"""
_EAST_ASIAN = """
什么是 是什么 什么样 什么 怎么样 怎么办 怎么 怎样 怎麼 如何 为什么 為什麼 什麼是 什麼 为何 何为 甚么是 甚么 是什麼
哪些 哪个 哪個 哪里 哪裡 哪儿 哪种 哪一个 谁 多少 几个 是否 能否 可否 是不是 有没有 有沒有 能不能 可不可以
可以 能够 能夠 应该 應該 请问 請問 请 告诉我 告訴我 解释一下 介绍一下 说明一下
关于 關於 对于 對於 以及 或者 还是 還是 但是 因为 因為 所以 如果 这个 這個 那个 那個 这些 這些 那些 这样 這樣
我们 我們 你们 你們 他们 他們 一个 一個 一下 一些 需要 我 你 您 吗 嗎 呢 吧 啊
何 どう どこ なぜ どの どのように とは ですか ますか ください について 무엇 어떻게 왜 어디
"""
_PARTICLES = """
的了是在和与與或及有为為以于於对對把被让讓使从從到也都就还還而且之其所个個这這那要会會能不
"""

_GENERAL = """
difference differ contain happen work need want know way do make
区别 區別 作用 意思 含义 含義 方法 步骤 步驟 原因 内容 內容 使用 进行 進行 用法 介绍 介紹
问题 問題 情况 情況 方式 仕方
"""

ENGLISH = frozenset(_ENGLISH.split())
"""Not looked for, unless a query has nothing else."""

EAST_ASIAN = tuple(sorted(_EAST_ASIAN.split(), key=len, reverse=True))
"""Taken out of a query, longest first; what stands on both sides is not adjacent."""

CHINESE_PARTICLES = frozenset(_PARTICLES.strip())
"""A pair of characters with one of these is found by accident too often to count fully."""

GENERAL = frozenset(_GENERAL.split())
"""Words and pairs, as terms, that tell more about the kind of a question than about its subject."""
