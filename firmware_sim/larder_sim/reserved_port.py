"""A port that stays ours while nothing listens on it.

Hardware that loses power comes back on the port it had. Meanwhile the kernel would give that port to any outgoing connection, and a
hundred agents that reconnect take many. A socket that is bound and does not listen keeps it: connections are refused, no connection
is given the port, and with SO_REUSEADDR on both a server can listen beside it.
"""

import socket


def reserve(host: str, port: int) -> socket.socket:
    """Bound to (host, port) until it is closed; port 0 takes a free one. Raises OSError when something listens there."""
    keeper = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        keeper.bind((host, port))
    except OSError:
        keeper.close()
        raise
    return keeper


def port_of(keeper: socket.socket) -> int:
    """Which port it keeps."""
    return int(keeper.getsockname()[1])
