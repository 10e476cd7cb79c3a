"""A list in the admin whose rows come from the log: by the page, found by key, nothing counted."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, Final

from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError, InvalidSetting, InvalidSettings
from columba_shared.state import State
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import connections, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.urls.exceptions import NoReverseMatch

from columba_producer.django.admin.office import desk, wanted
from columba_producer.django.admin.row import FIRST, Choice, Row, Sieve

if TYPE_CHECKING:
    from columba_consumers.desk import Desk, Page, Wanted

_PERIODS: Final = {
    "1h": ("past hour", timedelta(hours=1)),
    "1d": ("past day", timedelta(days=1)),
    "7d": ("past 7 days", timedelta(days=7)),
    "30d": ("past 30 days", timedelta(days=30)),
}
_TYPED: Final = ("state", "target", "kind", "event")
_TITLES: Final = {"since": "time"}
_BAD_REQUEST: Final = 400
_UNAVAILABLE: Final = 503
View = Callable[..., HttpResponse]


class LogAdmin(admin.ModelAdmin):
    """Shows a list of the log's under the name and the permissions of a model; no row of it is changed by hand."""

    columns: Sequence[str] = ()
    filters: Sequence[str] = ("target",)
    """Which of the filters below the list has a column for: state, target, kind, since."""
    hint = ""
    """What may be searched for."""

    def page(self, found: "Desk", asked: "Wanted") -> "Page[Any]":
        """Return the rows that the log has."""
        raise NotImplementedError

    def row(self, each: Any) -> Row:  # noqa: ANN401 - a row of page's
        """Return it as the list shows it."""
        raise NotImplementedError

    def notices(self, found: "Desk") -> Iterable[str]:
        """Return what is to be told above the list."""
        del found
        return ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds rows by hand, unless a list says otherwise."""
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody changes them, unless a list says otherwise."""
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nobody deletes them: `columba purge` does that."""
        del request, obj
        return False

    def may(self, request: HttpRequest, deed: str) -> bool:
        """Say whether the user has one of the model's own permissions, such as ``read``."""
        return bool(request.user.has_perm(f"{self.opts.app_label}.{deed}_{self.opts.model_name}"))

    def get_urls(self) -> list[URLPattern]:
        """Return the list's page."""
        return [path("", self.guarded(self.changelist_view), name=self.name_of("changelist"))]

    def name_of(self, page: str) -> str:
        """Return what Django calls a page of this model's."""
        return f"{self.opts.app_label}_{self.opts.model_name}_{page}"

    def guarded(self, view: View) -> View:
        """Return the view for those who may see the list; the log's errors become a page that tells them.

        Outside of the request's own transaction: the log's is another, which on SQLite would wait for it.
        """

        @wraps(view)
        def seen(request: HttpRequest, *arguments: object, **named: object) -> HttpResponse:
            if not self.has_view_permission(request):
                raise PermissionDenied
            request.current_app = self.admin_site.name
            try:
                return view(request, *arguments, **named)
            except ColumbaError as error:
                status = _BAD_REQUEST if is_asked_wrongly(error) else _UNAVAILABLE
                return self.rendered(request, "away", {"title": "Columba", "problem": str(error)}, status=status)

        found: View = self.admin_site.admin_view(seen)
        for alias in connections:  # each has its own ATOMIC_REQUESTS, and the log may be in any of them
            found = transaction.non_atomic_requests(using=alias)(found)
        return found

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        """Show a page of the list."""
        asked = wanted(**_asked(request))
        with desk() as found:
            page = self.page(found, asked)
            context = {
                "title": str(self.opts.verbose_name_plural).capitalize(),
                "columns": self.columns,
                "rows": [self.row(each) for each in page.rows],
                "notices": list(self.notices(found)),
                "sieves": self._sieves(request, found.settings.targets),
                "search": asked.search,
                "kind": asked.kind if "kind" in self.filters else None,
                "kept": [(name, value) for name, value in request.GET.items() if name not in {"q", "kind", FIRST}],
                "narrowed": any(name != FIRST for name in request.GET),
                "first": _query(request, **{FIRST: None}) if asked.after else "",
                "next": _query(request, **{FIRST: page.after}) if page.after else "",
                "hint": self.hint,
            }
        return self.rendered(request, "list", {**context, **(extra_context or {})})

    def rendered(
        self, request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
    ) -> HttpResponse:
        """Return a page of the admin's."""
        known = {**self.admin_site.each_context(request), "opts": self.opts, "list_url": self.link("changelist")}
        return TemplateResponse(request, f"columba_admin/{template}.html", {**known, **context}, status=status)

    def link(self, page: str, *arguments: object, model: str = "", query: str = "") -> str:
        """Return where a page is, of this model or another; empty where there is none."""
        name = f"{self.opts.app_label}_{model or self.opts.model_name}_{page}"
        try:
            found = reverse(f"admin:{name}", args=arguments, current_app=self.admin_site.name)
        except NoReverseMatch:
            return ""
        return f"{found}{query}"

    def _sieves(self, request: HttpRequest, targets: Iterable[str]) -> list[Sieve]:
        values = {
            "state": {each.value: each.replace("_", " ") for each in State},
            "target": {each: each for each in targets},
            "since": {name: words for name, (words, _) in _PERIODS.items()},
        }
        return [_sieve(request, name, values[name]) for name in self.filters if name in values]


def is_asked_wrongly(error: ColumbaError) -> bool:
    """Say whether the fault is in what somebody asked for, and not in the settings or the log."""
    return isinstance(error, ValueError) and not isinstance(error, InvalidSetting | InvalidSettings)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """Return the filters that the query names, empty where it does not; what it means the desk checks."""
    given = request.GET
    since = _PERIODS.get(given.get("since", ""))
    typed = {name: given.get(name, "").strip() for name in _TYPED}
    return {
        **typed,
        "search": given.get("q", "").strip(),
        "since": utc_now() - since[1] if since else None,
        "after": given.get(FIRST) or None,
    }


def _sieve(request: HttpRequest, name: str, values: Mapping[str, str]) -> Sieve:
    chosen = request.GET.get(name, "")
    known = dict(values) if not chosen or chosen in values else {**values, chosen: chosen}
    choices = [
        Choice(text=words, query=_query(request, **{name: value or None, FIRST: None}), selected=value == chosen)
        for value, words in {"": "All", **known}.items()
    ]
    return Sieve(title=_TITLES.get(name, name), choices=choices)


def _query(request: HttpRequest, **changed: str | None) -> str:
    """Return the query with these changed; None takes one out."""
    query = request.GET.copy()
    for name, value in changed.items():
        query.pop(name, None)
        if value is not None:
            query[name] = value
    return f"?{query.urlencode()}"
