"""Moments with and without a time zone."""

from datetime import UTC, datetime, timedelta

import pytest
from columba_producer.django.moments import as_kept, aware, still_to_come
from columba_shared.clock import utc_now
from django.test import override_settings
from django.utils import timezone


@pytest.mark.parametrize("use_tz", [True, False])
def test_a_moment_of_the_projects_is_compared_whatever_it_has(*, use_tz: bool) -> None:
    with override_settings(USE_TZ=use_tz):
        for each in (timezone.make_naive(utc_now()), utc_now()):
            assert still_to_come(each - timedelta(minutes=1)) is None
            assert still_to_come(each + timedelta(minutes=1)) == aware(each) + timedelta(minutes=1)


def test_a_moment_of_columbas_is_kept_as_the_project_keeps_its_own() -> None:
    moment = datetime(2026, 7, 1, 10, tzinfo=UTC)
    assert as_kept(moment) == moment
    with override_settings(USE_TZ=False):
        assert as_kept(moment) == datetime(2026, 7, 1, 12)  # noqa: DTZ001 - in Vienna
        assert as_kept(None) is None
