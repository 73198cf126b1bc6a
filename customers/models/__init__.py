"""The nouns of one customer."""

from customers.models.consent import Consent
from customers.models.contact import ContactPoint, ContactPreference, IdentityDocument
from customers.models.customer import Customer, CustomerNumber, CustomerSearchKey
from customers.models.followup import FollowUp
from customers.models.holding import CreditRecord, Holding, MonthlyBalance, Product, StandingOrder
from customers.models.imports import ImportBatch
from customers.models.interaction import Interaction
from customers.models.message import Message
from customers.models.message_template import MessageTemplate
from customers.models.need import Need
from customers.models.override import ClassOverride, by_hand, class_label, laid_over, shown_standing
from customers.models.standing import FOREVER, PublishedRun, Standing
from customers.models.step_answer import StepAnswer
from customers.models.transaction import Activity, ActivityMark, MonthlyActivity, Transaction

__all__ = [
    "FOREVER",
    "Activity",
    "ActivityMark",
    "ClassOverride",
    "Consent",
    "ContactPoint",
    "ContactPreference",
    "CreditRecord",
    "Customer",
    "CustomerNumber",
    "CustomerSearchKey",
    "FollowUp",
    "Holding",
    "IdentityDocument",
    "ImportBatch",
    "Interaction",
    "Message",
    "MessageTemplate",
    "MonthlyActivity",
    "MonthlyBalance",
    "Need",
    "Product",
    "PublishedRun",
    "Standing",
    "StandingOrder",
    "StepAnswer",
    "Transaction",
    "by_hand",
    "class_label",
    "laid_over",
    "shown_standing",
]
