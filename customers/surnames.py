"""How Chinese surnames are read when they are not read like the common word (pure). The first reading is the surname's.

Both readings are indexed, since not every bearer and hardly every caller uses the surname's own.
"""

from __future__ import annotations

_TABLE = """
单 shan dan|曾 zeng ceng|仇 qiu chou|解 xie jie|查 zha cha|朴 piao pu|区 ou qu|盖 ge gai|尉 wei yu
翟 zhai di|种 chong zhong|宓 mi fu|缪 miao mou|乐 yue le|折 she zhe|卜 bu|召 shao zhao|员 yun yuan
贠 yun|秘 bi mi|黑 he hei|繁 po fan|覃 qin tan|车 che ju|角 jue jiao|牟 mu mou|祭 zhai ji
隗 wei kui|句 gou ju|佴 nai|乜 nie mie|郄 xi qie|颉 xie jie|洗 xian xi|阚 kan|柏 bai bo|薄 bo
郇 xun huan|适 kuo shi|谌 chen shen|郗 xi chi|都 du dou|蔚 yu wei|莘 shen xin|藏 zang cang
长 chang zhang|重 chong zhong|行 xing hang|费 fei bi|那 na nuo|吁 yu xu|朝 chao zhao
传 chuan zhuan|尉迟 yu,chi wei,chi|万俟 mo,qi wan,qi|长孙 zhang,sun chang,sun|单于 chan,yu shan,yu
澹台 tan,tai|乐正 yue,zheng le,zheng|子车 zi,ju zi,che
"""


def _parse(table: str) -> dict[str, tuple[tuple[str, ...], ...]]:
    rows = [row.split() for line in table.split("\n") for row in line.split("|") if row.strip()]
    return {surname: tuple(tuple(reading.split(",")) for reading in readings) for surname, *readings in rows}


READINGS: dict[str, tuple[tuple[str, ...], ...]] = _parse(_TABLE)
"""Surname in simplified characters → its readings, each a tuple of syllables without tones (ü written v)."""

_GIVEN = """
乐 le yue|行 xing hang|重 zhong chong|朝 chao zhao|茜 qian xi|娜 na nuo|柏 bai bo|长 chang zhang|传 chuan zhuan
朴 pu piao|曾 zeng ceng|单 dan shan|参 can shen|盛 sheng cheng|晟 sheng cheng|莘 xin shen|奇 qi ji|藏 cang zang
婧 jing qing|覃 tan qin|尉 wei yu|会 hui kuai|蕃 fan bo|解 jie xie|车 che ju|露 lu lou
"""

GIVEN: dict[str, tuple[str, ...]] = {
    char: tuple(syllable for reading in readings for syllable in reading) for char, readings in _parse(_GIVEN).items()
}
"""Characters of given names that people read in two ways; the first is the more common."""
