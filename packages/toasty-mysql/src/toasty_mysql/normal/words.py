"""The words of expressions that mean something to the parser."""

from __future__ import annotations

MATH = ({"|"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%", "div", "mod"}, {"^"})
COMPARE = frozenset(("=", "<=>", "<", "<=", ">", ">=", "<>", "!="))
TRUTHS = frozenset(("null", "true", "false", "unknown"))
DATES = frozenset(("date", "time", "timestamp"))
BARE_FUNCTIONS = frozenset(
    (
        *("current_timestamp", "current_date", "current_time", "current_user", "localtime"),
        *("localtimestamp", "utc_date", "utc_time", "utc_timestamp"),
    )
)
UNITS = frozenset(
    (
        *("microsecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"),
        *("second_microsecond", "minute_microsecond", "minute_second", "hour_microsecond"),
        *("hour_second", "hour_minute", "day_microsecond", "day_second", "day_minute"),
        *("day_hour", "year_month"),
    )
)
UNIT_FIRST = frozenset(("timestampdiff", "timestampadd", "extract", "get_format"))
UNREADABLE = frozenset(("select", "exists", "match", "over", "with"))
