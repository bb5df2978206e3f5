"""The whole system on one machine, from a simulated world: `larder demo`, and the stage that the fault tests use.

plan      a world's configuration files for agents, hub and broker
stage     starts, stops, kills and restarts the real programs
glance    what the hub says through its API at one moment
screen    that glance as a live table
ending    the account at the end
cli       `larder demo`
"""
