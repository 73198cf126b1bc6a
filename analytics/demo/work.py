"""A hundred and twenty days of the centre's work, lived through its own verbs in order of time."""

from __future__ import annotations

import datetime
import heapq
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random

from django.utils import timezone
from django.utils.translation import gettext_noop

from analytics.demo import agreeing, elsewhere, learning, together
from analytics.demo.clock import as_if
from analytics.demo.stories import INQUIRIES, SERVED, STORIES, SUGGESTIONS, SURVEY_WORDS, WANTED, Story
from campaigns.actions import surveys
from campaigns.models import Invitation, Question
from campaigns.satisfaction import Given
from complaints import sla
from complaints.actions import assessment, handling, intake, participations, resolution
from complaints.models import Complaint
from complaints.severity import Factors, Rights, suggest
from crm_site import bank_day
from crm_site.models import Department, User
from customers.actions import followups, needs
from customers.models import Customer, FollowUp, Interaction, Message, Need

DAYS = 120
Life = Iterator[datetime.timedelta]


@dataclass(order=True)
class Turn:
    """The next moment of one matter's life."""

    at: datetime.datetime
    number: int
    life: Life = field(compare=False)


class Centre:
    """The centre at work. Every matter is a generator that does one step and says how long until the next."""

    def __init__(
        self, random: Random, staff: dict[str, User], customers: list[Customer], now: datetime.datetime
    ) -> None:
        self.random, self.staff, self.customers, self.now = random, staff, customers, now
        self.departments = {department.code: department for department in Department.objects.all()}

    def live(self, lives: list[tuple[datetime.datetime, Callable[[], Life]]]) -> None:
        """Let everything happen in order of time, up to now."""
        queue: list[Turn] = []
        for number, (begin, start) in enumerate(lives):
            heapq.heappush(queue, Turn(begin, number, start()))
        while queue:
            turn = heapq.heappop(queue)
            if turn.at >= self.now:
                continue
            with as_if(turn.at):
                wait = next(turn.life, None)
            if wait is not None:
                turn.at = _in_hours(turn.at + wait)
                heapq.heappush(queue, turn)

    def statement(self, story: Story) -> intake.Statement:
        """What a random customer says."""
        random = self.random
        forwarded = story.level == 3 and random.random() < 0.3
        beside = elsewhere.forwarded(random) if forwarded else elsewhere.spoken_for() if random.random() < 0.04 else {}
        return intake.Statement(
            subject=story.subject,
            content=story.content,
            channel=random.choice(("PHONE", "PHONE", "PHONE", "BRANCH", "WECHAT", "EMAIL")),
            received_at=timezone.now() - datetime.timedelta(minutes=random.randrange(2, 9)),
            customer=random.choice(self.customers),
            desired_outcome=story.wish,
            business=story.business,
            disputed_fen=story.loss * 100 or None,
            **beside,
        )

    def minor(self, story: Story) -> Life:
        """Solved while the customer is on the line; most are content at once."""
        content = self.random.random() < 0.85
        asked = (
            resolution.Asked(channel="PHONE", satisfaction=self.random.choice((4, 5)), accepted=True)
            if content
            else None
        )
        told = resolution.Told(channel="PHONE", content=story.answer, decision="UPHELD")
        complaint = intake.receive_minor_solved(
            by=self.staff[self.random.choice(("agent", "wanglei"))],
            statement=self.statement(story),
            solution=resolution.Solution(cause=story.cause, told=told, asked=asked),
        )
        yield datetime.timedelta(minutes=20)
        if asked is None:
            yield datetime.timedelta(days=self.random.choice((1, 2)))
            yield from self.asked_again(complaint)
        self.survey()

    def asked_again(self, complaint: Complaint) -> Life:
        """Who was not asked on the line is asked a day or two later; four in five are content by then."""
        by = self.staff["agent"]
        if self.random.random() < 0.2:
            resolution.reopen(
                by=self.staff["handler"],
                complaint=complaint,
                version=complaint.version,
                reason="客户对答复不满意，要求升级处理。",
                level=sla.Level.MODERATE,
            )
            return
        asked = resolution.Asked(channel="PHONE", satisfaction=4, accepted=True)
        complaint = resolution.record_satisfaction(by=by, complaint=complaint, version=complaint.version, asked=asked)
        complaint = agreeing.explained(complaint, by=by)
        resolution.close(by=by, complaint=complaint, version=complaint.version, outcome="SATISFIED")
        yield datetime.timedelta(minutes=5)

    def serious(self, story: Story, *, diligent: bool) -> Life:
        """Registered, assessed, worked on, told, asked, closed; a careless one is left lying somewhere."""
        random, day = self.random, datetime.timedelta(days=1)
        agent, handler = self.staff[random.choice(("agent", "wanglei"))], self.staff["handler"]
        complaint = intake.receive(by=agent, statement=self.statement(story), nature="COMPLAINT")
        yield datetime.timedelta(hours=random.randrange(1, 7))
        complaint = self.assess(complaint, story, by=handler)
        if diligent:
            complaint = handling.tell_progress(
                by=handler,
                complaint=complaint,
                version=complaint.version,
                channel="PHONE",
                summary="已告知客户受理情况、承办人和答复期限。",
            )
        elif random.random() < 0.3:
            return
        yield day * random.choice((0.5, 1))
        if story.level == 3:
            complaint = yield from together.formed(complaint, story, by=handler, boss=self.staff["supervisor"])
        complaint = handling.start_work(
            by=handler,
            complaint=complaint,
            version=complaint.version,
            plan=story.plan,
            departments=[] if story.level == 3 else [self.departments[code] for code in story.departments],
            owner=self.staff["agent"] if story.level == 2 and random.random() < 0.35 else handler,
        )
        if not diligent:
            if complaint.pk % 3:
                agreeing.waits(self.staff, complaint, story, by=handler)
            return
        yield day
        if story.level == 3:
            complaint = together.met(complaint, by=handler)
        complaint = self.answered(complaint)
        complaint = agreeing.agreed(self.staff, complaint, story, by=handler)
        yield day * (random.choice((0.2, 1, 2)) if story.level == 2 else random.choice((3, 5, 7)))
        complaint = agreeing.paid(agreeing.done(self.random, complaint), by=handler)
        complaint = together.reached(complaint)
        complaint = agreeing.told(complaint, story, by=handler)
        yield day * random.choice((1, 2, 3))
        yield from self.after_feedback(complaint, story)

    def assess(self, complaint: Complaint, story: Story, *, by: User) -> Complaint:
        """The level of the story, with a reason where the rule suggests another."""
        severe = story.level == 3
        factors = Factors(
            loss_fen=story.loss * 100,
            rights=Rights.DATA_FUNDS if severe else Rights.FEE_SERVICE,
            departments=len(story.departments),
            data_leak=severe and story.cause == "INFORMATION_SECURITY",
        )
        level = sla.Level.SEVERE if severe else sla.Level.MODERATE
        judgement = assessment.Judgement(
            factors=factors,
            level=level,
            cause=story.cause,
            core_issue=story.subject,
            desired_outcome=story.wish,
            deviation_reason="" if suggest(factors).level == level else "经集体研究，按影响范围确定级别。",
        )
        return assessment.assess(by=by, complaint=complaint, version=complaint.version, judgement=judgement)

    def answered(self, complaint: Complaint) -> Complaint:
        """The department that has a liaison answers a day after it was asked, five times in six; others let us wait."""
        for asked in list(complaint.round.participations.waiting().filter(department=self.departments["IT"])):
            if self.random.random() < 0.84:
                complaint = participations.answer(
                    by=self.staff["liaison"],
                    complaint=complaint,
                    version=complaint.version,
                    participation=asked,
                    text="已核查业务记录，情况属实，经办环节的说明和整改意见附后。",
                )
        return complaint

    def after_feedback(self, complaint: Complaint, story: Story) -> Life:
        """Asked whether they are satisfied; one in eight is not, and a second round begins."""
        handler = self.staff["handler"]
        if self.random.random() < 0.12:
            complaint = resolution.reopen(
                by=handler,
                complaint=complaint,
                version=complaint.version,
                reason="客户认为答复没有解决问题，要求重新处理。",
            )
            yield datetime.timedelta(days=2)
            complaint = agreeing.agreed(self.staff, complaint, story, by=handler)
            complaint = agreeing.told(complaint, story, by=handler)
            yield datetime.timedelta(days=1)
        mark = self.random.choice((3, 4, 4, 5, 5))
        asked = resolution.Asked(channel="PHONE", satisfaction=mark, accepted=True)
        complaint = resolution.record_satisfaction(
            by=handler, complaint=complaint, version=complaint.version, asked=asked
        )
        complaint = learning.understood(complaint, story, by=handler, departments=self.departments)
        complaint = agreeing.explained(complaint, by=handler)
        outcome = "PARTLY" if mark == 3 else "SATISFIED"
        resolution.close(by=handler, complaint=complaint, version=complaint.version, outcome=outcome)
        yield datetime.timedelta(minutes=30)
        self.survey()

    def inquiry(self, subject: str, question: str, reply: str) -> Life:
        """Asked and answered."""
        by = self.staff["agent"]
        story = Story(subject, question, "", "OTHER", "", 1, 0, (), "", reply)
        complaint = intake.receive(by=by, statement=self.statement(story), nature="INQUIRY")
        yield datetime.timedelta(minutes=40)
        told = resolution.Told(channel="PHONE", content=reply, decision="EXPLAINED")
        resolution.feed_back(by=by, complaint=complaint, version=complaint.version, told=told, close_as="ANSWERED")

    def suggestion(self, subject: str, words: str, outcome: str, reply: str) -> Life:
        """Passed on, decided, thanked."""
        by = self.staff["handler"]
        story = Story(subject, words, "", "OTHER", "", 1, 0, (), "", reply)
        complaint = intake.receive(by=by, statement=self.statement(story), nature="SUGGESTION")
        yield datetime.timedelta(days=2)
        complaint = handling.start_work(
            by=by,
            complaint=complaint,
            version=complaint.version,
            plan="转部门研究",
            departments=[self.departments["IT"]],
        )
        yield datetime.timedelta(days=6)
        told = resolution.Told(channel="PHONE", content=reply, decision="EXPLAINED")
        resolution.feed_back(
            by=by, complaint=complaint, version=complaint.version, told=told, close_as=outcome, reason=reply
        )

    def survey(self) -> None:
        """The five-minute sweep, and two in three customers answer."""
        surveys.invite_closed_rounds(now=timezone.now())
        for promise in FollowUp.objects.filter(kind=FollowUp.Kind.RECOVERY, state="OPEN", due_at__lt=timezone.now()):
            followups.keep(by=promise.owner, follow_up=promise, outcome="已回访致歉并说明改进措施")
        waiting = Invitation.objects.filter(state=Invitation.State.SENT, expires_at__gt=timezone.now())
        for invitation in waiting.select_related("message", "survey"):
            if invitation.message is None or self.random.random() < 0.35:
                continue
            token = json.loads(invitation.message.values)["link"].rstrip("/").rsplit("/", 1)[1]
            surveys.answer(token=token, given=self.given(invitation), locale="zh-hans")

    def given(self, invitation: Invitation) -> Given:
        """Mostly content."""
        mark = self.random.choices((5, 4, 3, 2, 1), (44, 30, 14, 7, 5))[0]
        marks, words = {}, {}
        for question in invitation.survey.questions.all():
            if question.kind == Question.Kind.CSAT5:
                marks[question.pk] = mark
            elif question.kind == Question.Kind.SOLVED:
                marks[question.pk] = int(mark > 2)
            else:
                words[question.pk] = self.random.choice(SURVEY_WORDS)
        return Given(marks=marks, words=words)

    def contacts(self, count: int) -> None:
        """Everyday calls of the last year, written in bulk; some were asked how it was."""
        random, rows = self.random, []
        for _number in range(count):
            topic, words = random.choice(SERVED)
            at = _in_hours(self.now - datetime.timedelta(minutes=random.randrange(30, 365 * 24 * 60)))
            asked = random.random() < 0.18
            rows.append(
                Interaction(
                    customer=random.choice(self.customers),
                    channel=random.choice(("PHONE", "PHONE", "WECHAT", "BRANCH", "EMAIL")),
                    topic=topic,
                    at=min(at, self.now),
                    duration_s=random.randrange(40, 600),
                    agent=self.staff[random.choice(("agent", "wanglei", "xuanyi"))],
                    summary=words,
                    outcome="RESOLVED",
                    rating_points=random.choice((50, 75, 75, 100, 100)) if asked else None,
                    rating_weight=50 if asked else None,
                    recorded_at=min(at, self.now),
                )
            )
        Interaction.objects.bulk_create(rows, batch_size=1000)

    def promises(self) -> None:
        """What the agent promised for today and the days after."""
        for place, title in enumerate(
            (
                gettext_noop("Call back as promised"),
                gettext_noop("Tell the customer when the card arrives"),
                gettext_noop("Deposit matures, ask what to do with it"),
                gettext_noop("Confirm the refund has arrived"),
                gettext_noop("Complete the missing occupation"),
            )
        ):
            day = timezone.localdate(self.now) + datetime.timedelta(days=max(0, place - 2))
            followups.promise(
                by=self.staff["agent"],
                customer=self.random.choice(self.customers),
                kind=FollowUp.Kind.CALLBACK if place < 2 else FollowUp.Kind.PROMISE,
                title=title,
                due_on=day,
                due_at=bank_day.ends(day),
                owner=self.staff["agent"],
            )

    def needs(self, count: int) -> None:
        """What customers said they want, in the last months; some of it was met, some of it declined since."""
        for number in range(count):
            family, basis, strength, words = self.random.choice(WANTED)
            said_at = _in_hours(self.now - datetime.timedelta(days=self.random.randrange(1, DAYS)))
            with as_if(min(said_at, self.now)):
                need = needs.record_need(
                    by=self.staff["agent"],
                    customer=self.random.choice(self.customers),
                    family=family,
                    basis=basis,
                    strength=strength,
                    text=words,
                )
            if number % 4 == 0:
                status = Need.Status.MET if number % 8 else Need.Status.DECLINED
                how = "已购买相应产品" if status == Need.Status.MET else "客户暂不考虑"
                needs.settle_need(by=self.staff["agent"], need=need, status=status, how=how)


def _in_hours(moment: datetime.datetime) -> datetime.datetime:
    """The same day between 09:00 and 17:30 in Shanghai."""
    local = timezone.localtime(moment)
    if local.hour < 9:
        return local.replace(hour=9, minute=local.minute)
    return local.replace(hour=10 + local.hour % 7) if local.hour > 17 else local


def work(
    random: Random, *, staff: dict[str, User], customers: list[Customer], now: datetime.datetime, matters: int
) -> None:
    """Everything the centre did, ``matters`` complaints and what goes with them."""
    centre = Centre(random, staff, customers, now)
    lives: list[tuple[datetime.datetime, Callable[[], Life]]] = []
    for number in range(matters):
        age = datetime.timedelta(minutes=int(DAYS * 24 * 60 * (number + 1) / matters))
        begin = _in_hours(now - age)
        lives.append((min(begin, now - datetime.timedelta(minutes=15)), _life(centre, random, number)))
    for _number in range(matters // 6):  # the last days were busy: a queue worth looking at
        begin = _in_hours(now - datetime.timedelta(minutes=random.randrange(30, 6 * 24 * 60)))
        story = random.choice([story for story in STORIES if story.level > 1])
        lives.append((min(begin, now - datetime.timedelta(minutes=15)), _begun(centre, story)))
    centre.contacts(matters * 18)
    centre.live(lives)
    centre.promises()
    centre.needs(matters // 2)
    Message.objects.filter(state=Message.State.PENDING).update(state=Message.State.SENT, finished_at=now)


def _begun(centre: Centre, story: Story) -> Callable[[], Life]:
    return lambda: centre.serious(story, diligent=True)


def _life(centre: Centre, random: Random, number: int) -> Callable[[], Life]:
    kind = number % 10
    if kind == 3:
        asked = random.choice(INQUIRIES)
        return lambda: centre.inquiry(*asked)
    if kind == 7:
        said = random.choice(SUGGESTIONS)
        return lambda: centre.suggestion(*said)
    if number % 37 == 5:
        return lambda: elsewhere.referred(centre)
    story = random.choice(STORIES)
    if story.level == 1:
        return lambda: centre.minor(story)
    diligent = random.random() < 0.97
    return lambda: centre.serious(story, diligent=diligent)
