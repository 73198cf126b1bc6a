"""Filing a customer: what is refused, what is stored, who is found to be on file."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from crm_site.errors import RuleBroken, Stale
from crm_site.models import AuditEvent
from customers import keys
from customers.actions import filing
from customers.actions.duplicates import LooksAlike, OnFile
from customers.models import ContactPoint, Customer, CustomerSearchKey
from customers.record import ContactData, CustomerData, DocumentData

from .factories import CustomerFactory, UserFactory, mobile, resident_id

pytestmark = pytest.mark.django_db

BORN = datetime.date(1979, 5, 18)
DATA = CustomerData(
    full_name="林晓彤",
    contacts=(ContactData("MOBILE", "138 0013 8000"),),
    document=DocumentData("RESIDENT_ID", resident_id(7)),
)


def test_a_new_customer_gets_the_next_number_of_the_year(now: datetime.datetime) -> None:
    first = filing.create_customer(by=UserFactory(), data=DATA)
    second = filing.create_customer(
        by=None, data=CustomerData("王芳", contacts=(ContactData("EMAIL", "w@example.com"),))
    )
    assert (first.customer_no, second.customer_no) == ("C-2025-000001", "C-2025-000002")


def test_what_was_typed_is_stored_in_one_form(now: datetime.datetime) -> None:
    data = replace(
        DATA, contacts=(ContactData("MOBILE", "０１３８－００１３－８０００"), ContactData("EMAIL", "Lin@Example.COM"))
    )
    made = filing.create_customer(by=None, data=data)
    assert list(made.contact_points.order_by("pk").values_list("value", flat=True)) == [
        "+8613800138000",
        "Lin@example.com",
    ]


def test_the_identity_number_tells_birth_date_and_sex(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    made.refresh_from_db()
    assert (made.birth_date, made.sex) == (BORN, Customer.Sex.FEMALE)


def test_nothing_personal_stands_in_the_table_or_in_the_audit_log(now: datetime.datetime) -> None:
    from django.db import connection

    filing.create_customer(by=None, data=DATA)
    with connection.cursor() as cursor:
        cursor.execute("SELECT full_name, birth_date FROM customers_customer")
        stored = repr(cursor.fetchall())
    event = AuditEvent.objects.get(action="customer.create")
    for text in ("林晓彤", "1979", "13800138000"):
        assert text not in stored
        assert text not in repr((event.after, event.before))


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"full_name": "R2D2"}, "full_name", "name_letters"),
        ({"full_name": " "}, "full_name", "name_missing"),
        ({"contacts": ()}, "mobile", "customer.contact"),
        ({"contacts": (ContactData("MOBILE", "12345"),)}, "mobile", "phone_form"),
        ({"contacts": (ContactData("EMAIL", "lin@"),)}, "email", "email_form"),
        ({"contacts": (ContactData("LANDLINE", "12345678"),)}, "landline", None),
        ({"document": DocumentData("RESIDENT_ID", "110101900307451")}, "document_number", "id_15"),
        ({"document": DocumentData("RESIDENT_ID", "110101199003074515")}, "document_number", "id_check"),
        ({"birth_date": datetime.date(1980, 5, 18)}, "birth_date", "document_birth"),
        ({"sex": 1}, "sex", "document_sex"),
        ({"document": None, "birth_date": datetime.date(2025, 9, 27)}, "birth_date", "birth_date"),
        ({"document": None, "birth_date": datetime.date(1899, 12, 31)}, "birth_date", "birth_date"),
        ({"opened_on": datetime.date(2025, 9, 27)}, "opened_on", "opened_on"),
        ({"annual_income": Decimal("-1")}, "annual_income", "income"),
        ({"annual_income": Decimal("1.005")}, "annual_income", "income"),
        ({"annual_income": Decimal("1e16")}, "annual_income", "income"),
        ({"annual_income": Decimal("NaN")}, "annual_income", "income"),
        ({"region_code": "3101"}, "region_code", "region"),
        ({"status": "ACTIVE"}, "occupation", "customer.key_field"),
        (
            {"status": "ACTIVE", "document": None, "occupation": "STUDENT", "sex": 2, "birth_date": BORN},
            "document_number",
            None,
        ),
    ],
)
def test_what_cannot_be_is_refused_at_its_field_and_nothing_is_saved(
    now: datetime.datetime, change: dict[str, Any], field: str, code: str | None
) -> None:
    with pytest.raises(RuleBroken) as broken:
        filing.create_customer(by=None, data=replace(DATA, **change))
    assert broken.value.field == field
    assert code is None or broken.value.code == code
    assert not Customer.objects.exists()
    assert not AuditEvent.objects.exists()


def test_an_organisation_is_active_without_sex_and_birth_date(now: datetime.datetime) -> None:
    made = filing.create_customer(
        by=None,
        data=CustomerData(
            "上海星火科技有限公司（浦东）",
            kind="ORGANISATION",
            status="ACTIVE",
            contacts=(ContactData("LANDLINE", "021-62345678"),),
            document=DocumentData("USCC", "91350211M000100Y46"),
        ),
    )
    assert made.status == Customer.Status.ACTIVE


def test_a_document_on_file_is_refused_with_who_has_it_masked(now: datetime.datetime) -> None:
    owner = CustomerFactory(full_name="欧阳娜娜", document=resident_id(7))
    with pytest.raises(OnFile) as broken:
        filing.create_customer(by=None, data=DATA)
    assert broken.value.customer == owner
    assert owner.customer_no in str(broken.value)
    assert "欧阳**" in str(broken.value)
    assert "娜" not in str(broken.value)


@pytest.mark.parametrize("known", ["phone", "email", "name"])
def test_somebody_who_looks_alike_asks_for_a_second_look(now: datetime.datetime, known: str) -> None:
    from .factories import ContactPointFactory

    other = CustomerFactory(full_name="林曉彤" if known == "name" else "张三", phone=mobile(1))
    ContactPointFactory(customer=other, type=ContactPoint.Type.EMAIL, value="Shared@example.com")
    contacts = {
        "phone": ContactData("MOBILE", mobile(1)),
        "email": ContactData("EMAIL", "shared@EXAMPLE.com"),
        "name": ContactData("MOBILE", mobile(2)),
    }
    data = replace(DATA, contacts=(contacts[known],))
    with pytest.raises(LooksAlike) as broken:
        filing.create_customer(by=None, data=data)
    assert [alike.customer for alike in broken.value.found] == [other]
    assert filing.create_customer(by=None, data=replace(data, distinct=True)).pk != other.pk


def test_the_same_name_with_another_birth_date_is_another_person(now: datetime.datetime) -> None:
    CustomerFactory(birth_date=datetime.date(1980, 1, 1))
    assert filing.create_customer(by=None, data=DATA)


def test_a_change_of_name_changes_what_the_customer_is_found_by(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    filing.update_customer(by=UserFactory(), customer=made, version=1, changes={"full_name": "陈晓彤"})
    found = set(CustomerSearchKey.objects.filter(customer=made).values_list("key", flat=True))
    assert {bytes(key) for key in found} == keys.search_keys("陈晓彤")
    made.refresh_from_db()
    assert bytes(made.name_bidx) == keys.name("陈晓彤")


def test_a_change_is_audited_masked_and_raises_the_version(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    changes = {"full_name": "陈晓彤", "employer": "星火科技", "language": "en"}
    changed = filing.update_customer(by=UserFactory(), customer=made, version=1, changes=changes)
    assert changed.version == 2
    event = AuditEvent.objects.get(action="customer.update")
    assert event.before == {"full_name": "林**", "employer": "", "language": "zh-hans"}
    assert event.after == {"full_name": "陈**", "employer": "***", "language": "en"}


def test_an_edit_of_an_old_version_is_refused_with_both_versions(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    first = UserFactory(display_name="First Colleague")
    filing.update_customer(by=first, customer=made, version=1, changes={"language": "en"})
    with pytest.raises(Stale) as stale:
        filing.update_customer(by=UserFactory(), customer=made, version=1, changes={"language": "zh-hant"})
    assert stale.value.who == "First Colleague"
    assert len(stale.value.yours) == len(stale.value.theirs) == 1
    assert list(stale.value.yours.values()) != list(stale.value.theirs.values())
    made.refresh_from_db()
    assert (made.language, made.version) == ("en", 2)


def test_saving_without_a_change_writes_nothing(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    filing.update_customer(by=UserFactory(), customer=made, version=1, changes={"language": "zh-hans"})
    made.refresh_from_db()
    assert made.version == 1
    assert not AuditEvent.objects.filter(action="customer.update").exists()


def test_a_prospect_becomes_active_only_with_all_key_fields(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    with pytest.raises(RuleBroken) as broken:
        filing.update_customer(by=None, customer=made, version=1, changes={"status": "ACTIVE"})
    assert broken.value.field == "occupation"
    changes = {"status": "ACTIVE", "occupation": "REFUSED"}
    assert filing.update_customer(by=None, customer=made, version=1, changes=changes).status == "ACTIVE"


def test_columns_no_verb_may_change_are_a_programming_error(now: datetime.datetime) -> None:
    with pytest.raises(ValueError, match="customer_no"):
        filing.update_customer(by=None, customer=CustomerFactory(), version=1, changes={"customer_no": "C-1"})


def test_completeness_grows_with_the_record(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    before = made.completeness
    filing.add_contact_point(by=None, customer=made, data=ContactData("EMAIL", "lin@example.com"))
    assert made.completeness == before + 8


def test_the_same_contact_twice_is_one(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    for typed in ("+86 138-0013-8000", "008613800138000"):
        filing.add_contact_point(by=None, customer=made, data=ContactData("MOBILE", typed))
    assert made.contact_points.count() == 1


def test_a_new_document_becomes_the_primary_one(now: datetime.datetime) -> None:
    made = filing.create_customer(by=None, data=DATA)
    filing.add_document(by=None, customer=made, data=DocumentData("PASSPORT", "E1234 5678"))
    primary = made.identity_documents.get(primary=True)
    assert (primary.number, made.identity_documents.count()) == ("E12345678", 2)


def test_a_document_that_contradicts_the_record_is_refused(now: datetime.datetime) -> None:
    made = CustomerFactory(document=False, birth_date=datetime.date(1980, 1, 1))
    with pytest.raises(RuleBroken, match="birth date"):
        filing.add_document(by=None, customer=made, data=DocumentData("RESIDENT_ID", resident_id(9)))
