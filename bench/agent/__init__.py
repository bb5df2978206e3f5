"""What an agent costs a small box: memory, time to the first sample, CPU, writes to the card, and how fast a day's backlog drains.

`python -m bench.agent` prints every figure beside its goal and beside ceilings of the same run. Of the modules here

day        a day of one device through the agent's own storage, in a process of its own
ceilings   what the disk and SQLite alone would cost
gateway    the same day through thingsboard-gateway's two storages, killed in the middle
running    a real agent on a real broker and hub: memory, start, CPU, drain
report     goals, and what was met
"""
