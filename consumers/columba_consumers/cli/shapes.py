"""What each command prints with --json: the names in its lines, which programs rely on."""

from typing import Final

DELIVERY: Final = (
    "id event_id target kind lane address state reason due_at revision claim attempts crashes process_id handed_on "
    "key user_id auto four_eyes digest_id created_at updated_at"
)
ATTEMPT: Final = (
    "delivery_id claim number outcome stage reply provider_id account version process_id started_at finished_at"
)
EVENT: Final = (
    "id target kind lane producer created_at due_at expires_at recorded_at about withdraws context attachments"
)

BRAKE: Final = "id kind target domain producer since until automatic who why at ended_at ended_by ending held"
SUPPRESSION: Final = "address target category source who why at until"

BOUNCE: Final = "delivery_id finding target address domain effect status said reporter sent_at at"

RUN: Final = "sent failed retrying others too_many_failed stopped down silent paused"

SHAPES: Final[dict[str, str]] = {
    "up --once": RUN,
    "work --once": RUN,
    "relay --once": "events",
    "reconcile --once": "processes_ended settled parked sent_on restored dead_letters unseen redeclared problem",
    "enqueue": "event_id kind targets to users audience",
    "render": "kind target address headers text html attachments size digest frozen sent_at relevant message",
    "rehearse": "number would breaks",
    "list": DELIVERY,
    "show": "events deliveries number message message_problem acts tells",
    "explain": "address deliveries timeline out_of_use suppressed shortened outbox files_problem",
    "dead": "at number groups letters unreadable problem",
    "backlog": "at by parts unrecorded outbox windows closed paused window_seconds problem",
    "health": "at healthy findings",
    "dead --compare": "restored targets",
    "stats": "at counts overdue outbox set_aside unreadable processes queues paused ways accounts brakes problem",
    "retry": "dry_run selection selected others reopened left examples published fates problem",
    "replay": "dry_run selection selected others reopened left examples published fates problem letters",
    "replay --unfinished": "id who words number went at problem terms",
    "replay --unrouted": "dry_run restored unroutable malformed left",
    "purge": "dry_run about before deliveries attempts events malformed outbox processes acts orders selections keys "
    "brakes destinations volumes blobs dead_letters",
    "templates check": "healthy kinds renderers problems unused contract",
    "templates diff": "kind target same changed breaks mended broken found",
    "templates extract": "file locale texts translated fuzzy changed",
    "files compare": "destination same tree files unfinished local_tree missing extra changed",
    "files compare DESTINATION": "destination tree contents unfinished",
    "files clean": "destination dry_run unfinished exports bytes",
    "migrate": "database before state changed",
    "topology show": "what name kind arguments",
    "topology apply": "broker declared queues",
    "topology check": "broker missing",
    "hold": "dry_run meant done left named unrecorded published problem",
    "approve": "dry_run meant done left named unrecorded published problem",
    "cancel": "dry_run meant done left named unrecorded published problem",
    "cancel --all-pending": "dry_run cancelled too_late holds_for",
    "reschedule": "dry_run meant done left named unrecorded published problem",
    "settle": "dry_run meant done left named unrecorded published problem",
    "amend": "done left problem",
    "hold --dry-run": "dry_run meant groups",
    "triage": "at piles queues problem",
    "triage --drop": "dry_run rules",
    "addresses list": "user_id target address active synced name locale zone reason",
    "suppress": "new changed known ended bad",
    "suppress --list": SUPPRESSION,
    "suppress --check": "address suppressed entries",
    "unsuppress": "lifted back still",
    "bounce": "sort belief bounces",
    "bounce --list": BOUNCE,
    "bounce --maildir": "mails reports suppressed left",
    "bounce --dismiss": "decided back",
    "forget": "dry_run deliveries erased letters handed",
    "pause": "paused already",
    "resume": "resumed already",
    "brake on": "dry_run id waiting",
    "brake list": BRAKE,
    "brake off": "dry_run id ending done left problem",
    "list --freeze": "id who words number at",
    "doctor": "healthy findings settings",
}
"""The names in a line, by command."""

PARTS: Final[dict[str, str]] = {
    "each of `silent` (up --once, work --once)": "target destination",
    "each of `deliveries` (show, explain)": "delivery attempts bounces chain files next answer",
    "`delivery`": DELIVERY,
    "each of `attempts`": ATTEMPT,
    "each of `bounces`": BOUNCE,
    "each of `files` (explain)": "name size stored",
    "each of `chain`": "target delivery_id address state reason due_at updated_at reached",
    "each of `events` (show)": EVENT,
    "each of `timeline`": "at delivery_id kind target state text",
    "each of `findings`": "about verdict text fix",
    "each of `settings`": "name value origin place",
    "each of `counts`": "target lane state number",
    "each of `overdue`": "target lane number oldest_due_at",
    "each of `kinds` (templates check)": "kind target version renderer needs unknown_from",
    "each of `found` (templates diff)": "change example address diff reason number",
    "`contract` (templates check)": "file differences reworded",
    "each of `needs`": "name always loaded places",
    "each of `renderers`": "pattern target function",
    "each of `groups` (dead)": "cause target state first_at last_at oldest_at number kinds example",
    "`example`": "delivery_id reason stage",
    "each of `acts` (show)": "author what at delivery_id event_id detail",
    "each of `out_of_use`": "user_id target reason",
    "each of `suppressed` (explain), `entries` and `still`": SUPPRESSION,
    "each of `bad` (suppress)": "line problem",
    "each of `named`": "delivery_id why state words",
    "each of `paused` (stats, backlog)": "target who why at",
    "each of `ways` (stats)": "target destination down_since shut_until a_second reply",
    "each of `parts` (backlog)": "target name due oldest_due_at coming later held went came",
    "each of `closed` (backlog)": "target name down_since shut_until reply",
    "each of `brakes` (stats)": BRAKE,
    "each of `breaks`": "kind target stage reason example address number",
    "`outbox`": "waiting oldest_at set_aside",
    "each of `targets` (dead --compare; by name)": "letters strangers stale missing purged malformed queue",
    "each of `letters` (replay; by target)": "letters strangers stale purged malformed",
    "each of `examples` (by why they stay)": "delivery_id why words address",
}
"""The names in what lies deeper."""
