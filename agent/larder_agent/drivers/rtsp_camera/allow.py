"""Which addresses a camera may have. Whoever can write a setting must not be able to make the agent knock on doors
inside the box or somewhere on the internet: a camera stands in the site's own network. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network

SITE_NETWORKS: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "10.0.0.0/8",
            "172.16.0.0/12",
            "192.168.0.0/16",  # RFC 1918
            "fc00::/7",  # RFC 4193
        ),
    )
)
"""Where a camera may be if the settings name no network."""


def permitted(address: str, allow: Sequence[Network], allow_loopback: bool) -> bool:
    """Loopback only if asked for; link-local (cloud metadata among it), multicast, broadcast, unspecified: never."""
    ip = _plain(address)
    if ip.is_loopback:
        return allow_loopback
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip == IPv4Address("255.255.255.255"):
        return False
    return any(ip in network for network in (allow or SITE_NETWORKS) if network.version == ip.version)


def _plain(address: str) -> IPv4Address | IPv6Address:
    """An IPv4 address dressed as IPv6 (::ffff:127.0.0.1) is judged as what it is."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address) and ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    return ip
