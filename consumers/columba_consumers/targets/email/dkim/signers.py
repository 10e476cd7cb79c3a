"""All keys, by the domains they speak for."""

import base64
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from columba_shared.settings.signing_key import SigningKey

from columba_consumers.targets.email.dkim import canonical
from columba_consumers.targets.email.dkim.key import Key
from columba_consumers.targets.email.dkim.signer import Signer


class Signers:
    """Several keys of one domain sign side by side: whoever cannot read Ed25519 reads RSA."""

    def __init__(self, keys: Iterable[SigningKey]) -> None:
        """Read all keys; raises InvalidSetting."""
        self._by_domain: dict[str, list[Signer]] = {}
        for each in keys:
            signer = Signer(Key.from_file(each.file), domain=each.domain, selector=each.selector)
            self._by_domain.setdefault(each.domain, []).append(signer)
        self.take_their_time = any(signer.takes_its_time for signers in self._by_domain.values() for signer in signers)

    def signed(self, mail: bytes, domain: str, *, at: datetime) -> bytes:
        """Return the mail below its signatures; as it is where no key speaks for the domain, or somebody has signed."""
        signers = self._speaking_for(domain.lower())
        if not signers:
            return mail
        head, _, body = mail.partition(b"\r\n\r\n")
        fields = canonical.fields(head)
        if any(name == b"dkim-signature" for name, _ in fields):
            return mail
        body_hash = base64.b64encode(sha256(canonical.body(body)).digest()).decode()
        return b"".join((*(signer.signature(fields, body_hash, at=at) for signer in signers), mail))

    def _speaking_for(self, domain: str) -> list[Signer]:
        """Return those of the domain, else of the nearest domain above it: receivers take either as the author's."""
        while domain:
            if domain in self._by_domain:
                return self._by_domain[domain]
            domain = domain.partition(".")[2]
        return []
