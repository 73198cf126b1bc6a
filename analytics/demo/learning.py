"""What the centre of the demonstration bank learnt: kinds of causes, root causes, improvements and their effect."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from random import Random

from django.utils import timezone

from analytics.demo.clock import as_if
from analytics.demo.stories import Story
from complaints.actions import causes, improvements, summaries
from complaints.models import CauseDetail, Complaint, Improvement, SummaryReport
from crm_site.errors import RuleBroken
from crm_site.models import Department, User

KINDS = (
    ("FEES", "YEARLY", "年费与减免"),
    ("FEES", "SERVICE_FEE", "手续费"),
    ("FACILITIES_SYSTEMS", "APP", "手机银行故障"),
    ("FACILITIES_SYSTEMS", "NOTICE", "短信与提醒"),
    ("PROCESSING_ERROR", "TWICE", "重复扣收"),
    ("PROCESSING_ERROR", "FREEZE", "误操作"),
)
IMPROVEMENTS = (
    # title, cause, what is changed, department, days ago it was proposed, how far it has come
    ("清算报文自动查重", "PROCESSING_ERROR", "清算报文入账前按流水号查重，重复报文转人工复核。", "IT", 95, "done"),
    ("年费减免次数月末自动核对", "FEES", "信用卡系统月末自动核对刷卡次数并冲回年费。", "CARD", 60, "start"),
    ("新版手机银行发布前机型测试", "FACILITIES_SYSTEMS", "发布前在主流机型完成转账全流程测试。", "IT", 40, "approve"),
    (
        "网点高峰时段弹性窗口",
        "SERVICE_ATTITUDE_QUALITY",
        "预约与客流联动，高峰时段增开弹性窗口。",
        "BR01",
        20,
        "propose",
    ),
)
DAY = datetime.timedelta(days=1)


def understood(complaint: Complaint, story: Story, *, by: User, departments: Mapping[str, Department]) -> Complaint:
    """The root cause of what was severe, before it closes."""
    if complaint.level != Complaint.Level.SEVERE:
        return complaint
    finding = causes.Finding(
        cause=complaint.cause,
        description=f"{story.subject}：经核查属流程控制不足，需系统校验与双人复核。",
        systemic=story.cause != "INFORMATION_DISCLOSURE",
        responsible=departments[story.departments[0]] if story.departments else None,
        business=story.business,
    )
    return causes.record_root_cause(by=by, complaint=complaint, version=complaint.version, finding=finding)


def improve(random: Random, *, staff: dict[str, User], now: datetime.datetime) -> None:
    """Kinds of causes, and improvements at every stage, each tied to complaints of its cause."""
    for cause, code, name in KINDS:
        causes.set_detail(by=staff["supervisor"], code=code, cause=cause, name=name)
    for title, cause, change, department, ago, how_far in IMPROVEMENTS:
        begin = now - ago * DAY
        idea = improvements.Idea(
            title=title,
            cause=cause,
            change=change,
            department=Department.objects.get(code=department),
            complaints=tuple(
                Complaint.objects.filter(cause=cause, received_at__lte=begin).order_by("-received_at")[:5]
            ),
        )
        with as_if(begin):
            made = improvements.propose(by=staff["handler"], idea=idea)
        if how_far != "propose":
            _carry_on(made.pk, begin, how_far, staff)
    _name_kinds(random)
    _sum_up(staff)


def _carry_on(pk: int, begin: datetime.datetime, how_far: str, staff: dict[str, User]) -> None:
    boss, owner = staff["supervisor"], staff["liaison"]
    made = Improvement.objects.get(pk=pk)
    with as_if(begin + 2 * DAY):
        due_on = timezone.localdate() + 30 * DAY
        made = improvements.approve(by=boss, improvement=made, version=made.version, owner=owner, due_on=due_on)
    if how_far == "approve":
        return
    with as_if(begin + 5 * DAY):
        made = improvements.start(by=owner, improvement=made, version=made.version)
    if how_far == "start":
        return
    with as_if(begin + 25 * DAY):
        made = improvements.finish(by=owner, improvement=made, version=made.version)
    try:
        improvements.verify(by=boss, improvement=made, version=made.version)
    except RuleBroken as broken:  # complaints of chance did not become fewer: it is taken up again
        improvements.again(by=boss, improvement=made, version=made.version, reason=str(broken)[:300])


def _name_kinds(random: Random) -> None:
    """Which kind each complaint was, as far as kinds are told apart; set when kinds were, as an import would."""
    for cause in {cause for cause, _code, _name in KINDS}:
        kinds = list(CauseDetail.objects.filter(cause=cause))
        for complaint in Complaint.objects.filter(cause=cause, cause_detail=None).only("pk"):
            Complaint.objects.filter(pk=complaint.pk).update(cause_detail=random.choice(kinds))


def _sum_up(staff: dict[str, User]) -> None:
    """What every department was told of its week, month and quarter; technology has answered for the month."""
    summaries.issue_due(today=timezone.localdate())
    told = SummaryReport.objects.filter(department__code="IT", kind=SummaryReport.Kind.MONTHLY).first()
    if told is not None:
        summaries.acknowledge(by=staff["liaison"], summary=told, actions="清算报文查重已立项，下月上线。")
