"""The settings of mail: by which servers it goes, from whom, and how fast."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.setting import Setting
from columba_shared.settings.signing_key import signing_keys
from columba_shared.settings.smtp_accounts import smtp_accounts, smtp_routes

MAILING: Final = (
    Setting(
        name="COLUMBA_SMTP_URL",
        default="",
        parse=parsers.optional(parsers.smtp_url),
        secret=True,
        shown_default="none",
        help="The mail server: `smtps://user:password@host`, or `smtp://…` with STARTTLS. "
        "Without one, mail goes to the folder `COLUMBA_MAILDIR`.",
    ),
    Setting(
        name="COLUMBA_SMTP_ACCOUNTS",
        default="",
        parse=smtp_accounts,
        secret=True,
        shown_default="none",
        help="Several accounts in place of `COLUMBA_SMTP_URL`, as `name=url`, separated by semicolons: "
        "`main=smtps://user:…@mail.example.com?rate=20/s; news=smtps://…`. `?rate=`, `?connections=` and `?warm_up=` "
        "are for one account what `COLUMBA_SMTP_RATE` and so on are for each.",
    ),
    Setting(
        name="COLUMBA_SMTP_ROUTES",
        default="",
        parse=smtp_routes,
        shown_default="everything by the first account",
        help="Which mail goes by which accounts: kinds or senders' domains, the first that fits counts, and of its "
        "accounts the first that works: `news.*=news,main; @example.com=main; *=main,spare`.",
    ),
    Setting(
        name="COLUMBA_MAIL_FROM",
        default="",
        parse=parsers.optional(parsers.address),
        shown_default="`columba@<this host>`",
        help="The sender of mail whose renderer names none.",
    ),
    Setting(
        name="COLUMBA_MAIL_DOMAIN",
        default="",
        parse=parsers.optional(parsers.domain),
        shown_default="the domain of `COLUMBA_MAIL_FROM`",
        help="The domain in Message-IDs.",
    ),
    Setting(
        name="COLUMBA_SINK_EMAIL",
        default="",
        parse=parsers.optional(parsers.address),
        shown_default="none",
        help="When set, every email goes to this one address instead, original recipients in a header.",
    ),
    Setting(
        name="COLUMBA_SINK_LIMIT",
        default="",
        parse=parsers.optional(parsers.amount),
        shown_default="none",
        help="The most that goes to `COLUMBA_SINK_EMAIL`, such as `200/h`, by all processes together; what is over is "
        "skipped.",
    ),
    Setting(
        name="COLUMBA_MAILDIR",
        default="columba-mail",
        parse=parsers.path,
        help="Where mail goes without an SMTP server; any mail reader opens it.",
    ),
    Setting(
        name="COLUMBA_ATTACHMENTS_MIB",
        default="18",
        parse=parsers.whole(1, 1000),
        help="How many MiB the attachments of one mail may have together. On their way they are a third larger: 18 "
        "make a mail of 25, which is what most mailboxes take.",
    ),
    Setting(
        name="COLUMBA_DKIM_KEYS",
        default="",
        parse=signing_keys,
        shown_default="none",
        help="Keys that sign mail (DKIM), as `domain=selector:file`, separated by commas. Mail from a domain, or one "
        "below it, is signed by its keys, RSA or Ed25519 in PEM. Needs `columba-consumers[dkim]`.",
    ),
    Setting(
        name="COLUMBA_SMTP_CONNECTIONS",
        default="20",
        parse=parsers.whole(1, 1000),
        help="Connections to the mail server per process, for each account; as many mails are under way at once.",
    ),
    Setting(
        name="COLUMBA_SMTP_TIMEOUT",
        default="60",
        parse=parsers.seconds(1, 3600),
        help="Seconds for each step of handing a mail over. Large mails have as much more as they take at 32 KiB a "
        "second. The answer to the whole mail may take ten times as long: who gives up there leaves a mail in doubt.",
    ),
    Setting(
        name="COLUMBA_SMTP_CA_FILE",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="the system's authorities",
        help="Certificates to trust for the mail server.",
    ),
    Setting(
        name="COLUMBA_SMTP_RATE",
        default="",
        parse=parsers.optional(parsers.rate),
        shown_default="none",
        help="How many mails may begin by one account on a mail server, by all processes together.",
    ),
    Setting(
        name="COLUMBA_SMTP_WARM_UP",
        default="",
        parse=parsers.optional(parsers.warm_up),
        shown_default="none",
        help="How an account begins that nobody knows yet: `2026-11-21=200/d` sends 200 on that day, and each day "
        "twice as many, until `COLUMBA_SMTP_RATE`.",
    ),
)
