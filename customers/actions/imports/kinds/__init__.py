"""The kinds of tables that can be imported."""

from customers.actions.imports.kinds.balances import Balances
from customers.actions.imports.kinds.base import Kind
from customers.actions.imports.kinds.credit import Credit
from customers.actions.imports.kinds.customers import Customers
from customers.actions.imports.kinds.holdings import Holdings
from customers.actions.imports.kinds.orders import Orders
from customers.actions.imports.kinds.transactions import Transactions

KINDS: dict[str, type[Kind]] = {
    kind.name: kind for kind in (Customers, Holdings, Balances, Transactions, Orders, Credit)
}

__all__ = ["KINDS", "Kind"]
