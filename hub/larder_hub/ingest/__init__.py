"""From the broker to the ledger and back to the agent.

mailbox    bounded hand-over from the network thread to the ingest thread
suspects   which payload killed the hub
watchpost  is this the only hub with this key?
broker     paho: subscriptions, manual PUBACK, publishing receipts
intake     one group: decode, verify, commit, decide who is owed what
receipts   what the hub has committed, in the words of the protocol
loop       the ingest thread
"""
