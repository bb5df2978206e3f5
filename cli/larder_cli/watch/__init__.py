"""``larder watch``: a small program on another machine that notices when the hub has stopped, and says so by its own way.

config    watch.toml
asking    one round: what the hub's /api/pulse answers, and whether our own network is there
judging   pure: what was seen so far and now -> what is to be said
texts     the messages, each of one SMS
sending   the ways by which they leave: a command (gammu-smsd-inject), a webhook, files
memory    what must survive a restart, in one file
rounds    asks, judges, says, for ever
cli       the command
"""
