"""What is computed from the ledger, each part with a position of its own.

port      what a projection must offer
runner    the thread that feeds one
"""
