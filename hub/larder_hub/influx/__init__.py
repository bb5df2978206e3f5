"""The series, alarms, states and completeness once more, for boards: written to InfluxDB or VictoriaMetrics. Never the record.

lines     readings, alarms, states and completeness as line protocol; pure
server    the one that is written to, over influxdb-client: taken, not now, or never
journal   influx.db: how far the writing is, what waits, what was set aside
readings  ledger rows as lines, each reading once, at the time that the series believes
states    how points stand and how complete devices are, as lines
export    the thread that writes, in order; an outage only makes it lag
cli       `larder influx status | check | rebuild`
"""
