"""The meaning of a limit: when a value, a fault or a silence asks for an act. Pure: state and input in, state and effects out.

words        severity, side, condition: the words every other module shares
profile      what a limit profile may say, and what is refused
stages       what a profile may say besides: service hours, defrosts, fast rises, gaps, cycles
profiles     the defaults as tables, each with its source (food_rows, drug_rows, other_rows; written with rows)
table        a profile made ready for the state machine: milliseconds, mildest limit first
spans        how long something was so within a moving window
state        what the machine remembers of one point, as JSON
excursion    the state machine of one point against one profile, in device time
calm         which columns of readings cannot change anything
hours        when a place is in use: weekly hours and special days
rising       medians, and a value that rises fast and stays
watching     one point against everything its profile says: the stages around the state machine, whole columns at once
kinetic      mean kinetic temperature, for whoever assesses a medicine
silence      how late a point is, judged from the register
faulty       a sensor or camera that answers without a good value
handling     who has done what about an alarm
visibility   whether an alarm is shown
episode      the identity of an alarm, the same after every replay

An alarm has three axes that never decide each other: its condition (excursion, faulty, silence), its handling and its visibility.
"""
