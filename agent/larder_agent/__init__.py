"""The program on the device: read the sensors, seal what was read, keep it until the hub's receipt.

config      agent.toml, checked whole at load
key         the device's private key
app         build(config): the wiring, and the run until SIGTERM
watchdog    systemd's watchdog, fed while every device comes round
tasks       named threads; the first that fails stops the program
device      the one thread of a device that touches its disk
sampler     one thread a source, on a fixed grid
screening   numbers that cannot be right: leaps, flat lines, readings without a time
sealing     when readings become an entry, and which entries
staging     readings that wait for their seal, in a file that survives a killed process
outbox      the device's record: numbered, chained, kept until it is safe
schema      the outbox file: its tables, and whether it is whole
evidence    a damaged outbox file, set aside
salvage     what can still be read of it
exits       how often the disk has ended the program
losses      what must be said of entries that are gone
adoption    the entries of an ended stream, packed into a new one
uplink      what to send, and what a receipt means
words       birth and status
applied     the configuration of the hub that is in force, on the disk
configured  taking, applying and telling it; the device's own limits and fast sampling
watch       readings judged by those limits
tempo       how often a source is read
orders      whether a command may be done
orders_book what of commands must outlive a restart
commanded   doing commands once, and answering them
remembered  how long points have been beyond their limits, out of the record, and alarms that a kill kept from being told
still       a camera's picture of now, and its hash
bell        the alarm of the site, and bell_outputs what may sound
health      when each point last gave a good value
dialing     where the broker was last, for when its name is not answered
mqtt        the link to the broker: connect, serve, connect again
session     one connection, with the library that only its thread imports
trust       whom the agent believes to be the broker
clock       wall clock, time since boot, and how far the wall clock can be trusted
metrics     every counter
books       the account of an outbox, read without touching it
logs        one line a message
failures    what ends the program, and its exit codes
cli         `larder agent`
drivers/    how sensors and cameras are asked
doctor/     what is wrong, in plain words
commissioning/  what a fitter needs before there is a configuration: list, probe, scan
"""
