"""The four models in Django's admin: what is saved or deleted here is told to Columba as anywhere else."""

from typing import Any, Final

from django.contrib import admin

from django_notification_system.models import (
    Notification,
    NotificationOptOut,
    NotificationTarget,
    TargetUserRecord,
)

_OF_USER: Final = ("user__username", "user__first_name", "user__last_name", "user__email")


class Mine(admin.SimpleListFilter):
    """Everybody's, or one's own."""

    title = "User"
    parameter_name = "just_me"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:  # noqa: ARG002 - as Django calls it
        """Return what can be chosen beside everything."""
        return [("true", "Just Me")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Return what was chosen."""
        return queryset.filter(user=request.user) if self.value() == "true" else queryset


@admin.register(Notification)
class NotificationAdmin(admin.ModelAdmin):
    """What is to be said to whom, and what became of it."""

    list_display = ("target_user_record", "status", "scheduled_delivery", "attempted_delivery")
    list_filter = ("status", ("attempted_delivery", admin.EmptyFieldListFilter), "target_user_record__target")
    list_select_related = ("target_user_record__user",)
    search_fields = (*(f"target_user_record__{each}" for each in _OF_USER), "title", "body")
    autocomplete_fields = ("target_user_record",)


@admin.register(NotificationOptOut)
class NotificationOptOutAdmin(admin.ModelAdmin):
    """Who does not want to be told."""

    list_display = ("user", "active")
    search_fields = _OF_USER
    raw_id_fields = ("user",)


@admin.register(NotificationTarget)
class NotificationTargetAdmin(admin.ModelAdmin):
    """The channels."""

    list_display = ("name", "notification_module_name")


@admin.register(TargetUserRecord)
class TargetUserRecordAdmin(admin.ModelAdmin):
    """Users' addresses."""

    list_display = ("user", "target", "description", "target_user_id", "active")
    list_filter = ("active", Mine, "target")
    search_fields = (*_OF_USER, "target_user_id", "description")
    raw_id_fields = ("user",)
