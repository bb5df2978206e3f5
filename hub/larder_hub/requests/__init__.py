"""An inspection asks a device for its own record again; receipts repeat the request until it is answered. PROTOCOL.md [H15].

answers    pure: what of a request is answered, gone, or still to come
book       requests and answers in the registry
desk       a group's answers into the book, and what a receipt asks for
reading    the same for the web
cli        `larder hub request`, `requests` and `withdraw`
"""
