"""The keys that sign mail: whether each is published as it is here, and whether mail gets signed at all."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from columba_shared.errors import InvalidSetting

from columba_consumers.cli.checks.finding import Finding, note, ok, problem

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from columba_shared.settings.signing_key import SigningKey

    from columba_consumers.targets.email.dkim.publication import LookUp


def check_signatures(settings: "Settings", *, look_up: "LookUp | None" = None) -> Iterator[Finding]:
    """Yield for each key of COLUMBA_DKIM_KEYS whether receivers will take its signatures; nothing without keys."""
    from columba_consumers.targets.email.addresses import domain_of

    if not settings.dkim_keys:
        return
    for each in settings.dkim_keys:
        try:
            yield _checked(each, look_up)
        except ImportError:
            yield problem("dkim", "needs the libraries of the extra", fix="pip install 'columba-consumers[dkim]'")
            return
        except InvalidSetting as error:
            yield problem("dkim", str(error), fix="name a private key in PEM that this user may read")
    sender = domain_of(settings.mail_from)
    if not any(sender == each.domain or sender.endswith(f".{each.domain}") for each in settings.dkim_keys):
        text = f"no key speaks for {sender}: mail from {settings.mail_from} (COLUMBA_MAIL_FROM) goes out unsigned"
        yield note("dkim", text, fix=f"add one to COLUMBA_DKIM_KEYS: {sender}=selector:file")


def _checked(each: "SigningKey", look_up: "LookUp | None") -> Finding:
    """Return what is found of one key; raises InvalidSetting for one that cannot be read."""
    from columba_consumers.targets.email.dkim.key import Key
    from columba_consumers.targets.email.dkim.publication import disagreement, texts

    key = Key.from_file(each.file)
    name = f"{each.selector}._domainkey.{each.domain}"
    try:
        wrong = disagreement(key, domain=each.domain, selector=each.selector, look_up=look_up or texts)
    except OSError as error:
        return note("dkim", f"{each}: {error}: whether it is published is not known")
    if wrong is None:
        return ok("dkim", f"{each}: published, {key.algorithm}")
    kind = key.algorithm.partition("-")[0]
    return problem("dkim", f"{each}: {wrong}", fix=f'publish at {name}: "v=DKIM1; k={kind}; p={key.public()}"')
