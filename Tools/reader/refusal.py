"""Why a file is refused (Formats/container.md, "Refusals")."""

NUMBERS = {
    "NOT_EMBSTORE": 10, "TRUNCATED": 11, "EXTENDED": 12,
    "SUPERBLOCK_CHECKSUM": 20, "NEWER_VERSION": 21, "UNKNOWN_FEATURE": 22, "RESERVED_NOT_ZERO": 23,
    "BAD_SUPERBLOCK": 24,
    "CATALOG_CHECKSUM": 30, "BAD_CATALOG": 31, "DUPLICATE_NAME": 32, "BAD_REFERENCE": 33, "LIMIT_EXCEEDED": 34,
    "SEGMENT_LAYOUT": 40, "SEGMENT_SHAPE": 41, "UNKNOWN_ELEMENT_TYPE": 42, "UNKNOWN_ENCODING": 43,
    "BAD_EXPRESSION": 50, "UNKNOWN_STAGE": 51, "UNKNOWN_REVISION": 52, "MISSING_COLUMN": 53, "WRONG_COLUMN": 54,
    "SEGMENT_CHECKSUM": 60, "PADDING_NOT_ZERO": 61, "BAD_BLOCK": 62, "BAD_KEY_INDEX": 63,
    "BAD_PAYLOAD": 64,
}


class Refused(Exception):
    """A file that is not read, with the code, its number, and the field with what it is and what it should be."""

    def __init__(self, code, field, found, wanted):
        super().__init__("%s (%d): %s is %s, not %s" % (code, NUMBERS[code], field, found, wanted))
        self.code = code
        self.number = NUMBERS[code]


def require(condition, code, field, found, wanted):
    if not condition:
        raise Refused(code, field, found, wanted)
