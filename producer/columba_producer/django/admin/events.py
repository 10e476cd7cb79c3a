"""The events: what apps have published, and what became of each."""

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import NoReverseMatch, URLPattern, path, reverse

from columba_producer.django.admin.listing import LogAdmin
from columba_producer.django.admin.office import desk
from columba_producer.django.admin.row import Cell, Row, moment, text, time

if TYPE_CHECKING:
    from columba_consumers.desk import Desk, EventView, Page, Wanted


class EventAdmin(LogAdmin):
    """Lists events, and shows one with its deliveries."""

    columns = ("kind", "target", "key", "lane", "published (UTC)", "due (UTC)")
    filters = ("kind", "target", "since")
    hint = "The id of an event, or its beginning; or a kind: invoice.ready, or invoice.* for all below."

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return events, the newest first."""
        return found.events(asked)

    def row(self, each: Any) -> Row:  # noqa: ANN401 - a Recorded
        """Return an event on one of its targets."""
        return Row(
            cells=(
                Cell(text=each.kind, link=self.link("change", each.id)),
                text(each.target),
                Cell(text=_withdrawing(each.key) if each.withdraws else each.key or "", sort="words"),
                text(each.lane.value),
                time(each.created_at),
                time(each.due_at),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        """Return the list, and the page of one."""
        return [*super().get_urls(), path("<str:key>/", self.guarded(self.shown), name=self.name_of("change"))]

    def shown(self, request: HttpRequest, key: str) -> HttpResponse:
        """Show one event; what it tells only to those who may read that."""
        with desk() as found:
            view = found.event(key)
        if view is None:
            raise Http404(f"The log knows no event {key}.")
        reads, withdrawn = self.may(request, "read"), view.withdrawn
        first = view.first
        facts = [
            ("event", Cell(text=str(first.id))),
            ("kind", text(first.kind)),
            ("targets", text(", ".join(each.target for each in view.events))),
            ("lane", text(first.lane.value)),
            ("producer", text(first.producer)),
            ("about", self._about(request, view)),
            ("key", text(view.told.key if view.told else None)),
            ("published", text(moment(first.created_at))),
            ("due", text(moment(first.due_at))),
            ("expires", text(moment(first.expires_at))),
        ]
        context = {
            "title": f"Event {first.kind}",
            "facts": [(name, cell) for name, cell in facts if cell.text],
            "context": json.dumps(view.context, indent=2, ensure_ascii=False, default=str)
            if reads and withdrawn is None
            else None,
            "withdraws": None if withdrawn is None else _withdrawing(withdrawn),
            "lines": [
                (Cell(text=each.delivery.address, link=self.link("change", each.delivery.id, model="delivery")), each)
                for each in view.lines
            ],
            "all_link": self.link("changelist", model="delivery", query=f"?event={first.id}"),
            "more": view.more,
            "acts": [(moment(each.at), each) for each in view.acts],
        }
        return self.rendered(request, "event", context)

    def _about(self, request: HttpRequest, view: "EventView") -> Cell:
        """Return what the event is about, with a link to its source where the admin shows that to this user."""
        about = (view.told.about if view.told else None) or ""
        return Cell(text=about, link=source_link(request, self.admin_site, about))


def _withdrawing(key: str) -> str:
    """Return what an event does that tells nobody anything."""
    return f"withdraws what waits under {key}"


def source_link(request: HttpRequest, site: admin.AdminSite, about: str) -> str:
    """Return where the admin has the thing that `order:42` or `shop.order:42` names; empty where it has not."""
    sort, _, key = about.partition(":")
    fitting = [
        (model, its)
        for model, its in site._registry.items()  # noqa: SLF001 - is_registered takes a model, and there is none
        if sort in {model._meta.model_name, model._meta.label_lower}
    ]
    if len(fitting) != 1 or not key:
        return ""
    model, its = fitting[0]
    if not its.has_view_or_change_permission(request):
        return ""
    try:
        thing = model._default_manager.get(pk=key)
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
        return str(reverse(name, args=(thing.pk,), current_app=site.name))
    except (ObjectDoesNotExist, ValueError, ValidationError, OverflowError, NoReverseMatch):
        return ""
