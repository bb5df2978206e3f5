"""How good alarms are, against the truth of physics and beside the rules that people use today: `python -m bench.alarms --help`.

faults    what goes wrong on purpose, and when, drawn from a seed
record    physics -> what each sensor gave each minute, and what was truly so
hours     when hot cabinets are in use
telling   one message, whoever sent it
larder    the readings through Larder's own judging, telling and sending, in virtual time
peers     the same readings through thresholds, each with the message policy that goes with it
truth     which excursions are dangerous, and whether a message speaks of anything true
score     the figures of one rule set
goals     what must hold, and whether it does
cut       the power of a whole county fails
sheet     figures as text and as a picture
run       all of it, on as many processes as there are cores
"""
