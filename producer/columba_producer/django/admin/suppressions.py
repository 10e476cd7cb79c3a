"""Who must not be written to: the list, and how somebody is put on it and taken off."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.event import MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH
from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect, QueryDict
from django.urls import URLPattern, path

from columba_producer.django.admin.listing import LogAdmin, is_asked_wrongly
from columba_producer.django.admin.office import desk
from columba_producer.django.admin.row import Cell, Row, moment, searched, text
from columba_producer.django.admin.ruling import LONGEST, MOST, who

if TYPE_CHECKING:
    from columba_consumers.desk import Allowed, Desk, Page, Wanted

_LIFT: Final = ("lift", "Take off the list")
_MOST_STILL: Final = 5
_MOST_DAYS: Final = 36_500


class Suppressing(forms.Form):
    """Who must not be written to, on what, about what, and why."""

    required_css_class = "required"
    address = forms.CharField(
        max_length=MAX_ADDRESS_LENGTH,
        help_text="An address; @example.org for a whole domain, *.example.org for all below it. What waits ends before "
        "this page answers: where thousands do, `columba suppress` is for it.",
    )
    target = forms.ChoiceField(required=False, help_text="On this target only, or on every one.")
    category = forms.CharField(
        required=False, max_length=MAX_NAME_LENGTH, help_text="About this only; empty: about everything."
    )
    days = forms.IntegerField(
        required=False, min_value=1, max_value=_MOST_DAYS, help_text="For so many days; empty: until it is taken off."
    )
    why = forms.CharField(
        max_length=LONGEST,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="Written down with your name, and shown to whoever asks.",
    )

    def __init__(self, targets: Sequence[str], *given: Any, **more: Any) -> None:  # noqa: ANN401 - as Django has it
        super().__init__(*given, **more)
        self.fields["target"].choices = [("", "every"), *((each, each) for each in targets)]
        for each in ("address", "category"):
            self.fields[each].widget.attrs["class"] = "vTextField"

    @property
    def said(self) -> dict[str, str]:
        """Who, on what, about what, and why."""
        return {name: self.cleaned_data[name] for name in ("address", "target", "category", "why")}

    @property
    def until(self) -> datetime | None:
        """When it runs out."""
        days = self.cleaned_data["days"]
        return None if days is None else utc_now() + timedelta(days=days)


class SuppressionAdmin(LogAdmin):
    """Lists who must not be written to, on what, and who says so; adds to it, and takes off it."""

    columns = ("address", "target, category", "why", "who, source", "since, until (UTC)")
    hint = "An address: whatever it is on the list by, its domain too."

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return entries in the order of their addresses."""
        return found.suppressions(asked)

    def row(self, each: Any) -> Row:  # noqa: ANN401 - a Suppression
        """Return an entry."""
        return Row(
            key=msgspec.json.encode(each.key).decode(),
            cells=(
                Cell(text=each.address, link=self.link("changelist", model="delivery", query=searched(each.address))),
                text(", ".join([each.target or "every", *filter(None, [each.category])])),
                Cell(text=each.why or "", sort="words"),
                text(f"{each.who}, {each.source.value}"),
                Cell(text=" to ".join(filter(None, [moment(each.at), moment(each.until)])), sort="moment"),
            ),
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may add suppressions puts somebody on the list."""
        return self.may(request, "add")

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Whoever may delete them takes somebody off it."""
        del obj
        return self.may(request, "delete")

    def get_urls(self) -> list[URLPattern]:
        """Return the list, and the two deeds."""
        return [
            *super().get_urls(),
            path("add/", self.guarded(self.added), name=self.name_of("add")),
            path("lift/", self.guarded(self.lifted), name=self.name_of("lift")),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Show a page of the list, with what may be done."""
        more = {
            "rulings": [_LIFT] if self.has_delete_permission(request) else [],
            "decide_url": self.link("lift"),
            "add_url": self.link("add") if self.has_add_permission(request) else "",
            "back": request.GET.urlencode(),
        }
        return super().changelist_view(request, {**more, **(extra_context or {})})

    def added(self, request: HttpRequest) -> HttpResponse:
        """Ask who and why; then write to them no more."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        with desk() as found:
            form = Suppressing(found.settings.targets, request.POST if request.method == "POST" else None)
            if form.is_valid():
                try:
                    done = found.suppress(who=who(request), until=form.until, **form.said)
                except ColumbaError as error:
                    if not is_asked_wrongly(error):
                        raise
                    form.add_error(None, str(error))
                else:
                    told = "On the list" if done.listed.new else "On the list before, and brought up to date"
                    told = "On the list already, as it was" if done.listed.known else told
                    messages.success(request, f"{told}. Deliveries that waited and are suppressed: {done.ended}.")
                    return HttpResponseRedirect(self.link("changelist"))
        return self.rendered(request, "suppress", {"title": "Write no more to somebody", "form": form})

    def lifted(self, request: HttpRequest) -> HttpResponse:
        """Ask why; then let them be written to again."""
        if not self.has_delete_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        given, back = request.POST.getlist("_selected_action"), QueryDict(request.POST.get("back", "")).urlencode()
        list_url = self.link("changelist", query=f"?{back}" if back else "")
        if request.POST.get("ruling") != _LIFT[0] or not given:
            messages.warning(request, "Choose some entries, and what is to become of them.")
            return HttpResponseRedirect(list_url)
        if len(given) > MOST:
            raise BadRequest(f"at most {MOST} entries at once")
        keys, why, confirmed = _keys(given), request.POST.get("why", "").strip(), "confirmed" in request.POST
        if confirmed and not why:
            messages.warning(request, "Say why: nothing is taken off the list without a reason.")
        if not (confirmed and why):
            return self.rendered(request, "decide", _asking(keys, given, back))
        with desk() as found:
            _tell(request, found.allow(keys, who=who(request), why=why))
        return HttpResponseRedirect(list_url)


def _keys(given: Sequence[str]) -> list[tuple[str, str, str]]:
    """Return each entry's address, target and category; raises BadRequest."""
    try:
        return [msgspec.json.decode(each, type=tuple[str, str, str]) for each in given]
    except (msgspec.MsgspecError, ValueError) as error:
        raise BadRequest("that is no entry of the list") from error


def _asking(keys: Sequence[tuple[str, str, str]], given: Sequence[str], back: str) -> dict[str, Any]:
    return {
        "title": f"{_LIFT[1]}?",
        "words": _LIFT[1],
        "ruling": _LIFT[0],
        "question": "They are written to again. What the entries ended waits again, unless it has expired.",
        "keys": given,
        "back": back,
        "columns": ("address", "target", "category"),
        "rows": [Row(cells=(text(address), text(on or "every"), text(of or "every"))) for address, on, of in keys],
        "reason_needed": True,
    }


def _tell(request: HttpRequest, done: "Allowed") -> None:
    if done.entries:
        entries = "1 entry" if done.entries == 1 else f"{done.entries} entries"
        messages.success(request, f"{entries} taken off the list. Deliveries that wait again: {done.back}.")
    else:
        messages.warning(request, "None of them is on the list any more.")
    for unused in done.unused[:_MOST_STILL]:
        again = f"`columba addresses activate {unused.user_id} --address {unused.address}` takes it into use"
        messages.warning(request, f"User {unused.user_id}'s {unused.target} address is out of use: {again}.")
    for each in done.still[:_MOST_STILL]:
        on, of = each.target or "every target", f" about {each.category}" if each.category else ""
        messages.warning(request, f"Still on the list, and so not written to: {each.address} on {on}{of}.")
