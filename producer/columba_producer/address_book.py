"""The address book for apps: `AddressBook("postgresql://…").opt_out("42", category="newsletter")`; needs SQLAlchemy."""

from columba_shared.log.address_book import AddressBook
from columba_shared.log.addresses import Entry, RefusedAddress, Synced
from columba_shared.log.audit import Author
from columba_shared.log.optouts import OptOut, Refusal
from columba_shared.log.resolving import EndlessUsers
from columba_shared.user import User

__all__ = ["AddressBook", "Author", "EndlessUsers", "Entry", "OptOut", "Refusal", "RefusedAddress", "Synced", "User"]
