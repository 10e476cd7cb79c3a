"""All settings, in one table: it drives parsing, `columba doctor` and docs/settings.md."""

from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.of_target import IN_DOUBT, settings_of
from columba_shared.settings.setting import Setting
from columba_shared.settings.signing_key import signing_keys
from columba_shared.settings.unsubscribing import UNSUBSCRIBING

_DAY: Final = 86_400.0

SETTINGS: Final = (
    Setting(
        name="COLUMBA_DATABASE_URL",
        default="sqlite:///columba.db",
        parse=parsers.database_url,
        secret=True,
        help="The log. SQLite, PostgreSQL (`postgresql+psycopg://…`) or MariaDB/MySQL (`mysql+pymysql://…`).",
    ),
    Setting(
        name="COLUMBA_BROKER_URL",
        default="memory://",
        parse=parsers.broker_url,
        secret=True,
        help="The broker. `memory://` is the embedded one; `amqp://…` or `amqps://…` is RabbitMQ, "
        "several nodes separated by semicolons.",
    ),
    Setting(
        name="COLUMBA_APP",
        default="",
        parse=parsers.optional(parsers.text),
        shown_default="none",
        help="The module with the app's renderers, audiences, targets and rules: `package.module`.",
    ),
    Setting(
        name="COLUMBA_TEMPLATES",
        default="templates",
        parse=parsers.path,
        help="The folder of templates: `<kind>/email.subject.txt` and so on.",
    ),
    Setting(
        name="COLUMBA_LOCALE",
        default="en",
        parse=parsers.locale,
        help="The language of recipients of whom none is known, or none that there is a catalogue for: `de_AT`.",
    ),
    Setting(
        name="COLUMBA_ZONE",
        default="UTC",
        parse=parsers.zone,
        help="The time zone of recipients of whom none is known: `Europe/Vienna`.",
    ),
    Setting(
        name="COLUMBA_TARGETS",
        default="email",
        parse=parsers.names,
        help="The targets that exist, separated by commas. A producer refuses any other.",
    ),
    Setting(
        name="COLUMBA_PRODUCER",
        default="",
        parse=parsers.text,
        shown_default="none",
        help="The name of the app that publishes; an idempotency key is unique within it.",
    ),
    Setting(
        name="COLUMBA_OPERATOR",
        default="",
        parse=parsers.text,
        shown_default="the login name",
        help="Who is at the command line: what people hold, approve or cancel is written down under this name.",
    ),
    Setting(
        name="COLUMBA_OUTBOX_URL",
        default="",
        parse=parsers.optional(parsers.database_url),
        secret=True,
        shown_default="`COLUMBA_DATABASE_URL`",
        help="The database whose outbox table the relay empties, when it is not the log's.",
    ),
    Setting(
        name="COLUMBA_CONFIRM_TIMEOUT",
        default="5",
        parse=parsers.seconds(0.1, 600),
        help="Seconds that a publish waits for the broker's confirm.",
    ),
    Setting(
        name="COLUMBA_AMQP_CA_FILE",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="the system's authorities",
        help="Certificates to trust for `amqps://`.",
    ),
    Setting(
        name="COLUMBA_SMTP_URL",
        default="",
        parse=parsers.optional(parsers.smtp_url),
        secret=True,
        shown_default="none",
        help="The mail server. Without one, mail goes to the folder `COLUMBA_MAILDIR`.",
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
        help="Connections to the mail server per process; as many mails are under way at once.",
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
    Setting(
        name="COLUMBA_MAX_ATTEMPTS",
        default="8",
        parse=parsers.whole(1, 1000),
        help="Tries before a delivery is dead.",
    ),
    Setting(
        name="COLUMBA_RETRY_FIRST",
        default="30",
        parse=parsers.seconds(0.1, _DAY),
        help="Seconds before the second try; each later pause is up to twice as long as the one before.",
    ),
    Setting(
        name="COLUMBA_RETRY_LONGEST",
        default="3600",
        parse=parsers.seconds(0.1, _DAY),
        help="Seconds that no pause between tries exceeds.",
    ),
    Setting(
        name="COLUMBA_RETRY_NETWORK",
        default="10",
        parse=parsers.seconds(0.1, _DAY),
        help="Seconds before the second try when only the network failed; it grows as the others do.",
    ),
    Setting(
        name="COLUMBA_PREFETCH",
        default="",
        parse=parsers.optional(parsers.whole(1, 65_535)),
        shown_default="three times what can be under way",
        help="Messages that a consumer holds ready, per queue.",
    ),
    Setting(
        name="COLUMBA_RENDER_SECONDS",
        default="30",
        parse=parsers.seconds(0.1, 3600),
        help="Seconds after which a renderer counts as failed.",
    ),
    Setting(
        name="COLUMBA_RENDER_THREADS",
        default="8",
        parse=parsers.whole(1, 256),
        help="Threads that run the app's renderers and audiences.",
    ),
    Setting(
        name="COLUMBA_LEASE",
        default="15",
        parse=parsers.seconds(2, 3600),
        help="Seconds without a heartbeat after which a process counts as dead.",
    ),
    Setting(
        name="COLUMBA_GRACE",
        default="20",
        parse=parsers.seconds(0, 3600),
        help="Seconds that a stopping process has to finish what is under way.",
    ),
    Setting(
        name="COLUMBA_RECONCILE_EVERY",
        default="5",
        parse=parsers.seconds(0.1, 3600),
        help="Seconds between two rounds of the reconciler.",
    ),
    Setting(
        name="COLUMBA_RECONCILE_GRACE",
        default="6",
        parse=parsers.seconds(0, _DAY),
        help="Seconds that a delivery may be overdue before the reconciler looks into it.",
    ),
    Setting(
        name="COLUMBA_BRAKE_AUTOMATIC",
        default="warn",
        parse=parsers.one_of("warn", "pull", "off"),
        help="What to do when there is far more of a kind than usual, or most of it dies: tell (`warn`), or hold it "
        "until somebody decides (`pull`). A kind younger than a week has no usual range.",
    ),
    Setting(
        name="COLUMBA_BRAKE_VOLUME",
        default="10",
        parse=parsers.whole(0, 1_000_000),
        help="So many times as many events of a kind within an hour as in its busiest hour of 35 days are unusual. 0: "
        "no number is.",
    ),
    Setting(
        name="COLUMBA_BRAKE_VOLUME_FLOOR",
        default="1000",
        parse=parsers.whole(1, 999_999_999),
        help="Events of a kind within an hour that are usual in any case.",
    ),
    Setting(
        name="COLUMBA_BRAKE_FAILURES",
        default="50",
        parse=parsers.whole(0, 100),
        help="Of about the last 200 deliveries of a kind, so many per cent that died are unusual, if that is twice as "
        "many as in the 35 days before. 0: no number is.",
    ),
    Setting(
        name="COLUMBA_ALIVE_FILE",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="none",
        help="A file that a process renews while it is healthy, for a container's health check.",
    ),
    Setting(
        name="COLUMBA_LOG_LEVEL",
        default="info",
        parse=parsers.one_of("debug", "info", "warning", "error"),
        help="How much is told; at `debug` addresses are written out.",
    ),
    Setting(
        name="COLUMBA_LOG_FORMAT",
        default="text",
        parse=parsers.one_of("text", "json"),
        help="Lines for people or for programs.",
    ),
    *UNSUBSCRIBING,
    *(setting for target in IN_DOUBT for setting in settings_of(target)),
)
