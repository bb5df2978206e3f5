"""Who is told, with which words, and whether it arrived.

characters   what may stand in a message, how long it is, and where a name may be cut
figures      numbers, durations and times as a message says them
wording      the ten kinds, in Chinese and English
texts        facts -> a checked text of one part
budget       how many messages a person gets before a digest takes their place
port         what a driver of a modem or provider must do
file_spool   a folder of files: the default, the demo, the tests
gammu        the gammu-smsd of this machine and its GSM modem
queue        the notices in alarms.db: what is next, what became of it
sender       the thread that sends, and that asks before it sends again
"""
