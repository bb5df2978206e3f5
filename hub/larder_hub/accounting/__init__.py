"""The gap account: what was due, what is here, and what became of the rest, by device, site and county. docs/custody.md explains it.

moments        a period as a person types it
completeness   due readings, and those that are here
explanation    what explains a missing reading, and how much of it
standing       reporting, silent, never heard, forked, restored, resting, unregistered: each told apart
sums           counts that add up
report         all of it for one period, in one value
desk           asks the register, the ledger and the series
gauges         the account as metrics
table          the account as an aligned table and as CSV
cli            `larder account`
"""
