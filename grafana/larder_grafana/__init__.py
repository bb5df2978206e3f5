"""Grafana boards as code: two sets, Chinese and English, from one source; they read what the hub writes to InfluxDB (docs/influx.md).

words      both languages of everything that a board says
house      the style of all boards: colours that mean something, panels of few kinds, a grid
influxql   queries, with Grafana's variables
boards     one module a board, each answering one question
build      boards as files
setting    folders, data source, boards, access at a Grafana, idempotent
cli        `larder grafana build | apply`
"""
