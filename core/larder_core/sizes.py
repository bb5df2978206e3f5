"""Every bound on what may cross the wire, in one place. PROTOCOL.md [W-SIZE] gives the same figures."""

MAX_BATCH = 40 * 1024  # bytes of an entry line that holds a batch; escaped inside an adoption it still fits MAX_ENTRY
MAX_ENTRY = 64 * 1024  # bytes of any entry line
MAX_MESSAGE = 128 * 1024  # bytes of an MQTT payload; brokers are configured to a little more
MAX_LINES = 64  # entry lines in one message
MAX_STATEMENT = 16 * 1024  # bytes of a birth, status, receipt, command, or reply without a picture
MAX_CONFIG = 64 * 1024  # bytes of a desired configuration
MAX_PROFILES = 64  # limit profiles in it
MAX_PICTURE = 80 * 1024  # bytes of a camera's still; in base64 it fits a message
MAX_COLUMNS = 256  # columns in a batch
MAX_READINGS = 5_000  # readings in a batch
MAX_COVERS = 64  # ranges in a declared loss
MAX_ADOPTED = 64  # bodies in an adopting entry
MAX_RANGES = 64  # `have`, `refused`, `announced` in a receipt
MAX_INT = 2**53 - 1  # every integer on the wire is exact in every JSON reader
