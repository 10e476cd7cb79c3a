"""What Amazon SES tells: events of a configuration set, and notifications, which name themselves in another field."""

import json
from typing import Any

Event = dict[str, Any]


def _mail(to: str, message_id: str, sender: str) -> Event:
    return {
        "timestamp": "2026-02-12T17:42:50.000Z",
        "source": sender,
        "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/example.com",
        "sendingAccountId": "123456789012",
        "messageId": "0102019c53a0b7de-7c191be4-aedb-4d12-a87d-dd0099a07f8a-000000",
        "destination": [to],
        "headersTruncated": False,
        "headers": [{"name": "From", "value": "News <news@example.com>"}, {"name": "Message-ID", "value": message_id}],
        "commonHeaders": {"from": ["News <news@example.com>"], "messageId": message_id, "subject": "x"},
        "tags": {"ses:configuration-set": ["all"]},
    }


def _event(kind: str, to: str, message_id: str, *, sender: str = "news@example.com", **more: Any) -> Event:  # noqa: ANN401 - JSON
    return {"eventType": kind, "mail": _mail(to, message_id, sender), **more}


def bounced(
    to: str,
    message_id: str,
    *,
    kind: str = "Permanent",
    sub: str = "General",
    status: str = "5.1.1",
    sender: str = "news@example.com",
) -> Event:
    """Say that it bounced, with a report of the mailbox's server unless there is no status."""
    server = {"action": "failed", "status": status, "diagnosticCode": f"smtp; 550 {status} no such user"}
    bounce = {
        "bounceType": kind,
        "bounceSubType": sub,
        "bouncedRecipients": [{"emailAddress": to, **(server if status else {})}],
        "timestamp": "2026-02-12T17:42:55.527Z",
        "feedbackId": "0102019c53a0c3ff-61b59c11-9236-11e6-8f96-7be8aexample-000000",
        "reportingMTA": "dns; a7-12.smtp-out.eu-west-1.amazonses.com",
    }
    return _event("Bounce", to, message_id, sender=sender, bounce=bounce)


def complained(to: str, message_id: str, *, kind: str | None = "abuse") -> Event:
    """Say that somebody pressed the button; not every mailbox provider says which one."""
    complaint = {
        "complainedRecipients": [{"emailAddress": to}],
        "timestamp": "2026-02-12T18:00:00.000Z",
        "feedbackId": "0102019c53b0-complaint",
        "complaintSubType": None,
        **({"complaintFeedbackType": kind, "userAgent": "ExampleCorp Feedback Loop (V0.01)"} if kind else {}),
    }
    return _event("Complaint", to, message_id, complaint=complaint)


def delayed(to: str, message_id: str) -> Event:
    """Say that it is tried on."""
    late = {"emailAddress": to, "status": "4.4.1", "diagnosticCode": "smtp; 421 4.4.1 unable to connect"}
    delay = {"delayType": "TransientCommunicationFailure", "delayedRecipients": [late]}
    return _event("DeliveryDelay", to, message_id, deliveryDelay=delay)


def rejected(to: str, message_id: str) -> Event:
    """Say that SES found a virus in it."""
    return _event("Reject", to, message_id, reject={"reason": "Bad content"})


def other(kind: str, to: str, message_id: str) -> Event:
    """Say something that is no bounce."""
    return _event(kind, to, message_id) | {kind.lower(): {"recipients": [to], "smtpResponse": "250 OK"}}


def as_notification(event: Event) -> Event:
    """Return it as SES tells it of an identity: with the headers left out, which is what it does unless asked."""
    mail = {name: value for name, value in event["mail"].items() if name not in {"headers", "commonHeaders"}}
    rest = {name: value for name, value in event.items() if name != "eventType"}
    return rest | {"notificationType": event["eventType"], "mail": mail}


def told(event: Event) -> str:
    """Return the text that is published on the topic."""
    return json.dumps(event)
