"""The dead-man's pulse: a synthetic reading that goes the whole way from a device to a notice, for watchers to miss.

A device with the agent's driver `pulse` gives 0 and 1 in turn; its point has the profile `pulse`, so that the judging code of every
other point raises and clears at each turn. What it raises is a beat and no alarm: no ticket, no row among alarms, no phone.

beats     the table of alarms.db: how far the newest beat came; judged by the projection, handed over by the sender
state     what /api/pulse says: the age of the pulse at each stage, and who watches
watchers  who asks for it, and who has not for too long
"""
