"""The whole system on one machine, from a simulated world: `larder demo`, and the stage that the fault tests use.

plan      a world's configuration files for agents, hub and broker
stage     starts, stops, kills and restarts the real programs
glance    what the hub says through its API at one moment
screen    that glance as a live table of places
overview  the same for a prefecture: counties, alarms, account, custody
keys      what the keys of the live screen do to the simulated world
load      what the programs take of this machine
ending    the account at the end
cli       `larder demo`
"""
