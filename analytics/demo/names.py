"""Invented people: our own short lists of common characters, combined by a seeded generator."""

from __future__ import annotations

from random import Random

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范方石"
    "姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单解查"
)
COMPOUND = ("欧阳", "上官", "司马", "诸葛", "尉迟", "皇甫", "司徒", "令狐")
_FEMALE = "芳娜敏静丽娟艳霞燕玲倩婷雪慧莹颖洁琳晨悦萱佳怡欣瑶琪诗雯梦涵思若溪彤雅琴蓉岚薇菲"
_MALE = "伟强磊军洋勇杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆帅旭宁龙林轩泽晨睿博文远建国栋峰毅航"
_EITHER = "晓子文一安乐天心宁清嘉景云平春秋冬书言知和"


def full_name(random: Random, female: bool) -> str:
    """A name of two to four characters; one in eighty has a compound surname."""
    surname = random.choice(COMPOUND) if random.random() < 0.0125 else random.choice(SURNAMES)
    own = _FEMALE if female else _MALE
    given = random.choice(own)
    if random.random() < 0.82:
        given = random.choice(_EITHER if random.random() < 0.45 else own) + given
    return surname + given


def minority_name(random: Random) -> str:
    """A transliterated name with a separating dot, so that every page meets a long one."""
    first = random.choice(("阿依古丽", "古丽娜尔", "买买提", "艾力", "次仁", "卓玛"))
    return f"{first}·{random.choice(('吐尔逊', '艾合买提', '依明', '旺堆'))}"
