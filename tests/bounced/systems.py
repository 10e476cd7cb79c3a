"""How ten mail systems say that nobody is there, and how some say other things."""

from collections.abc import Callable

from tests.bounced.dsn import Original, dsn, mail

Writer = Callable[[Original], bytes]


def postfix(original: Original) -> bytes:
    """Postfix: bounce(8); an ORCPT comes back as Original-Recipient."""
    status = f"""\
Reporting-MTA: dns; mx.example.net
X-Postfix-Queue-ID: 4C1D2E3F40
X-Postfix-Sender: rfc822; {original.sender}
Arrival-Date: Sun, 22 Nov 2026 09:00:05 +0000 (UTC)

Final-Recipient: rfc822; {original.to}
Original-Recipient: rfc822;{original.to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <{original.to}>: Recipient address rejected:
    User unknown in virtual mailbox table
"""
    return dsn(original, status, Auto_Submitted="auto-replied")


def sendmail(original: Original) -> bytes:
    """Sendmail: a transcript for people, and types in capitals."""
    told = f"""\
   ----- The following addresses had permanent fatal errors -----
<{original.to}>
    (reason: 550 5.1.1 <{original.to}>... User unknown)

   ----- Transcript of session follows -----
... while talking to mail.example.org.:
>>> DATA
<<< 550 5.1.1 <{original.to}>... User unknown
550 5.1.1 <{original.to}>... User unknown
"""
    status = f"""\
Reporting-MTA: dns; mx.example.net
Received-From-MTA: DNS; app.example.com
Arrival-Date: Sun, 22 Nov 2026 09:00:05 GMT

Final-Recipient: RFC822; {original.to}
Action: failed
Status: 5.1.1
Remote-MTA: DNS; mail.example.org
Diagnostic-Code: SMTP; 550 5.1.1 <{original.to}>... User unknown
Last-Attempt-Date: Sun, 22 Nov 2026 09:00:07 GMT
"""
    return dsn(original, status, told=told, Auto_Submitted="auto-generated (failure)")


def exim(original: Original) -> bytes:
    """Exim since 4.85: its status says nothing, the server's words do."""
    status = f"""\
Reporting-MTA: dns; mx.example.net

Action: failed
Final-Recipient: rfc822;{original.to}
Status: 5.0.0
Remote-MTA: dns; mail.example.org
Diagnostic-Code: smtp; 550 5.1.1 <{original.to}> no mailbox here
"""
    return dsn(original, status, X_Failed_Recipients=original.to, Auto_Submitted="auto-replied")


def old_exim(original: Original) -> bytes:
    """Exim before that: for people, but for one header."""
    body = f"""\
This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {original.to}
    SMTP error from remote mail server after RCPT TO:<{original.to}>:
    host mail.example.org [192.0.2.7]: 550 5.1.1 no mailbox here

------ This is a copy of the message, including all the headers. ------

{original.head}
Your invoice.
"""
    return mail(body, X_Failed_Recipients=original.to, Auto_Submitted="auto-replied")


def qmail(original: Original) -> bytes:
    """Qmail: its own format for both people and programs (QSBMF)."""
    body = f"""\
Hi. This is the qmail-send program at mx.example.net.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{original.to}>:
192.0.2.7 does not like recipient.
Remote host said: 550 5.1.1 no such mailbox
Giving up on 192.0.2.7.

--- Below this line is a copy of the message.

{original.head}
Your invoice.
"""
    return mail(body, Subject="failure notice")


def old_qmail(original: Original) -> bytes:
    """Qmail about an address of its own: the code stands at the end, in brackets."""
    body = f"""\
Hi. This is the qmail-send program at mx.example.net.
This is a permanent error; I've given up.

<{original.to}>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

{original.head}
"""
    return mail(body, Subject="failure notice")


def exchange_online(original: Original) -> bytes:
    """Microsoft's: a page in HTML, a long diagnostic, and the mail's headers."""
    status = f"""\
Reporting-MTA: dns;AM0PR01MB0001.example.net
Received-From-MTA: dns;app.example.com
Arrival-Date: Sun, 22 Nov 2026 09:00:05 +0000

Final-Recipient: rfc822;{original.to}
Action: failed
Status: 5.1.10
Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {original.to} not found by SMTP address lookup
"""  # noqa: E501 - as long as theirs
    return dsn(
        original,
        status,
        told="<html><body><p>Your message couldn't be delivered.</p></body></html>\n",
        returned_kind="text/rfc822-headers",
        X_MS_Exchange_Message_Is_Ndr="",
        Auto_Submitted="auto-replied",
    )


def gmail(original: Original) -> bytes:
    """Gmail: several lines of diagnostic, each with its code."""
    status = f"""\
Reporting-MTA: dns; googlemail.example.net
Arrival-Date: Sun, 22 Nov 2026 01:00:05 -0800 (PST)
X-Original-Message-ID: <{original.id}@example.com>

Final-Recipient: rfc822; {original.to}
Action: failed
Status: 5.1.1
Remote-MTA: dns; mail.example.org. (192.0.2.7, the server for the domain example.org.)
Diagnostic-Code: smtp; 550-5.1.1 The email account that you tried to reach does not exist.
 550-5.1.1 Please look for typos.
 550 5.1.1 See our page.
Last-Attempt-Date: Sun, 22 Nov 2026 01:00:07 -0800 (PST)
"""
    return dsn(original, status, X_Failed_Recipients=original.to, Auto_Submitted="auto-replied")


def courier(original: Original) -> bytes:
    """Courier: no status to speak of, and the reply's words below the address."""
    status = f"""\
Reporting-MTA: dns; mx.example.net
Arrival-Date: Sun, 22 Nov 2026 09:00:05 +0000
Received-From-MTA: dns; app.example.com

Final-Recipient: rfc822; {original.to}
Action: failed
Status: 5.0.0
Remote-MTA: dns; mail.example.org [192.0.2.7]
Diagnostic-Code: smtp; 550 5.1.1 User unknown
"""
    return dsn(original, status, returned_kind="text/rfc822-headers; charset=us-ascii")


def opensmtpd(original: Original) -> bytes:
    """OpenSMTPD: headers under a type of its own, and no words of the server's."""
    status = f"""\
Reporting-MTA: dns; mx.example.net

Final-Recipient: rfc822; {original.to}
Action: failed
Status: 5.1.1

"""
    return dsn(original, status, returned_kind="message/rfc822-headers")


def domino(original: Original) -> bytes:
    """Domino: its diagnostics are its own, and no reply's."""
    status = f"""\
Reporting-MTA: dns;notes.example.net

Final-Recipient: rfc822;{original.to}
Action: failed
Status: 5.1.1
Diagnostic-Code: X-Notes; User is not listed in the directory
"""
    return dsn(original, status)


NOBODY_THERE: dict[str, Writer] = {
    each.__name__: each
    for each in (
        postfix,
        sendmail,
        exim,
        old_exim,
        qmail,
        old_qmail,
        exchange_online,
        gmail,
        courier,
        opensmtpd,
        domino,
    )
}
