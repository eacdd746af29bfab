from datetime import datetime, time
from functools import lru_cache

import babel.dates
import pytz

from odoo import fields, models
from odoo.tools import babel_locale_parse, format_time

from .wording import get_language

# A date that is further away than a century cannot be counted with.
MOST_DAYS = 36_500


def get_latest(dates):
    """Return the latest of *dates* (a list) if there are some and each is one; else False."""
    return max(dates) if dates and all(dates) else False


def get_day(moment, zone):
    """Return the date of the day in *zone* (its name) on which *moment*, a naive datetime in UTC, is."""
    return pytz.timezone(zone).fromutc(moment).date()


def get_start_of_day(day, zone):
    """Return the naive datetime in UTC with which *day*, a date, begins in *zone*."""
    return pytz.timezone(zone).localize(datetime.combine(day, time.min)).astimezone(pytz.utc).replace(tzinfo=None)


@lru_cache(maxsize=256)
def format_day(day, language, is_this_year):
    """Return *day*, a date, as it is written in a language: with the month's name, and a year where it is another.

    It is the language's own short form: "9 déc.", "9. Dez. 2027". English has two of them, and we speak one: "9 Dec".

    :param language: its code
    """
    locale = babel_locale_parse(language)
    if locale.language == "en":
        pattern = "d MMM" if is_this_year else "d MMM y"
    else:
        pattern = locale.datetime_skeletons["MMMd" if is_this_year else "yMMMd"].pattern
    return babel.dates.format_date(day, format=pattern, locale=locale)


class StockDayMixin(models.AbstractModel):
    """A record that speaks of days: of what is promised, has shipped or is late.

    A day is a day of the warehouse, whoever reads it and wherever he is; which zone that is says
    ``stock.warehouse._get_zone``. Where a day is told, compared or counted, it is asked here, and in SQL of
    ``stock.warehouse._get_day_sql``. Moments with their time of the day remain the reader's, as everywhere in Odoo.
    """

    _name = "stock.day.mixin"
    _description = "Days of a Warehouse"

    def _get_day_warehouse(self):
        """Return the warehouse of whose days the record speaks; empty where there is none."""
        raise NotImplementedError

    def _get_zone(self):
        """Return the name of the time zone of the record's days."""
        # Which warehouse it is need not be readable for who is told a day.
        record = self.sudo()
        return record._get_day_warehouse()._get_zone(record.company_id)

    def _get_day(self, moment):
        """Return the date of the day on which *moment* (a naive datetime in UTC) is; False for none."""
        return bool(moment) and get_day(moment, self._get_zone())

    def _get_today(self):
        return self._get_day(fields.Datetime.now())

    def _is_same_day(self, moment, other):
        return self._get_day(moment) == self._get_day(other)

    def _is_day_over(self, moment):
        """Whether the day on which *moment* is has passed: what is due on a day is in time until it is over."""
        return self._get_day(moment) < self._get_today()

    def _count_days(self, since, until):
        """Return on how many days later than *since* the moment *until* is; negative when it is earlier."""
        return (self._get_day(until) - self._get_day(since)).days

    def _format_day(self, moment):
        """Return the day of *moment*, see :meth:`_format_date`."""
        zone = moment and self._get_zone()
        return self._format_date(moment and get_day(moment, zone), zone)

    def _format_date(self, day, zone=None):
        """Return *day*, a date, as it is told everywhere, in the reader's language: "9 Dec", "9 Dec 2027".

        The year is said where it is another than the present one. "" for no day.

        :param zone: that of the record's days, where it is known
        """
        if not day:
            return ""
        today = get_day(fields.Datetime.now(), zone or self._get_zone())
        return format_day(day, get_language(self.env), day.year == today.year)

    def _format_moment(self, moment):
        """Return the day of *moment* and its time of the day, both the warehouse's: "9 Dec 14:30"."""
        time_of_day = format_time(self.env, moment, tz=self._get_zone(), time_format="HH:mm")
        return f"{self._format_day(moment)} {time_of_day}"
