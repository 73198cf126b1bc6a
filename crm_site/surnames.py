"""Chinese surnames of two characters, simplified and traditional (pure)."""

from __future__ import annotations

_SIMPLIFIED = """
欧阳 上官 皇甫 令狐 司徒 诸葛 司马 宇文 呼延 乐正 鲜于 赫连 东方 慕容 宗政 濮阳 夏侯 段干 闻人 公孙
谷梁 申屠 亓官 端木 南宫 巫马 公西 南门 长孙 尉迟 轩辕 钟离 梁丘 第五 司空 仲孙 东里 褚师 左丘 西门
公羊 公冶 漆雕 东郭 子桑 万俟 澹台 司寇 达奚 颛孙 子车 淳于 单于 太叔 独孤 拓跋 百里 闾丘 壤驷 哥舒
纳兰 完颜 耶律 叶赫 爱新 贺兰 斛律
"""
_TRADITIONAL = """
歐陽 諸葛 司馬 樂正 鮮于 赫連 東方 濮陽 段干 聞人 公孫 穀梁 南宮 巫馬 南門 長孫 尉遲 軒轅 鍾離 仲孫
東里 褚師 西門 東郭 萬俟 澹臺 達奚 顓孫 子車 單于 獨孤 閭丘 壤駟 納蘭 完顏 葉赫 愛新 賀蘭
"""
COMPOUND = frozenset(_SIMPLIFIED.split()) | frozenset(_TRADITIONAL.split())


def surname_length(name: str) -> int:
    """How many characters of a Chinese name are its surname: 2 for a compound one with more after it, else 1."""
    return 2 if len(name) > 2 and name[:2] in COMPOUND else 1
