"""`larder agent doctor`: what is wrong, in plain words, and what to do about it.

findings    facts -> findings, each a word, two languages and an act. Pure
facts       what is asked: the state folder, the disk, the broker
self_test   the same for a command of the hub, by the running device
cli         the command
"""
