"""The nine bytes of a DS18B20's scratchpad, and the text that the Linux w1_therm driver makes of them. Pure."""

_CRC_POLYNOMIAL = 0x8C  # x^8 + x^5 + x^4 + 1, least significant bit first (Maxim application note 27)
_ALARM_HIGH, _ALARM_LOW = 0x4B, 0x46
_TWELVE_BITS = 0x7F  # configuration register: 12 bits, 1/16 K
_RESERVED = 0xFF
_COUNTS_PER_DEGREE = 0x10
POWER_ON_RAW = 0x0550  # +85 °C: the register before the first conversion (data sheet, table 1)


def crc8(content: bytes) -> int:
    """The Dallas/Maxim 1-wire CRC of some bytes."""
    crc = 0
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (_CRC_POLYNOMIAL if crc & 1 else 0)
    return crc


def scratchpad(raw: int, power_on: bool = False) -> bytes:
    """Nine bytes for a raw temperature in sixteenths of a degree, -2048 to 2047, with a true CRC.

    The sixth byte counts down what remains of a degree in a real conversion, and is 0x0C before the first one: the one
    way to tell 85 °C at power-on from a true 85 °C.
    """
    remain = 0x0C if power_on else _COUNTS_PER_DEGREE - (raw & 0x0F)
    head = raw.to_bytes(2, "little", signed=True) + bytes(
        (_ALARM_HIGH, _ALARM_LOW, _TWELVE_BITS, _RESERVED, remain, _COUNTS_PER_DEGREE)
    )
    return head + bytes((crc8(head),))


def raw_of(celsius: float) -> int:
    """The raw temperature nearest to one in °C, within the sensor's range of -55 to 125 °C."""
    return round(min(125.0, max(-55.0, celsius)) * 16)


def millidegrees(pad: bytes) -> int:
    """What the kernel prints as `t=`: thousandths of a degree, cut towards zero as C divides."""
    raw = int.from_bytes(pad[:2], "little", signed=True)
    return raw * 1000 // 16 if raw >= 0 else -(-raw * 1000 // 16)


def w1_slave_text(received: bytes, last_good: bytes) -> str:
    """The two lines of `w1_slave`. As in the kernel, the first shows what came and the CRC computed over it, the second
    the last scratchpad that was good, with `t=` of what came: after a bad CRC `t=` is worthless."""
    crc = crc8(received[:8])
    verdict = "YES" if crc == received[8] else "NO"
    return (
        f"{received.hex(' ')} : crc={crc:02x} {verdict}\n"
        f"{(received if verdict == 'YES' else last_good).hex(' ')} t={millidegrees(received)}\n"
    )
