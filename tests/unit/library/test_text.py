"""Encodings and languages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.formats.text import decode
from library.language import guess_language

CHINESE = "水闸在水位高的时候会打开，让水流到下游去。我们可以看到队列中有哪些任务正在等待，也知道什么时候轮到自己。"
TRADITIONAL = "水閘在水位高時會打開，讓水流到下游去。我們可以看到佇列中有哪些任務正在等待，也知道什麼時候輪到。"
JAPANESE = "水門は水位が高いときに開き、水を下流へ流します。どのタスクが待っているのかを見ることができます。"
KOREAN = "수문은 수위가 높을 때 열려 물을 하류로 흘려보냅니다. 어떤 작업이 기다리고 있는지 볼 수 있습니다."
RUSSIAN = "Шлюз открывается, когда уровень воды высок, и все видят, кто стоит в очереди и что сейчас работает."
FRENCH = "L'écluse s'ouvre quand le niveau de l'eau est élevé, et la file est visible pour les gens qui sont déjà là."
ENGLISH = "The sluice opens when the water is high, and everybody can see what is in the line and who is next to go."
GERMAN = "Die Schleuse öffnet sich, und alle sehen, wer in der Reihe steht und was läuft; das ist nicht schwer."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (CHINESE, "utf-8"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16"),
        (ENGLISH, "utf-16-le"),
        (ENGLISH, "utf-16-be"),
        (CHINESE, "gb18030"),
        (CHINESE[:12], "gbk"),
        (f"{ENGLISH}\n{CHINESE}", "gb18030"),
        (TRADITIONAL, "big5"),
        (JAPANESE, "shift_jis"),
        (JAPANESE, "euc_jp"),
        (KOREAN, "cp949"),
        (RUSSIAN, "cp1251"),
        (FRENCH, "cp1252"),
        (GERMAN, "latin-1"),
    ],
)
def test_encodings_are_told_apart(text: str, encoding: str):
    assert decode(text.encode(encoding)) == text


def test_a_cut_utf8_file_stays_utf8():
    assert decode(CHINESE.encode()[:-1]).startswith(CHINESE[:-1])


@given(st.binary(max_size=300))
def test_decoding_never_fails(data: bytes):
    decode(data)
    decode(data, declared="no such encoding")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (CHINESE, "zh"),
        (TRADITIONAL, "zh"),
        (JAPANESE, "ja"),
        (KOREAN, "ko"),
        (RUSSIAN, "ru"),
        (ENGLISH, "en"),
        (GERMAN, "de"),
        (FRENCH, "fr"),
        ("", None),
        ("12 34 $%", None),
        ("foo bar baz qux", None),
    ],
)
def test_languages_are_guessed(text: str, language: str | None):
    assert guess_language(text) == language


@given(st.text(max_size=200))
def test_guessing_never_fails(text: str):
    guess_language(text)


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("密钥轮换策略规定管理员每年更换密钥。长颈鹿项目由此开始。", "gb18030"),
        ("服务器配置说明：安装数据库，启动缓存服务，检查日志文件。", "gb18030"),
        ("한국어 문서입니다. 서버를 설치하고 시작하는 방법을 설명합니다.", "cp949"),
    ],
)
def test_chinese_is_not_taken_for_korean_nor_korean_for_chinese(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text
