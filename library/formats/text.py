"""Plain text, and the encodings of everything that is text."""

import codecs
import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from library.blocks import Block, Opened, Piece, Reached
from library.characters import CJK, clean

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_EAST_ASIAN = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_MULTI_BYTE = ("gb", "big5", "shift", "sjis", "cp932", "windows-31j", "euc", "iso-2022", "hz", "ks")
_SAMPLE = 64 * 1024
_PARAGRAPH = re.compile(r"\n[^\S\n]*(?:\n[^\S\n]*)+")

# The characters that make up about a third of any text in their language.
_COMMON_HAN = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么"
    "去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全"
    "三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门"
    "任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做"
    "接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南"
    "品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运笔系统文件的這個們來為國說時會對過發後裡種經麼學"
    "現當沒動還進樣開從實軍無與長機將兩間問並應戰頭體見產點關業話給門義員聲東論處條氣題爾別變總電數報結務場計資隊決馬書則聽卻"
    "達強難權設號請檔案您"
)
_COMMON_HANGUL = frozenset(
    "이다는의에을가은하고로지도를한사기어들대인서자있리일해수시그나라아정보과장전상제으면여부스주니성만원조선용비개관계국구동모요오경"
    "신우것거문공게했치학교중방내연위물세적었트안유분데습없않까당할될된되음때며려와년터드람강생통"
)
_HAN = re.compile("[\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile("[\u3040-\u30ff]")
_CJK_CHAR = re.compile(f"[{CJK}]")
_ODD = re.compile("[\ue000-\uf8ff\uff61-\uff9f\x80-\x9f]")


def decode(data: bytes, *, declared: str | None = None) -> str:
    """The text in `data`: by its byte order mark, as UTF-8, as what it declares, or as the likeliest old encoding.

    Never fails: what fits nothing is read as UTF-8 or Windows-1252 with replacement characters.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return data.decode(encoding, errors="replace")
    wide = _wide_without_bom(data[:_SAMPLE])
    if wide:
        return data.decode(wide, errors="replace")
    if declared and declared.lower().startswith(_MULTI_BYTE):
        # Short texts in these can be valid UTF-8 by accident.
        with contextlib.suppress(UnicodeDecodeError, LookupError):
            return data.decode(declared)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        mostly_utf8 = error.start > 2 and len(data) - error.start < 4
    for encoding in filter(None, (declared, "utf-8" if mostly_utf8 else None, guess_encoding(data[:_SAMPLE]))):
        try:
            return data.decode(encoding, errors="replace")
        except LookupError:
            continue
    return data.decode("utf-8", errors="replace")


def guess_encoding(sample: bytes) -> str:
    """The old encoding in which `sample` reads most like a language: an East Asian one, or Windows-1252/1251."""
    scores = {encoding: _east_asian_score(sample, encoding) for encoding in _EAST_ASIAN}
    best = max(scores, key=lambda encoding: scores[encoding])
    if scores[best] > 0.25:
        return best
    cyrillic = sample.decode("cp1251", errors="replace")
    high = sum(1 for byte in sample if byte >= 0x80)
    if high > 0.4 * len(sample) and sum("а" <= c <= "я" for c in cyrillic) > 0.6 * high:
        return "cp1251"
    return "cp1252"


def read(path: Path) -> Iterator[Piece]:
    """A block for every paragraph (what empty lines part); form feeds are pages, when there are any."""
    pages = decode(path.read_bytes()).split("\f")
    paged = len(pages) > 1
    yield Opened(len(pages), "page" if paged else "part")
    for number, text in enumerate(pages, 1):
        for paragraph in _PARAGRAPH.split(clean(text)):
            if paragraph.strip():
                yield Block(paragraph.strip("\n").rstrip(), page=number if paged else None)
        yield Reached(number)


def _wide_without_bom(sample: bytes) -> str | None:
    """UTF-16 without a mark shows in Latin text as a zero in every second byte."""
    if len(sample) < 4:
        return None
    even, odd = sample[0::2].count(0) / (len(sample) / 2), sample[1::2].count(0) / (len(sample) / 2)
    if odd > 0.4 and even < 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 and odd < 0.1 else None


def _east_asian_score(sample: bytes, encoding: str) -> float:
    """The share of the non-ASCII characters that are common in the language, less what should not be there."""
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    high = sum(1 for char in text if ord(char) >= 0x80)
    if not high:
        return 0.0
    good = sum(1 for char in text if char in _COMMON_HAN)
    if encoding in ("cp932", "euc_jp"):
        good += len(_KANA.findall(text))
    if encoding == "cp949":
        # Chinese bytes read as Korean give rare syllables and many Hanja, which living Korean hardly has.
        good = sum(1 for char in text if char in _COMMON_HANGUL) - len(_HAN.findall(text))
    return (good - 3 * len(_ODD.findall(text)) - 5 * text.count("\ufffd")) / high
