"""Which addresses a camera may have. Whoever can write a setting must not be able to make the agent knock on doors
inside the box or somewhere on the internet: a camera stands in the site's own network. Pure."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

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

NEVER: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",  # "this host": Linux connects 0.0.0.0 to the loopback
            "240.0.0.0/4",  # reserved, and broadcast
            "100.100.100.200/32",  # where Alibaba Cloud's machines ask for their credentials
            "fd00:ec2::/32",  # the same of AWS; it lies inside fc00::/7
        ),
    )
)
"""Where no camera is, whatever the settings say. The other clouds ask at 169.254.169.254, which is link-local."""

NAT64 = ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address


class Policy(NamedTuple):
    """`networks` empty: the private ones. `loopback`: for simulators and demonstrations."""

    networks: tuple[Network, ...] = ()
    loopback: bool = False


def permitted(address: str, allow: Sequence[Network], allow_loopback: bool) -> bool:
    """Loopback only if asked for; link-local (cloud metadata among it), multicast, reserved, unspecified: never.

    An IPv4 address inside an IPv6 one is judged too: the packet goes there.
    """
    return all(_permitted(ip, allow, allow_loopback) for ip in _meanings(address))


def _permitted(ip: IPv4Address | IPv6Address, allow: Sequence[Network], allow_loopback: bool) -> bool:
    if ip.is_loopback:
        return allow_loopback
    if ip.is_link_local or ip.is_multicast or ip.is_unspecified or _within(ip, NEVER):
        return False
    return _within(ip, allow or SITE_NETWORKS)


def _within(ip: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(ip in network for network in networks if network.version == ip.version)


def _meanings(address: str) -> Iterator[IPv4Address | IPv6Address]:
    """The address, or what it stands for: ::ffff:127.0.0.1 is IPv4 itself; behind NAT64 and 6to4 stands a second address."""
    ip = ip_address(address)
    if not isinstance(ip, IPv6Address):
        yield ip
        return
    if ip.ipv4_mapped is not None:
        yield ip.ipv4_mapped
        return
    yield ip
    if ip in NAT64:
        yield IPv4Address(int(ip) & 0xFFFF_FFFF)
    if ip.sixtofour is not None:
        yield ip.sixtofour
