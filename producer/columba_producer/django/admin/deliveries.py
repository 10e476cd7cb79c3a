"""The deliveries: what everybody was told, or not and why; and what is to become of those that wait."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten
from typing import TYPE_CHECKING, Any, Final

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path

from columba_producer.django.admin.events import source_link
from columba_producer.django.admin.listing import LogAdmin
from columba_producer.django.admin.message import NOT_KEPT, approve_exactly, message_of
from columba_producer.django.admin.office import desk
from columba_producer.django.admin.row import Cell, Row, moment, text, time
from columba_producer.django.admin.ruling import (
    LONGEST,
    MOST,
    NOTES,
    RULINGS,
    deliveries,
    named,
    tell,
    tell_unfit,
    who,
)

if TYPE_CHECKING:
    from columba_consumers.desk import DeliveryView, Desk, Line, Page, Wanted

_REMARK: Final = 120
"""Characters of a reason that a list shows; the delivery's page has all."""
_NOTHING_RUNS: Final = "frame-src 'none'; object-src 'none'; base-uri 'none'"
"""Where a message is shown: a link in it, once followed, leads nowhere."""


class DeliveryAdmin(LogAdmin):
    """Lists deliveries, shows one with its attempts and its message, and takes decisions about those that wait."""

    columns = ("to", "state", "why, or what next", "kind, target", "changed (UTC)")
    filters = ("kind", "state", "target", "since")
    hint = "An address, a user, a key, the first 8 digits of an id, or more; or a kind: invoice.ready, or invoice.*"

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return deliveries, the one that changed last first."""
        return found.deliveries(asked)

    def notices(self, found: "Desk") -> Iterable[str]:
        """Return what keeps deliveries from going at large."""
        return found.notices()

    def row(self, each: Any) -> Row:  # noqa: ANN401 - a Line
        """Return a delivery; its key says as what it was looked at."""
        delivery = each.delivery
        return Row(
            key=each.key,
            cells=(
                Cell(text=delivery.address, link=self.link("change", delivery.id)),
                Cell(text=delivery.state.replace("_", " "), sort=f"state {delivery.state}"),
                Cell(text=shorten(each.remark, _REMARK, placeholder="…"), sort="words"),
                text(f"{delivery.kind} by {delivery.target}"),
                time(delivery.updated_at),
            ),
        )

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever may change deliveries decides about them."""
        del obj
        return self.may(request, "change")

    def get_urls(self) -> list[URLPattern]:
        """Return the list, the decisions, and the pages of one."""
        return [
            *super().get_urls(),
            path("decide/", self.guarded(self.decided), name=self.name_of("decide")),
            path("<str:key>/", self.guarded(self.shown), name=self.name_of("change")),
            path("<str:key>/message/", self.guarded(self.message), name=self.name_of("message")),
            path("<str:key>/approve/", self.guarded(self.approved), name=self.name_of("approve")),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Show a page of the list, with what may be decided."""
        rulings = [(name, words) for name, (words, _) in RULINGS.items()] if self.has_change_permission(request) else []
        more = {"rulings": rulings, "decide_url": self.link("decide"), "back": request.GET.urlencode()}
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def shown(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show one delivery."""
        view = _view(key)
        delivery = view.delivery
        context = {
            "title": f"{delivery.kind} to {delivery.address}",
            "view": view,
            "facts": self._facts(request, view),
            "attempts": [
                (number, moment(each.started_at), moment(each.finished_at), each) for number, each in view.attempts
            ],
            "happened": [(moment(each.at), each) for each in view.happened],
            "rulings": [(name, RULINGS[name][0]) for name in view.rulings]
            if self.has_change_permission(request)
            else [],
            "decide_url": self.link("decide"),
            "key": view.key,
            "message_url": self.link("message", delivery.id) if view.readable and self.may(request, "read") else "",
        }
        return self.rendered(request, "delivery", context)

    def message(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show its message: as it would be sent now, or as it was sent where that is kept."""
        if not self.may(request, "read"):
            raise PermissionDenied
        view = _view(key)
        shown = message_of(view.delivery.id)
        held = view.delivery.state == "held" and self.has_change_permission(request)
        context = {
            "approve_url": self.link("approve", view.delivery.id) if held and shown.digest else "",
            "title": f"Message to {view.delivery.address}",
            "delivery": view.delivery,
            "delivery_url": self.link("change", view.delivery.id),
            "shown": shown,
        }
        response = self.rendered(request, "message", context)
        response.headers["Content-Security-Policy"] = _NOTHING_RUNS
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def approved(self, request: HttpRequest, key: str) -> HttpResponse:
        """Let go exactly the message that was looked at; one that reads otherwise by now stays held."""
        if not (self.has_change_permission(request) and self.may(request, "read")):
            raise PermissionDenied
        digest, why = request.POST.get("digest", ""), request.POST.get("why", "").strip()
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not digest.isalnum() or len(digest) > LONGEST or "\0" in why:
            raise BadRequest("that is no digest of a message")
        if len(why) > LONGEST:  # no argument of a program's is of any length
            raise BadRequest(f"the reason has {len(why)} characters: at most {LONGEST} are kept")
        delivery = _view(key).delivery
        if problem := approve_exactly(delivery.id, digest, who=who(request), why=why):
            messages.warning(request, problem)
        else:
            messages.success(request, "Approved, word for word as you have read it.")
        return HttpResponseRedirect(self.link("change", delivery.id))

    def decided(self, request: HttpRequest) -> HttpResponse:
        """Ask once more, for a reason too; then carry it out."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        ruling, keys = request.POST.get("ruling", ""), request.POST.getlist("_selected_action")
        back = QueryDict(request.POST.get("back", ""))
        if ruling not in RULINGS or not keys:
            messages.warning(request, "Choose some deliveries, and what is to become of them.")
            return self._back(back)
        if len(keys) > MOST:
            raise BadRequest(f"at most {MOST} deliveries at once")
        with desk() as found:
            if "confirmed" not in request.POST:
                able = found.fitting(ruling, keys)
                tell_unfit(request, ruling, able, back)
                return self._asked(request, ruling, able.fit, back) if able.fit else self._back(back)
            why = request.POST.get("why", "").strip() or None
            tally = found.rule(ruling, keys, who=who(request), why=why)
            tell(request, tally, ruling, found.named(named(tally)))
        return self._back(back)

    def _asked(self, request: HttpRequest, ruling: str, lines: Sequence["Line"], back: QueryDict) -> HttpResponse:
        rows, words = [self.row(each) for each in lines], RULINGS[ruling][0]
        question = f"{words}: {deliveries(len(rows))}. What has changed since you looked at it is left alone."
        context = {
            "title": f"{words}?",
            "words": words,
            "ruling": ruling,
            "question": " ".join(filter(None, (question, NOTES.get(ruling)))),
            "keys": [each.key for each in rows],
            "back": back.urlencode(),
            "rows": rows,
            "columns": self.columns,
        }
        return self.rendered(request, "decide", context)

    def _back(self, query: QueryDict) -> HttpResponse:
        return HttpResponseRedirect(self.link("changelist", query=f"?{query.urlencode()}" if query else ""))

    def _facts(self, request: HttpRequest, view: "DeliveryView") -> Sequence[tuple[str, Cell]]:
        delivery, about, upcoming = view.delivery, view.about or "", view.told.next or ""
        gone = delivery.state == "sent" and not view.readable
        facts = (
            ("delivery", text(delivery.id)),
            ("event", Cell(text=str(delivery.event_id), link=self.link("change", delivery.event_id, model="event"))),
            ("kind", text(delivery.kind)),
            ("target", text(f"{delivery.target}, lane {delivery.lane.value}")),
            ("to", text(delivery.address)),
            ("user", text(delivery.user_id)),
            ("key", text(delivery.key)),
            ("about", Cell(text=about, link=source_link(request, self.admin_site, about))),
            ("due (UTC)", text(moment(delivery.due_at))),
            ("four eyes", text("not by whoever published it, or amended it last" if delivery.four_eyes else None)),
            ("message", text(NOT_KEPT if gone else None)),
            ("what next", text("" if upcoming in view.told.answer else upcoming)),
        )
        return [(name, cell) for name, cell in facts if cell.text]


def _view(key: str) -> "DeliveryView":
    """Return all about a delivery; raises Http404 when there is none."""
    with desk() as found:
        view = found.delivery(key)
    if view is None:
        raise Http404(f"The log knows no delivery {key}.")
    return view
