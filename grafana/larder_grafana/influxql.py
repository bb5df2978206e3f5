"""InfluxQL that several boards share. InfluxDB 1, 2 and 3 answer it."""

RECENT = "time > now() - 15m"
"""States are written every five minutes: the last one is in here, unless the hub or InfluxDB stands still."""

DUE = 'sum("good") + sum("bad")) / sum("due") * 100'
SHARE = f'SELECT ({DUE} AS "share" FROM "completeness" WHERE $timeFilter'


def where(*tags: str, time: str = RECENT) -> str:
    """Conditions on the variables of these names, each of which may hold several values."""
    return " AND ".join([time, *(f'"{tag}" =~ /^${{{tag}:regex}}$/' for tag in tags)])


def of_sites(pick: str, *tags: str, by: str = "") -> str:
    """A figure of `site_now` added up over sites, by time and `by`: `pick` is what a site counts for in an interval, named "one"."""
    chosen = where(*tags, time="$timeFilter")
    inner = f'SELECT {pick} FROM "site_now" WHERE {chosen} GROUP BY time($__interval), "county", "site" fill(none)'
    outer = f'SELECT sum("one") FROM ({inner}) WHERE $timeFilter GROUP BY time($__interval)'
    return outer + (f', "{by}" fill(none)' if by else " fill(0)")


def total(field: str, *tags: str) -> str:
    """The sum over sites of a figure of `site_now`, as it stands."""
    return (
        f'SELECT sum("one") FROM (SELECT last("{field}") AS "one" FROM "site_now" WHERE {where(*tags)} GROUP BY "site")'
    )
