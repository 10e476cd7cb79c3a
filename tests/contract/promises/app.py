"""The app module of the promises' systems: copied into their folder, named by COLUMBA_APP."""

import time
from datetime import timedelta
from pathlib import Path

from columba_consumers import (
    Attachment,
    EmailMessage,
    RawEmail,
    Recipient,
    User,
    Veto,
    after_delivery,
    after_expansion,
    audience,
    before_delivery,
    error_policy,
    loader,
    renderer,
    still_relevant,
)
from columba_consumers.errors import Permanent, Temporary
from msgspec import structs

from tests.system.ways import Pager, Phone  # noqa: F401 - the app has them by importing them


@renderer("promise.veto", target="email")
def veto(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - written as apps write it
    if recipient.address.startswith("no"):
        return None
    return EmailMessage(subject="yes", text=f"{event.context['word']}\n")


@renderer("chain.rings", target="pager")
@renderer("chain.rings", target="phone")
@renderer("chain.rings", target="email")
def rings(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    if event.context.get("silent") == event.target:
        return None
    return EmailMessage(subject="The door", text="It rings.\n")


@audience("residents")
def residents(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    yield from (User(each) for each in event.context["users"])
    yield from event.context.get("addresses", ())


@audience("everybody")
def everybody(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - written as apps write it
    for number in range(event.context["many"]):
        yield f"{event.context['name']}{number}@example.org"


@audience("gathering")
def gathering(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    for number in range(len(event.events)):
        yield f"gatherer{number}@example.org"


@audience("nobody-asked")
def nobody_asked(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    Path("asked-for-nothing").touch()
    yield "asked-for-nothing@example.org"


@renderer("promise.retold", target="email")
def retold(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    if not Path("retold.ready").exists():
        raise Permanent("not well")
    return EmailMessage(subject="all", text=" ".join(str(each.context["number"]) for each in event.events) + "\n")


@still_relevant("promise.told")
def is_still_told(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return event.context["number"] > 1


@renderer("promise.told", target="email")
def told(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    words = (f"{each.context['number']}={each.thing and each.thing['place']}" for each in event.events)
    return EmailMessage(subject="all", text=" ".join(words) + "\n")


@audience("gradual")
def gradual(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    name = event.context["name"]
    yield f"never-{name}@example.org"
    for number in range(499):
        yield f"no{number}-{name}@example.org"
    while not Path(f"{name}.go").exists():
        time.sleep(0.05)
    yield f"late-{name}@example.org"


@audience("mixed")
async def mixed(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    name = event.context["name"]
    yield f"{name}1@example.org"
    yield User(f"{name}-user")
    yield Recipient(address=f"no-{name}@example.org")
    yield f"{name}1@example.org"
    yield User(f"{name}-nobody")


@audience("two-domains")
def two_domains(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    for domain in ("stopped.example", "example.org"):
        yield f"{event.context['name']}@{domain}"


@audience("wishing")
def wishing(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    yield Recipient(**event.context["member"])


@audience("sleepers")
def sleepers(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    yield Recipient(address="sleeper@example.org", zone="Etc/GMT-12")
    yield Recipient(address="waker@example.org")


@audience("wrong")
def wrong(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    yield f"{event.context['name']}@example.org"
    yield 42


@still_relevant("promise.relevance")
def is_wanted(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    if recipient.address.startswith("boom"):
        raise RuntimeError("nobody knows")
    return not recipient.address.startswith("irrelevant")


@still_relevant("promise.over")
def is_over(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return False


@still_relevant("promise.going")
async def goes_on(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return True


@still_relevant("promise.undecided")
def is_undecided(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    raise RuntimeError("nobody knows")


@renderer("promise.going", target="email")
@renderer("promise.relevance", target="email")
def relevance(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="still relevant", text="yes\n")


@error_policy("email")
def judge(error, delivery):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    if delivery.address.startswith("judged-later"):
        return Temporary(f"{error.reply}: they always say so first", code=error.code)
    if delivery.address.startswith("judged-never"):
        return Permanent(f"{error.reply}: never works for {delivery.kind}", code=error.code)
    if delivery.address.startswith("judged-strangely"):
        return Permanent("refused with \0 and \ud800")
    if delivery.address.startswith("judged-wrongly"):
        raise KeyError("domain")
    return None


@renderer("promise.copied", target="email")
def copied(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    copies = event.context["cc"]
    return EmailMessage(subject="with copies", text=f"{recipient.address}\n", cc=tuple(copies))


@renderer("promise.listed", target="email")
def listed(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="own link", text="x\n", headers={"List-Unsubscribe": "<mailto:leave@example.org>"})


@renderer("promise.unsafe", target="email")
def unsafe(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="two\nlines", text="yes\n")


@renderer("promise.wished", target="pager")
@renderer("promise.wished", target="email")
def wished(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    if event.context.get("fails") and not Path(f"{recipient.address}.well").exists():
        if event.context["fails"] == "for now":
            raise Temporary("not well", after=timedelta(seconds=10))
        raise Permanent("not well")
    return EmailMessage(subject="wished for", text="x\n")


@renderer("promise.hooked", target="email")
def hooked(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="hooked", text="yes\n")


@loader("parcel")
def parcel(number):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    return None if number == "lost" else {"number": int(number), "place": Path(f"parcel-{number}.txt").read_text()}


@renderer("promise.parcel-late", target="email")
def late(event, recipient, thing):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="Late", text=f"Parcel {thing['number']} is late.")


@before_delivery("promise.hooked", target="email")
def stamp(message, event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    if recipient.address.startswith("hooked-vetoed"):
        raise Veto("not this one")
    if recipient.address.startswith("hooked-failing"):
        raise RuntimeError("no stamp")
    return structs.replace(message, headers={"X-Stamp": recipient.address})


@after_delivery("promise.hooked")
def tell(outcome):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    name = outcome.recipient.address.partition("@")[0]
    if name == "hooked-untold":
        raise OSError("the line is dead")
    if name == "hooked-told":
        draft = Path(f"{name}.draft")
        draft.write_text(f"{outcome.state} {outcome.reply}")
        draft.rename(f"{name}.txt")


@audience("counted")
def counted(event):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    yield from (f"{event.context['name']}{number}@example.org" for number in range(3))


@after_expansion("promise.counted")
def selected(expansion):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    name = expansion.event.context["name"]
    if name == "uncounted":
        raise OSError("nobody counts")
    draft = Path(f"{name}.draft")
    draft.write_text(f"{expansion.deliveries} {expansion.delivery_id}")
    draft.rename(f"{name}.txt")


@renderer("promise.counted", target="email")
def counting(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return EmailMessage(subject="counted", text="yes\n")


@renderer("promise.files", target="email")
def files(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201 - as above
    path = Path(event.context["file"])
    return EmailMessage(
        subject="with files",
        text=f"{recipient.address}\n",
        html='<p><img src="cid:dot"></p>',
        attachments=(
            Attachment(name="Zahlen für März.csv", content=path),
            Attachment(name="the same.bin", content=path.open("rb") if path.exists() else path),
            Attachment(name="dot.png", content=b"PNG", cid="dot"),
        ),
    )


@renderer("promise.finished", target="email")
def finished(event, recipient):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, ARG001 - as above
    return RawEmail(content=event.context["mail"].encode())
