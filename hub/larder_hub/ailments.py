"""Why the hub is not well, for /api/v1/health and the head of the status page."""

from larder_hub.ingest.broker import BrokerLink
from larder_hub.ingest.loop import IngestLoop
from larder_hub.ledger.wal import WalWatch
from larder_hub.room import DiskWatch, Room
from larder_hub.web.services import Ailment

STUCK_S = 30.0
"""Without a turn of the ingest thread for so long it hangs: a commit takes milliseconds, a slow disk some seconds."""


def ailments(link: BrokerLink, disk: DiskWatch, wal: WalWatch, ingest: IngestLoop) -> list[Ailment]:
    """All that is wrong now, gravest first."""
    found = []
    if ingest.age_s() > STUCK_S:
        found.append(Ailment("ingest-stuck", "入账线程停滞，请重启中心；设备数据暂存在设备上",
                             "the ingest thread hangs: restart the hub; devices keep their entries"))  # fmt: skip
    if disk.room is not Room.AMPLE:
        found.append(Ailment("disk-low", f"中心磁盘将满（剩{disk.free_mb} MB），暂停入账，设备数据暂存在设备上",
                             f"the hub's disk is nearly full ({disk.free_mb} MB left): devices keep their entries"))  # fmt: skip
    if not link.connected.is_set():
        found.append(Ailment("broker-away", "与消息代理断开，设备数据暂存在设备上",
                             "no connection to the broker: devices keep their entries"))  # fmt: skip
    if wal.large:
        found.append(Ailment("wal-large", "账本预写日志过大：有程序长时间占用账本",
                             "the ledger's write-ahead log is large: some program holds a transaction open"))  # fmt: skip
    return found
