# coding: utf-8
from __future__ import unicode_literals

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from chartroom.models.schedule import MAX_COUNTED, MAX_EVERY, BadSchedule, Cron, Every, in_utc, schedule, stored
from tests.sources.timers.clock import utc


def times(expression, start, count):
    """The first due times after ``start``, in local time with its offset from UTC."""
    cron, moment, found = Cron(expression), utc(start), []
    for _ in range(count):
        moment = cron.after(moment)
        found.append(moment.astimezone(timezone.get_default_timezone()).strftime("%d. %H:%M %z"))
    return found


class TestSeconds:

    def test_due_times_stand_on_a_grid_however_late_one_is_said(self):
        assert Every(5).follow(utc("2024-05-01 12:00:00"), utc("2024-05-01 12:00:04")) == (
            utc("2024-05-01 12:00:00"), 0, utc("2024-05-01 12:00:05"))
        assert Every(5).follow(utc("2024-05-01 12:00:00"), utc("2024-05-01 12:00:05")) == (
            utc("2024-05-01 12:00:05"), 1, utc("2024-05-01 12:00:10"))

    def test_of_those_that_passed_the_newest_is_due_and_the_others_are_counted(self):
        step = Every(5).follow(utc("2024-05-01 12:00:00"), utc("2024-05-02 12:00:03"))
        assert step == (utc("2024-05-02 12:00:00"), 86400 // 5, utc("2024-05-02 12:00:05"))

    def test_the_first_comes_after_whole_seconds_and_not_before_its_time(self):
        now = utc("2024-05-01 12:00:00") + timedelta(microseconds=1)
        assert Every(5).after(now) == utc("2024-05-01 12:00:06")
        assert Every(5).after(utc("2024-05-01 12:00:00")) == utc("2024-05-01 12:00:05")

    def test_a_clock_that_was_set_back_makes_nothing_due_twice(self):
        seen = utc("2024-05-01 12:00:00")
        assert Every(5).follow(seen, seen - timedelta(hours=1)) == (seen, 0, seen + timedelta(seconds=5))

    @pytest.mark.parametrize("seconds", [0, -1, MAX_EVERY + 1, 10 ** 30, 1.5, "5", True])
    def test_what_is_no_number_of_seconds(self, seconds):
        with pytest.raises(BadSchedule):
            Every(seconds)

    def test_the_least_and_the_most(self):
        assert Every(1).seconds == 1 and Every(MAX_EVERY).seconds == 31536000


class TestCron:

    def test_it_is_read_in_the_projects_time_zone(self, settings):
        settings.TIME_ZONE = "Asia/Shanghai"
        assert Cron("30 9 * * mon-fri").after(utc("2024-05-03 03:00")) == utc("2024-05-06 01:30")

    def test_a_due_time_is_behind_and_never_at_the_moment(self):
        assert Cron("0 * * * *").after(utc("2024-05-01 12:00")) == utc("2024-05-01 13:00")
        assert Cron("* 12 * * *").after(utc("2024-05-01 12:00:59")) == utc("2024-05-01 12:01")
        assert Cron("* * * * *").after(utc("2024-05-01 12:00:59")) == utc("2024-05-01 12:01")

    def test_either_of_two_days_is_enough(self):
        assert times("0 0 13 * fri", "2024-09-10 00:00", 3) == ["13. 00:00 +0000", "20. 00:00 +0000", "27. 00:00 +0000"]
        assert times("0 0 15 * fri", "2024-09-13 00:00", 2) == ["15. 00:00 +0000", "20. 00:00 +0000"]

    def test_a_leap_day_is_waited_for(self):
        assert Cron("0 0 29 2 *").after(utc("2024-03-01 00:00")) == utc("2028-02-29 00:00")

    def test_of_those_that_passed_the_newest_is_due_and_the_others_are_counted(self):
        step = Cron("*/10 * * * *").follow(utc("2024-05-01 12:00"), utc("2024-05-01 12:35"))
        assert step == (utc("2024-05-01 12:30"), 3, utc("2024-05-01 12:40"))

    def test_one_that_passed_alone_is_due_and_nothing_is_missed(self):
        step = Cron("0 9 * * *").follow(utc("2024-05-01 09:00"), utc("2024-05-01 23:00"))
        assert step == (utc("2024-05-01 09:00"), 0, utc("2024-05-02 09:00"))

    def test_a_due_time_that_is_this_very_moment_counts(self):
        step = Cron("0 * * * *").follow(utc("2024-05-01 12:00"), utc("2024-05-01 14:00"))
        assert step == (utc("2024-05-01 14:00"), 2, utc("2024-05-01 15:00"))

    @pytest.mark.parametrize("expression", ["* * * * *", "* * * 1 *", "* 0 1 1 *", "0 0 1 1 *"])
    def test_years_that_passed_take_no_time(self, expression):
        cron, now, began = Cron(expression), utc("2024-06-15 12:00:30"), time.time()
        step = cron.follow(cron.after(utc("2014-06-15 12:00")), now)
        assert time.time() - began < 2
        assert step.due <= now < step.next == cron.after(step.due) and step.missed <= MAX_COUNTED

    @pytest.mark.parametrize("expression", [
        "", "* * * *", "* * * * * *", "@daily", "60 * * * *", "0 24 * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 8",
        "*/0 * * * *", "5-1 * * * *", "1,,2 * * * *", "a * * * *", "? * * * *", "1-99999999999999999999 * * * *",
        "٣ * * * *", "0 0 * * mon#9", "hello", "0 9 * * *; rm", "0 0 30 2 *", "0 0 31 4,6 *",
        "r * * * *", "H * * * *", "r(1-5) * * * *",
    ])
    def test_what_is_no_expression_or_comes_never(self, expression):
        with pytest.raises(BadSchedule) as caught:
            Cron(expression)
        assert caught.value.args[0]

    def test_a_day_that_never_comes_is_called_so(self):
        with pytest.raises(BadSchedule) as caught:
            Cron("0 0 30 2 *")
        assert "does not exist" in caught.value.args[0]

    def test_names_are_known_in_either_case_and_blanks_count_for_nothing(self):
        assert Cron("  0  9 * JAN  Mon ").after(utc("2024-05-01 00:00")) == utc("2025-01-06 09:00")


class TestChangeOfTheClocks:
    """New York: 10 March 2024, 2:00 becomes 3:00; 3 November, 2:00 becomes 1:00."""

    @pytest.fixture(autouse=True)
    def new_york(self, settings):
        settings.TIME_ZONE = "America/New_York"

    def test_a_time_of_day_that_is_left_out_comes_at_the_end_of_the_gap(self):
        assert times("30 2 * * *", "2024-03-09 12:00", 2) == ["10. 03:00 -0400", "11. 02:30 -0400"]

    def test_and_several_of_them_come_once(self):
        assert times("*/20 2 * * *", "2024-03-09 12:00", 2) == ["10. 03:00 -0400", "11. 02:00 -0400"]

    def test_a_time_of_day_that_comes_twice_counts_the_first_time(self):
        assert times("30 1 * * *", "2024-11-02 12:00", 2) == ["03. 01:30 -0400", "04. 01:30 -0500"]

    def test_each_hour_leaves_out_the_one_that_is_not(self):
        assert times("30 * * * *", "2024-03-10 05:45", 2) == ["10. 01:30 -0500", "10. 03:30 -0400"]

    def test_and_comes_in_both_of_the_hours_of_one_name(self):
        assert times("30 * * * *", "2024-11-03 05:00", 3) == ["03. 01:30 -0400", "03. 01:30 -0500", "03. 02:30 -0500"]

    def test_a_full_hour_at_the_change_itself(self):
        assert times("0 * * * *", "2024-11-03 04:30", 3) == ["03. 01:00 -0400", "03. 01:00 -0500", "03. 02:00 -0500"]
        assert times("0 * * * *", "2024-03-10 05:30", 2) == ["10. 01:00 -0500", "10. 03:00 -0400"]

    def test_every_minute_stays_every_minute(self):
        cron = Cron("* * * * *")
        for moment in (utc("2024-03-10 05:00"), utc("2024-11-03 04:00")):
            for _ in range(240):
                assert cron.after(moment) == moment + timedelta(minutes=1)
                moment += timedelta(minutes=1)

    def test_a_day_that_was_left_out(self, settings):
        settings.TIME_ZONE = "Pacific/Apia"  # It had no 30 December 2011.
        assert times("0 9 * * *", "2011-12-29 00:00", 3) == ["29. 09:00 -1000", "31. 00:00 +1400", "31. 09:00 +1400"]

    def test_an_hour_of_thirty_minutes(self, settings):
        settings.TIME_ZONE = "Australia/Lord_Howe"
        assert times("45 * * * *", "2024-04-06 14:30", 3) == ["07. 01:45 +1100", "07. 01:45 +1030", "07. 02:45 +1030"]

    def test_nothing_is_due_twice_over_years(self):
        for expression in ("*/7 1-3 * * sun", "*/7 * * * sun"):
            cron, moment = Cron(expression), utc("2023-01-01 00:00")
            while moment < utc("2025-01-01 00:00"):
                later = cron.after(moment)
                assert later > moment
                moment = later


class TestOneOfTheTwo:

    def test_seconds_or_an_expression(self):
        assert isinstance(schedule(5, ""), Every) and isinstance(schedule(None, "* * * * *"), Cron)

    @pytest.mark.parametrize("every, cron", [(None, ""), (5, "* * * * *"), (0, "* * * * *"), (None, None)])
    def test_not_both_and_not_neither(self, every, cron):
        with pytest.raises(BadSchedule):
            schedule(every, cron)


@pytest.mark.parametrize("use_tz", [True, False])
def test_what_the_database_holds_is_the_same_moment(use_tz, settings):
    settings.TIME_ZONE, settings.USE_TZ = "Asia/Shanghai", use_tz
    moment = utc("2024-05-01 12:00")
    assert timezone.is_aware(stored(moment)) is use_tz
    assert in_utc(stored(moment)) == moment
