"""Trying limits and routes before trusting them: `larder alarms test` and `larder alarms replay`.

notation     readings and lapses of time in a short notation
shapes       what a file of cases may say
case_file    a YAML file of cases, every mistake named with its line
stage        a case -> register, entries in the order in which they arrive, acts
telephone    the driver that sends nothing and remembers when
run          the real pipeline over a stage, in virtual time
verdict      pure: what was expected against what was found
report       both for people, as a table
profile_file a limit profile with changed figures
history      what the hub has stored, as a stage; only read
differences  pure: two runs over the same readings, against each other
replay       the command that compares them
cli          the command
"""
