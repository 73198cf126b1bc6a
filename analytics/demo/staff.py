"""The people of the demonstration bank: the departments that matter, one account a role."""

from __future__ import annotations

import secrets

from crm_site.actions.staff import create_user, set_skills
from crm_site.demo import DEMO_PASSWORD
from crm_site.models import Department, Team, User

DEPARTMENTS = (
    ("SVC", "客户服务中心", "SERVICE"),
    ("IT", "信息科技部", "IT"),
    ("CREDIT", "个人信贷部", "BUSINESS"),
    ("CARD", "信用卡中心", "BUSINESS"),
    ("LEGAL", "法律合规部", "LEGAL"),
    ("BR01", "城东支行", "BRANCH"),
    ("BR02", "滨江支行", "BRANCH"),
    ("FIN", "财务部", "FINANCE"),
)
TEAMS = (
    ("S1", "服务一组", "SVC", "SERVICE"),
    ("S2", "服务二组", "SVC", "SERVICE"),
    ("IT1", "应用支持组", "IT", "SERVICE"),
    ("MK", "营销策划组", "SVC", "MARKETING"),
    ("AN", "分析组", "SVC", "ANALYSIS"),
    ("FI", "费用结算组", "FIN", "SERVICE"),
    ("CR1", "信贷管理组", "CREDIT", "ANALYSIS"),
    ("CD1", "卡片运营组", "CARD", "ANALYSIS"),
    ("LG1", "消费者权益保护组", "LEGAL", "ANALYSIS"),
    ("B11", "城东支行营业部", "BR01", "ANALYSIS"),
    ("B21", "滨江支行营业部", "BR02", "ANALYSIS"),
)
HEADS = {
    "SVC": "supervisor",
    "IT": "wutao",
    "CREDIT": "hanxue",
    "CARD": "zhengkai",
    "LEGAL": "tangrui",
    "BR01": "peilin",
    "FIN": "finance",
}
"""Who heads a department; 滨江支行 is without a head just now, and sends somebody."""
SKILLS = (
    ("tfmember", ("legal", "privacy")),
    ("liaison", ("technology",)),
    ("hanxue", ("product", "risk")),
)
PEOPLE = (
    # user name, employee number, name, team, roles; the first fifteen can sign in
    ("agent", "2107", "沈佳", "S1", ("agent",)),
    ("senior", "2011", "周宁", "S1", ("senior",)),
    ("handler", "3016", "何静", "S1", ("handler",)),
    ("supervisor", "1003", "陆远", "S1", ("supervisor",)),
    ("liaison", "5021", "李航", "IT1", ("liaison",)),
    ("planner", "4102", "赵敏", "MK", ("planner",)),
    ("approver", "1008", "孙倩", "MK", ("approver",)),
    ("analyst", "4201", "林致远", "AN", ("analyst",)),
    ("trainer", "4305", "方芸", "AN", ("trainer",)),
    ("privacy", "1101", "宋文", None, ("privacy",)),
    ("auditor", "1201", "高洁", None, ("auditor",)),
    ("sysadmin", "9001", "杜明", None, ("sysadmin",)),
    ("supervisor2", "1033", "顾清", "S2", ("supervisor",)),  # what one supervisor proposes another approves
    ("tfmember", "5103", "苏澄", "LG1", ("tfmember",)),
    ("finance", "6001", "郑岚", "FI", ("liaison",)),  # head of finance, asked about redress above the limit
    ("wanglei", "2108", "王磊", "S1", ("agent",)),
    ("xuanyi", "2119", "许安怡", "S2", ("agent",)),
    ("qianbin", "3021", "钱斌", "S2", ("handler",)),
    ("wutao", "1040", "吴涛", "IT1", ("liaison",)),
    ("hanxue", "1041", "韩雪", "CR1", ("liaison",)),
    ("zhengkai", "1042", "郑凯", "CD1", ("liaison",)),
    ("tangrui", "1043", "唐睿", "LG1", ("liaison",)),
    ("peilin", "1044", "裴林", "B11", ("liaison",)),
    ("luyao", "5210", "陆瑶", "B21", ("liaison",)),
)
SIGN_IN = 15


def staff() -> dict[str, User]:
    """Departments, teams and people; returns people by user name."""
    departments = {code: Department.objects.create(code=code, name=name, kind=kind) for code, name, kind in DEPARTMENTS}
    teams = {
        code: Team.objects.create(code=code, name=name, department=departments[of], purpose=purpose)
        for code, name, of, purpose in TEAMS
    }
    people = {}
    for place, (username, number, name, team, roles) in enumerate(PEOPLE):
        people[username] = create_user(
            by=None,
            username=username,
            employee_no=number,
            display_name=name,
            roles=roles,
            password=DEMO_PASSWORD if place < SIGN_IN else secrets.token_urlsafe(24),
            team=teams[team] if team else None,
            extension=f"8{number[-3:]}",
            is_demo=True,
        )
    Team.objects.filter(pk=teams["S1"].pk).update(leader=people["senior"])
    for code, username in HEADS.items():
        Department.objects.filter(code=code).update(head=people[username])
    for username, skills in SKILLS:
        people[username] = set_skills(by=None, user=people[username], skills=skills)
    return people
