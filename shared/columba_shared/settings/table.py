"""All settings, in one table: it drives parsing, `columba doctor` and docs/settings.md."""

from typing import Final

from columba_shared.blobs.opening import checked_url
from columba_shared.settings import parsers
from columba_shared.settings.bouncing import BOUNCING
from columba_shared.settings.mailing import MAILING
from columba_shared.settings.of_target import IN_DOUBT, settings_of
from columba_shared.settings.posting import POSTING
from columba_shared.settings.publishing import PUBLISHING
from columba_shared.settings.setting import Setting
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
    *PUBLISHING,
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
        help="The database whose outbox the relay, or `columba up`, empties, when it is not the log's.",
    ),
    Setting(
        name="COLUMBA_BLOBS",
        default="",
        parse=parsers.optional(checked_url),
        shown_default="the database of `COLUMBA_DATABASE_URL`",
        help="Where attachments go that are too large to travel: a folder that producers and consumers share "
        "(`file:///srv/columba/blobs`), or a bucket (`s3://bucket/prefix?endpoint=https://…&region=…`), which needs "
        "`columba-consumers[s3]` and `columba-producer[s3]`.",
    ),
    Setting(
        name="COLUMBA_CONFIRM_TIMEOUT",
        default="5",
        parse=parsers.seconds(0.1, 600),
        help="Seconds that a publish waits for the broker's confirm; two in web frameworks, unless it is set.",
    ),
    Setting(
        name="COLUMBA_AMQP_CA_FILE",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="the system's authorities",
        help="Certificates to trust for `amqps://`.",
    ),
    *MAILING,
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
    *BOUNCING,
    *POSTING,
    *(setting for target in IN_DOUBT for setting in settings_of(target)),
)
