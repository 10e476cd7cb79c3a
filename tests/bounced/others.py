"""Mails that come back and say something else than that nobody is there."""

from tests.bounced.dsn import Original, dsn, mail

ABSENT = "I am away until Monday. My deputy is bob@example.org: 550 5.1.1 is how he begins every mail.\n"


def failed(original: Original, status: str, words: str = "", *, action: str = "failed") -> bytes:
    """Return a notification with this status, and perhaps what the server said."""
    fields = [f"Final-Recipient: rfc822; {original.to}", f"Action: {action}", f"Status: {status}"]
    fields += [f"Diagnostic-Code: smtp; {words}"] if words else []
    return dsn(original, "Reporting-MTA: dns; mx.example.net\n\n" + "\n".join(fields) + "\n")


def complaint(original: Original, kind: str = "abuse", *, named: bool = True) -> bytes:
    """Return a feedback report (ARF); many providers do not name who complains."""
    fields = [f"Feedback-Type: {kind}", "User-Agent: SomeProvider-FBL/1.0", "Version: 1"]
    fields += [f"Original-Mail-From: <{original.sender}>", "Arrival-Date: Sun, 22 Nov 2026 09:00:05 +0000"]
    fields += [f"Original-Rcpt-To: <{original.to}>"] if named else []
    report = "\n".join(fields) + "\n"
    made = dsn(original, report, told="A complaint.\n", status_kind="message/feedback-report")
    return made.replace(b"report-type=delivery-status", b"report-type=feedback-report")


def passed_on(original: Original) -> bytes:
    """Return what Microsoft passes on to who takes part in its programme (JMRP)."""
    inner = f"X-HmXmrOriginalRecipient: {original.to}\n{original.head}\nYour invoice.\n"
    body = f"--b\nContent-Type: message/rfc822\nContent-Disposition: inline\n\n{inner}\n--b--\n"
    return mail(body, kind="multipart/mixed; boundary=b", From="staff@provider.example")


def away(original: Original, **headers: str) -> bytes:
    """Return an automatic reply."""
    more = headers or {"Auto_Submitted": "auto-replied (vacation)"}
    return mail(ABSENT, From=original.to, In_Reply_To=f"<{original.id}@example.com>", **more)


def receipt(original: Original) -> bytes:
    """Return the news that somebody opened the mail."""
    fields = f"Final-Recipient: rfc822; {original.to}\nDisposition: manual-action/MDN-sent-manually; displayed\n"
    return dsn(original, fields, status_kind="message/disposition-notification")


def several(original: Original, *others: str) -> bytes:
    """Return a notification about the recipient, of whom nobody is there, and others that got theirs."""
    groups = [f"Final-Recipient: rfc822; {original.to}\nAction: failed\nStatus: 5.1.1\n"]
    groups += [f"Final-Recipient: rfc822; {each}\nAction: delivered\nStatus: 2.0.0\n" for each in others]
    return dsn(original, "Reporting-MTA: dns; mx.example.net\n\n" + "\n".join(groups))
