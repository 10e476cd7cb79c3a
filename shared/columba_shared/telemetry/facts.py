"""Every fact that Columba tells about itself: its name, how loud it is, and its wording."""

import logging
from dataclasses import dataclass
from typing import Final

DEBUG, INFO, WARNING, ERROR = logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR


@dataclass(frozen=True, slots=True)
class Fact:
    """The level at which a fact is told, and the sentence it is told with."""

    level: int
    wording: str


FACTS: Final[dict[str, Fact]] = {
    "delivery.held": Fact(INFO, "held back for a person"),
    "delivery.sending": Fact(DEBUG, "claimed, on its way to the provider"),
    "delivery.cancelled": Fact(INFO, "cancelled"),
    "delivery.gathered": Fact(INFO, "told together with others, by a digest"),
    "delivery.superseded": Fact(INFO, "replaced by a newer event of its key, or by another target of its chain"),
    "delivery.suppressed": Fact(INFO, "suppressed: this address is not written to"),
    "delivery.sent": Fact(DEBUG, "sent"),
    "delivery.skipped": Fact(DEBUG, "skipped: there was nothing to say, or another target of its chain had said it"),
    "delivery.retrying": Fact(INFO, "did not work, will be tried again"),
    "delivery.dead": Fact(ERROR, "given up"),
    "delivery.in_doubt": Fact(WARNING, "in doubt: the provider may or may not have it"),
    "delivery.expired": Fact(INFO, "expired before it could be delivered"),
    "delivery.duplicate": Fact(DEBUG, "a copy of a delivery that is settled or under way, dropped"),
    "delivery.malformed": Fact(ERROR, "not an event that can be read, dead-lettered"),
    "delivery.scheduled": Fact(DEBUG, "postponed, nothing was spent"),
    "delivery.expanded": Fact(DEBUG, "everybody in it has a delivery of their own"),
    "delivery.left": Fact(DEBUG, "left unsettled, it comes again"),
    "delivery.put_off": Fact(WARNING, "cannot be finished now, handed back and tried again soon"),
    "delivery.defect": Fact(ERROR, "a defect of Columba's, the message was dead-lettered"),
    "delivery.crashed": Fact(ERROR, "was under way when its process died"),
    "chain.hastened": Fact(INFO, "did not reach somebody; the next target of its chain has its turn now"),
    "copies.unscreened": Fact(WARNING, "the log could not be asked who may get a copy; put off"),
    "unsubscribe.done": Fact(INFO, "somebody followed the link"),
    "unsubscribe.failed": Fact(ERROR, "somebody followed the link, and the log could not be written"),
    "bounce.taken": Fact(INFO, "something came back of a delivery"),
    "bounce.held_back": Fact(
        WARNING, "too many addresses are said to be dead at once; it stays in use until somebody decides"
    ),
    "bounce.unreadable": Fact(ERROR, "a mail that came back cannot be dealt with; it was left for a person"),
    "bounce.unmatched": Fact(WARNING, "a report that cannot be told to be about mail of ours; nothing was done"),
    "webhook.forged": Fact(WARNING, "a post that does not prove that it is from the provider; nothing was done"),
    "webhook.nonsense": Fact(WARNING, "a post that is not what the provider is known to send; nothing was done"),
    "webhook.failed": Fact(ERROR, "a provider's post could not be taken in now; it tries again"),
    "webhook.subscribed": Fact(INFO, "confirmed that a topic is delivered to the webhook"),
    "receipt.settled": Fact(INFO, "the provider says that it has what was in doubt"),
    "receipts.refused": Fact(
        WARNING, "a provider does not take its own id for a message: what became of it stays unknown"
    ),
    "receipts.waiting": Fact(WARNING, "a provider does not say what became of messages, asked again soon"),
    "policy.failed": Fact(ERROR, "the app's error policy failed; the error was taken for what it is"),
    "hook.failed": Fact(ERROR, "a hook of the app failed after a delivery; what became of that stays as it is"),
    "target.down": Fact(WARNING, "target is out of order, paused"),
    "target.probed": Fact(INFO, "target is still out of order"),
    "target.up": Fact(INFO, "target works again"),
    "account.down": Fact(WARNING, "one of several accounts is out of order; its mail goes by others, or waits"),
    "account.probed": Fact(INFO, "an account is still out of order"),
    "account.up": Fact(INFO, "an account works again"),
    "destination.down": Fact(WARNING, "a destination does not answer, left alone for a while"),
    "destination.throttled": Fact(WARNING, "a destination takes less than it was given, slowed down"),
    "pace.unshared": Fact(
        WARNING, "the database did not take it: other processes do not know yet how a destination is"
    ),
    "broker.connected": Fact(INFO, "connected to the broker"),
    "broker.away": Fact(WARNING, "the broker does not answer yet, trying again for a while"),
    "broker.lost": Fact(WARNING, "lost the broker, connecting again"),
    "broker.blocked": Fact(WARNING, "the broker takes nothing at the moment"),
    "broker.unroutable": Fact(ERROR, "no queue takes a message, the log goes on from there"),
    "broker.deaf": Fact(WARNING, "a queue cannot be received from, trying again"),
    "broker.receiver_failed": Fact(ERROR, "a bug: the receiver of a message raised; handed back"),
    "broker.cancelled": Fact(WARNING, "the broker cancelled a consumer, subscribing again"),
    "broker.neglected": Fact(WARNING, "the broker gives a consumer nothing though it should, subscribing again"),
    "journal.waiting": Fact(WARNING, "the log does not answer, waiting"),
    "journal.split": Fact(WARNING, "the log refused a batch, splitting it"),
    "lease.lost": Fact(ERROR, "lost the lease: nothing more is sent under it"),
    "lease.waiting": Fact(WARNING, "the log does not answer, the lease may lapse"),
    "lease.renewed": Fact(DEBUG, "renewed the lease"),
    "process.started": Fact(INFO, "started"),
    "target.ready": Fact(INFO, "target is ready"),
    "process.stopping": Fact(INFO, "stopping: finishing what is under way"),
    "process.stopped": Fact(INFO, "stopped"),
    "relay.moved": Fact(DEBUG, "moved events from the outbox"),
    "relay.set_aside": Fact(ERROR, "set an outbox row aside that cannot be published"),
    "relay.left": Fact(WARNING, "the broker refused events from the outbox, they wait there"),
    "target.paused": Fact(WARNING, "a target is paused, nothing new is begun"),
    "target.resumed": Fact(WARNING, "a target is no longer paused"),
    "ledger.recorded": Fact(DEBUG, "recorded deferred events"),
    "ledger.unpublished": Fact(WARNING, "no queue took a delivery that is due under its key; the reconciler goes on"),
    "ledger.sent_back": Fact(WARNING, "a queue gave up on a delivery that is innocent as far as is known, sent back"),
    "rounds.waiting": Fact(WARNING, "the database or the broker does not answer, waiting"),
    "brake.pulled": Fact(
        WARNING, "pulled a brake: a kind has left its usual range, and is held until somebody decides"
    ),
    "brake.unusual": Fact(WARNING, "a kind has left its usual range; COLUMBA_BRAKE_AUTOMATIC=pull would hold it"),
    "decider.decided": Fact(INFO, "decided about held deliveries whose window ended, since nobody had"),
    "reconciler.declared_dead": Fact(WARNING, "a process showed no life for a whole lease, taken to be dead"),
    "reconciler.suspected": Fact(
        INFO, "had been offered to a process that ended before it began them, will be tried one at a time"
    ),
    "reconciler.unpublished": Fact(WARNING, "could not publish a copy, tried again later"),
    "reconciler.unreadable": Fact(ERROR, "the log's event cannot be read, its delivery was given up"),
    "reconciler.topology": Fact(ERROR, "something of the broker's topology is missing and cannot be declared"),
    "reconciler.sent_on": Fact(INFO, "sent deliveries on their way that had waited in the log alone"),
    "reconciler.buried": Fact(WARNING, "published dead letters that had not been published"),
    "reconciler.republished": Fact(WARNING, "published again what had gone missing"),
    "reconciler.settled": Fact(WARNING, "settled what a dead process left behind"),
    "reconciler.redeclared": Fact(WARNING, "declared again what the broker lacked"),
    "rule.failed": Fact(ERROR, "a rule failed on a thing; what was being saved is saved"),
    "rule.unpublished": Fact(ERROR, "what a rule wanted told could not be published; what it tells of is saved"),
    "mail.told_before": Fact(INFO, "all have been told of this; nothing was queued"),
    "mail.unaddressed": Fact(INFO, "users without an address were left out"),
    "mail.unqueued": Fact(ERROR, "mails that were to fail silently were not queued"),
    "publish.lost": Fact(ERROR, "the broker did not take what was committed, and nothing keeps it"),
    "publish.spooled": Fact(WARNING, "the broker is away, the event waits in the outbox"),
}
