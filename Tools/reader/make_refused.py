"""The files of Formats/refused: each a small good file with one thing wrong, its checksums recomputed.

Every function makes some of them: a draft (see writer.py), one change, and the file's name, CODE or CODE-detail.
"""

import struct

import writer
from hashing import hash_key, reduce, salt
from writer import DraftSegment, compressed, joined_blocks

ROWS = [["3f800000", "40000000", "40400000", "40800000"], ["3f000000", "be800000", "00000000", "41200000"]]


# Good files, as drafts

def case_table(expression, name="t", rows=ROWS, dim=4, keys=None, stored=False, id_count=None, **more):
    given = {name: value for name, value in (("keys", keys), ("idCount", id_count)) if value is not None}
    source = {"stored": stored, "values": rows, **given}
    return {"name": name, "expression": expression, "dim": dim, "source": source, **more}


def plain(expression="f32", **more):
    return writer.draft({"tables": [case_table(expression, **more)]})


def pair():
    """Two tables, two features."""
    return writer.draft({
        "tables": [case_table("f32", "left"), case_table("f16", "right")],
        "features": [{"name": "query", "table": "left"}, {"name": "document", "table": "right"}]})


def keyed(keys=(10, 20, 30)):
    rows = [ROWS[0]] * len(keys)
    return plain("keyed | f32" if isinstance(keys[0], int) else "keyed(string) | f32", rows=rows, keys=list(keys))


def in_blocks(encoding="lz4"):
    """12 rows in blocks of 5, 5 and 2."""
    rows = [["%08x" % (0x3F800000 + (i + j) // 3) for j in range(4)] for i in range(12)]
    return writer.draft({"tables": [case_table("f32", rows=rows)], "encoding": encoding, "blockBytes": 80})


# Changes

def changed(draft, part, **fields):
    """A draft with fields of its `part` set: the draft itself, a segment or a table."""
    for name, value in fields.items():
        assert hasattr(part, name), name
        setattr(part, name, value)
    return draft


def with_segment(number=0, draft=None, **fields):
    draft = draft or plain()
    return changed(draft, draft.segments[number], **fields).bytes()


def with_table(draft=None, **fields):
    draft = draft or plain()
    return changed(draft, draft.tables[0], **fields).bytes()


def with_superblock(**fields):
    return changed(draft := plain(), draft, superblock=fields).bytes()


def flipped(data, at):
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]


def with_stages(expression, *stages, dim=4):
    """The plain file with another expression, and listed stages, of revision 1 unless they are pairs."""
    listed = [stage if isinstance(stage, tuple) else (stage, 1) for stage in stages]
    codec = listed[-1][0] if listed else "f32"
    return with_table(expression=expression, stages=listed, columns=[(codec + ".rows", 0)], dim=dim)


# Refusals, in the order of container.md

def of_length():
    good = plain().bytes()
    return {
        "NOT_EMBSTORE-empty": b"",
        "NOT_EMBSTORE-7-bytes": good[:7],
        "NOT_EMBSTORE-magic": b"\x89EMB\n\x1a\n\0" + good[8:],
        "TRUNCATED-100": good[:100],
        "TRUNCATED-4095": good[:4095],
        "TRUNCATED-4096": good[:4096],
        "TRUNCATED-one-byte": good[:-1],
        "EXTENDED-one-byte": good + b"\0",
    }


def of_superblock():
    good = plain().bytes()
    return {
        "SUPERBLOCK_CHECKSUM-generation": flipped(good, 64),
        "SUPERBLOCK_CHECKSUM-fileBytes": flipped(good, 38),
        "SUPERBLOCK_CHECKSUM-itself": flipped(good, 4095),
        "NEWER_VERSION": with_superblock(writeVersion=2, readVersion=2),
        "UNKNOWN_FEATURE-2": with_superblock(requiredFeatures=4),
        "UNKNOWN_FEATURE-63": with_superblock(requiredFeatures=1 << 63 | 1),
        "RESERVED_NOT_ZERO-superblock": with_superblock(reserved=bytes(3983) + b"\1"),
        "BAD_SUPERBLOCK-writeVersion": with_superblock(writeVersion=0),
        "BAD_SUPERBLOCK-readVersion": with_superblock(readVersion=0),
        "BAD_SUPERBLOCK-superblockBytes": with_superblock(superblockBytes=8192),
        "BAD_SUPERBLOCK-writer": with_superblock(writer="na\u00efve 1".encode()),
        "BAD_SUPERBLOCK-writer-padding": with_superblock(writer=b"embstore\0" + b"0.1.0"),
        "BAD_SUPERBLOCK-catalog-end": with_superblock(catalogBytes=64),
        "BAD_SUPERBLOCK-catalog-wraps": with_superblock(catalogOffset=2**64 - 64, catalogBytes=len(good) + 64),
        "BAD_SUPERBLOCK-catalog-early": with_superblock(catalogOffset=4032, catalogBytes=len(good) - 4032),
        "BAD_SUPERBLOCK-catalog-misaligned": changed(draft := plain(), draft, catalog_at=4168).bytes(),
    }


def of_reserved():
    return {
        "RESERVED_NOT_ZERO-catalog": changed(draft := plain(), draft, catalog_reserved=1).bytes(),
        "RESERVED_NOT_ZERO-segment": with_segment(reserved=1),
        "RESERVED_NOT_ZERO-segment-end": with_segment(reserved_end=bytes(15) + b"\x80"),
        "RESERVED_NOT_ZERO-table": with_table(reserved=b"\0\0\1"),
    }


def of_limits():
    """Beyond a limit, and otherwise as good as a small file can be. (For catalogBytes see the tests: that is large.)"""
    wide = plain(rows=[], dim=65_537)
    counts = {"segments": (65_537, 1, 0), "tables": (1, 65_537, 0), "features": (1, 1, 65_537)}
    blocks = in_blocks()
    return {
        "LIMIT_EXCEEDED-dim": wide.bytes(),
        "LIMIT_EXCEEDED-rows": with_table(id_count=2**32 - 1, row_count=2**32 - 1),
        "LIMIT_EXCEEDED-blockBytes": with_segment(0, blocks, block_bytes=2**24 + 16),
        **{"LIMIT_EXCEEDED-" + name: changed(draft := plain(), draft, counts=value).bytes()
           for name, value in counts.items()},
        "LIMIT_EXCEEDED-table-name": with_table(name="n" * 256),
        "LIMIT_EXCEEDED-expression": with_table(expression="f32" + " " * 4094),
        "LIMIT_EXCEEDED-stage-name": with_table(stages=[("direct", 1), ("s" * 256, 1)]),
        "LIMIT_EXCEEDED-column-name": with_table(columns=[("c" * 256, 0)]),
        "LIMIT_EXCEEDED-feature-name": changed(draft := plain(), draft, features=[("f" * 256, 0, "")]).bytes(),
        "LIMIT_EXCEEDED-feature-arguments": changed(draft := plain(), draft, features=[("f", 0, "a" * 4097)]).bytes(),
    }


def of_catalog():
    good, draft = plain().bytes(), plain()
    draft.place()
    catalog = draft.catalog()

    def with_catalog(replaced):
        return changed(made := plain(), made, catalog=lambda: replaced).bytes()

    return {
        "CATALOG_CHECKSUM": flipped(good, len(good) - 1),
        "BAD_CATALOG-empty": with_catalog(b""),
        "BAD_CATALOG-short-counts": with_catalog(catalog[:15]),
        "BAD_CATALOG-short-segment": with_catalog(catalog[:79]),
        "BAD_CATALOG-short-table": with_catalog(catalog[:-1]),
        "BAD_CATALOG-no-table": changed(made := plain(), made, counts=(1, 2, 0)).bytes(),
        "BAD_CATALOG-string-past-end": with_catalog(catalog[:80] + b"\xff\0" + catalog[82:]),
        "BAD_CATALOG-left-over": changed(made := plain(), made, catalog_end=b"\0").bytes(),
        "BAD_CATALOG-not-utf8": with_table(name=b"\xff"),
        "BAD_CATALOG-surrogate": with_table(attributes=[(b"key", b"\xed\xa0\x80")]),
        "BAD_CATALOG-nul": with_table(name=b"a\0b"),
        "BAD_CATALOG-empty-name": with_table(name=""),
        "BAD_CATALOG-empty-feature-name": changed(made := plain(), made, features=[("", 0, "")]).bytes(),
        "BAD_CATALOG-dim-0": with_table(dim=0),
        "BAD_CATALOG-missing": with_table(missing=4),
        "BAD_CATALOG-defaultRow": with_table(default_row=2),
    }


def of_segments():
    shape = {
        "rowCount": with_segment(row_count=3),
        "wraps": with_segment(row_count=2**60 + 2),
        "2-to-the-63": with_segment(row_count=2**59, stored_bytes=2**63),
        "width-0": with_segment(width=0, stored_bytes=0),
        "raw-blockBytes": with_segment(block_bytes=16),
        "raw-blockCount": with_segment(block_count=1),
        "blockBytes": with_segment(0, in_blocks(), block_bytes=72),
        "blockBytes-0": with_segment(0, in_blocks(), block_bytes=0),
        "blockCount": with_segment(0, in_blocks(), block_count=4),
        "index": with_segment(0, in_blocks(), stored_bytes=48),
        "bytes-of-no-blocks": with_segment(0, in_blocks(), row_count=0, block_count=0),
    }
    layout = {
        "overlap": with_segment(1, pair(), offset=4096),
        "overlap-partly": with_segment(1, keyed(), offset=4160 - 64),
        "hole": with_segment(1, pair(), at=4224),
        "hole-first": with_segment(at=4160),
        "misaligned": with_segment(1, pair(), at=4136),
        "superblock": with_segment(offset=0),
        "wraps": with_segment(offset=2**64 - 64),
        "alignment-5": with_segment(alignment=5),
        "alignment-22": with_segment(alignment=22, at=4096),
        "alignment-12": with_segment(1, pair(), alignment=12, at=4160),
        "catalog": changed(draft := plain(), draft, catalog_at=4224).bytes(),
        "past-catalog": with_segment(row_count=2**40, stored_bytes=2**44),
    }
    return {
        "UNKNOWN_ELEMENT_TYPE-0": with_segment(element_type=0),
        "UNKNOWN_ELEMENT_TYPE-2": with_segment(element_type=2),
        "UNKNOWN_ENCODING-3": with_segment(encoding=3),
        "UNKNOWN_ENCODING-lz4-bit": changed(draft := in_blocks(), draft, superblock={"requiredFeatures": 2}).bytes(),
        "UNKNOWN_ENCODING-zstd-bit": changed(draft := in_blocks("zstd"), draft,
                                             superblock={"requiredFeatures": 0}).bytes(),
        **{"SEGMENT_SHAPE-" + name: data for name, data in shape.items()},
        **{"SEGMENT_LAYOUT-" + name: data for name, data in layout.items()},
    }


def of_references():
    unused, twice = plain(), pair()
    unused.segments.append(DraftSegment(bytes(4), 1, 1, 11))
    twice.tables[1].name = "left"
    return {
        "BAD_REFERENCE-segment": with_table(columns=[("f32.rows", 0), ("f32.more", 1)]),
        "BAD_REFERENCE-table": changed(draft := plain(), draft, features=[("f", 1, "")]).bytes(),
        "BAD_REFERENCE-unused": unused.bytes(),
        "DUPLICATE_NAME-table": twice.bytes(),
        "DUPLICATE_NAME-feature": changed(draft := plain(), draft, features=[("f", 0, ""), ("f", 0, "")]).bytes(),
        "DUPLICATE_NAME-column": with_table(columns=[("f32.rows", 0), ("f32.rows", 0)]),
        "DUPLICATE_NAME-attribute": with_table(attributes=[("a", "1"), ("a", "2")]),
    }


def of_spelling():
    """Expressions that mean something, spelled otherwise than canonically, and some that do not parse."""
    hashed = ("hashed", "f32")
    spelled = {
        "no-spaces": ("hashed(rows=2)|f32", *hashed),
        "more-spaces": ("hashed(rows=2)  | f32", *hashed),
        "space-after": ("f32 ", "direct", "f32"),
        "direct": ("direct | f32", "direct", "f32"),
        "parentheses": ("f32()", "direct", "f32"),
        "default": ("hashed(rows=2, probes=1) | f32", *hashed),
        "order": ("hashed(probes=2, rows=2) | f32", *hashed),
        "leading-zero": ("hashed(rows=02) | f32", *hashed),
        "suffix": ("hashed(rows=2, seed=1k) | f32", *hashed),
        "hexadecimal": ("hashed(rows=2, seed=0x1f) | f32", *hashed),
        "empty": ("", "direct", "f32"),
        "open": ("f32(", "direct", "f32"),
        "bar": ("f32 |", "direct", "f32"),
        "name": ("2f", "direct", "2f"),
        "semicolon": ("f32;", "direct", "f32"),
        "deep": ("f32(a: " * 8 + "f32" + ")" * 8, "direct", "f32"),
        "65-stages": (" | ".join(["rotation"] * 64 + ["f32"]), "direct", *["rotation"] * 64, "f32"),
    }
    return {"BAD_EXPRESSION-" + name: with_stages(*arguments) for name, arguments in spelled.items()}


def of_expressions():
    meant = {
        "argument": ("f32(sclae=f32)", "direct", "f32"),
        "nested": ("f32(inner: f32)", "direct", "f32"),
        "twice": ("hashed(rows=2, rows=2) | f32", "hashed", "f32"),
        "required": ("hashed | f32", "hashed", "f32"),
        "rows-0": ("hashed(rows=0) | f32", "hashed", "f32"),
        "rows-beyond": ("hashed(rows=4294967295) | f32", "hashed", "f32"),
        "probes": ("hashed(rows=2, probes=17) | f32", "hashed", "f32"),
        "combine": ("hashed(rows=2, combine=multiply) | f32", "hashed", "f32"),
        "seed": ("rotation(seed=18446744073709551616) | f32", "direct", "rotation", "f32"),
        "codec-first": ("f32 | f32", "direct", "f32", "f32"),
        "indexer-last": ("f32 | keyed", "direct", "f32", "keyed"),
        "two-indexers": ("keyed | hashed(rows=2) | f32", "keyed", "hashed", "f32"),
        "no-codec": ("rotation", "direct", "rotation"),
        "stage-list": ("f32", "direct", "f16"),
        "stage-list-short": ("rotation | f32", "direct", "f32"),
        "stage-list-direct": ("f32", "f32"),
        "stage-list-empty": ("f32",),
        "concat": ("hashed(rows=2, probes=3, combine=concat) | f32", "hashed", "f32"),
        "hashed-rows": ("hashed(rows=3) | f32", "hashed", "f32"),
    }
    draft = keyed()
    return {
        **{"BAD_EXPRESSION-" + name: with_stages(*arguments) for name, arguments in meant.items()},
        "BAD_EXPRESSION-direct-idCount": with_table(id_count=3),
        "BAD_EXPRESSION-keyed-idCount": with_table(draft, id_count=4),
        "BAD_EXPRESSION-feature": changed(draft := plain(), draft, features=[("f", 0, "seed=1")]).bytes(),
        "UNKNOWN_STAGE-codec": with_stages("f33", "direct", "f33"),
        "UNKNOWN_STAGE-indexer": with_stages("sorted(by=id) | f32", "sorted", "f32"),
        "UNKNOWN_REVISION-0": with_stages("f32", "direct", ("f32", 0)),
        "UNKNOWN_REVISION-2": with_stages("f32", "direct", ("f32", 2)),
        "UNKNOWN_REVISION-argument": with_stages("f32(scale=f64)", "direct", ("f32", 2)),
        "UNKNOWN_REVISION-direct": with_stages("f32", ("direct", 2), "f32"),
    }


def of_columns():
    wide_ends, no_buckets = keyed(("a", "b", "c")), keyed()
    wide_ends.segments[2] = DraftSegment(struct.pack("<3Q", 1, 2, 3), 3, 1, 4)
    no_buckets.segments[1] = DraftSegment(b"", 0, 64, 1)
    strings, integers = keyed(("a", "b", "c")), keyed()
    strings.tables[0].columns[3] = ("keyed.keyByte", 3)
    integers.tables[0].columns[2] = ("keyed.key", 2)
    return {
        "MISSING_COLUMN-rows": with_table(columns=[("f32.row", 0)]),
        "MISSING_COLUMN-stage": with_table(columns=[("rows", 0)]),
        "MISSING_COLUMN-keys": integers.bytes(),
        "MISSING_COLUMN-keyBytes": strings.bytes(),
        "WRONG_COLUMN-type": with_segment(element_type=3),
        "WRONG_COLUMN-rows": with_segment(row_count=4, width=2),
        "WRONG_COLUMN-transposed": with_table(id_count=4, row_count=4, dim=2),
        "WRONG_COLUMN-not-asked": with_table(columns=[("f32.rows", 0), ("f32.scale", 0)]),
        "WRONG_COLUMN-keyEnds": wide_ends.bytes(),
        "WRONG_COLUMN-no-buckets": no_buckets.bytes(),
    }


def of_bytes():
    """What only `verify` or `verify --deep` sees."""
    good, two = plain().bytes(), pair().bytes()
    blocks = in_blocks().bytes()
    return {
        "SEGMENT_CHECKSUM-raw": flipped(good, 4096 + 31),
        "SEGMENT_CHECKSUM-lz4": flipped(blocks, 4096),
        "PADDING_NOT_ZERO-segments": flipped(two, 4096 + 32),
        "PADDING_NOT_ZERO-catalog": flipped(good, 4096 + 63),
    }


def of_blocks():
    raw = [bytes(range(80)), bytes(80), bytes(32)]
    packed = [compressed("lz4", part) for part in raw]
    index_at = sum(map(len, packed))

    def with_blocks(parts, encoding="lz4"):
        return with_stored(joined_blocks(parts), encoding)

    def with_stored(stored, encoding="lz4"):
        return with_segment(0, in_blocks(encoding), stored=stored)

    def with_end(number, end):
        stored = bytearray(joined_blocks(packed))
        struct.pack_into("<Q", stored, index_at + 16 * number, end)
        return with_stored(bytes(stored))

    good = joined_blocks(packed)
    frames = [compressed("zstd", part) for part in raw]
    halves = compressed("zstd", raw[1][:40]) * 2
    changes = {
        "end-past-index": with_end(2, index_at + 16),
        "end-before-index": with_end(2, index_at - 1),
        "ends-descend": with_end(1, len(packed[0]) - 1),
        "end-huge": with_end(0, 2**64 - 1),
        "checksum": with_stored(flipped(good, index_at + 8)),
        "too-few": with_blocks([packed[0], compressed("lz4", bytes(79)), packed[2]]),
        "too-many": with_blocks([packed[0], compressed("lz4", bytes(81)), packed[2]]),
        "empty-block": with_blocks([packed[0], b"", packed[2]]),
        "match-too-far": with_blocks([b"\x10a\x02\x00" + packed[0], *packed[1:]]),
        "ends-in-literals": with_blocks([packed[0][:40], *packed[1:]]),
        "no-last-literals": with_blocks([packed[0], b"\x1f\0\1\0\x3c", packed[2]]),
        "4-last-literals": with_blocks([packed[0], b"\x1f\0\1\0\x38" + b"\x40" + bytes(4), packed[2]]),
        "late-match": with_blocks([packed[0], b"\xf0\x37" + bytes(70) + b"\1\0\x60" + bytes(6), packed[2]]),
        "zstd-not-a-frame": with_blocks([bytes(20), *frames[1:]], "zstd"),
        "zstd-too-few": with_blocks([frames[0], compressed("zstd", bytes(79)), frames[2]], "zstd"),
        "zstd-too-many": with_blocks([frames[0], compressed("zstd", bytes(81)), frames[2]], "zstd"),
        "zstd-two-frames": with_blocks([frames[0], halves, frames[2]], "zstd"),
        "zstd-trailing": with_blocks([frames[0], frames[1] + b"\0", frames[2]], "zstd"),
    }
    return {"BAD_BLOCK-" + name: data for name, data in changes.items()}


def crowded():
    """13 keys whose home is bucket 0 of 2, so that the last of them is in bucket 1."""
    keys = [key for key in range(100) if reduce(hash_key(key, salt(0, 0)), 2) == 0]
    return keyed(keys[:13])


def of_key_indexes():
    buckets, keys, ends, key_bytes = 1, 2, 2, 3

    def poked(draft, segment, at, value):
        stored = bytearray(draft.segments[segment].stored)
        stored[at:at + len(value)] = value
        draft.segments[segment].stored = bytes(stored)
        return draft.bytes()

    strings = ("one", "two", "three")
    changes = {
        "wrong-row": poked(keyed(), buckets, 0, struct.pack("<II", 1, 0)),
        "row-beyond": poked(keyed(), buckets, 0, struct.pack("<I", 3)),
        "row-twice": poked(keyed(), buckets, 0, struct.pack("<I", 1)),
        "fingerprint": poked(keyed(), buckets, 48, b"\0"),
        "used-13": poked(keyed(), buckets, 60, b"\x0d"),
        "used-2": poked(keyed(), buckets, 60, b"\2"),
        "used-4": poked(keyed(), buckets, 60, b"\4"),
        "overflowed-cleared": poked(crowded(), buckets, 61, b"\0"),
        "overflowed-2": poked(keyed(), buckets, 61, b"\2"),
        "last-bytes": poked(keyed(), buckets, 63, b"\1"),
        "unused-slot": poked(keyed(), buckets, 12, b"\1"),
        "other-key": poked(keyed(), keys, 0, struct.pack("<Q", 11)),
        "same-key": poked(keyed(), keys, 0, struct.pack("<Q", 20)),
        "ends-descend": poked(keyed(strings), ends, 0, struct.pack("<II", 6, 3)),
        "end-past-keyBytes": poked(keyed(strings), ends, 0, struct.pack("<I", 2**32 - 1)),
        "last-end": poked(keyed(strings), ends, 8, struct.pack("<I", 10)),
        "other-string": poked(keyed(strings), key_bytes, 0, b"O"),
    }
    return {"BAD_KEY_INDEX-" + name: data for name, data in changes.items()}


def remapped(*rows, count=2, expression="remapped | f32"):
    """The two rows through a map."""
    return writer.draft({"tables": [case_table(expression, stored=True, rows=ROWS[:count], id_count=len(rows),
                                               parameters={
        "remapped.rows": {"type": "u32", "rows": len(rows), "width": 1,
                          "hex": struct.pack("<%dI" % len(rows), *rows).hex()}})]})


def of_row_maps():
    """indexers/remapped.md"""
    twice = remapped(1, 0)
    twice.tables[0].stages.insert(1, ("remapped", 1))
    transposed = remapped(1, 0)
    listed = ("direct", "remapped", "f32")
    return {
        "BAD_EXPRESSION-remapped-argument": with_table(remapped(1, 0), expression="remapped(rows=2) | f32"),
        "BAD_EXPRESSION-remapped-first": with_stages("remapped | hashed(rows=2) | f32", "remapped", "hashed", "f32"),
        "BAD_EXPRESSION-remapped-last": with_stages("f32 | remapped", "direct", "f32", "remapped"),
        "BAD_EXPRESSION-remapped-inside": with_stages("rotation | remapped | f32", "direct", "rotation", *listed[1:]),
        "BAD_EXPRESSION-remapped-twice": with_table(twice, expression="remapped | remapped | f32"),
        "UNKNOWN_REVISION-remapped": with_table(remapped(1, 0), stages=[("direct", 1), ("remapped", 2), ("f32", 1)]),
        "MISSING_COLUMN-remapped": with_stages("remapped | f32", *listed),
        "WRONG_COLUMN-remapped-type": with_segment(1, remapped(1, 0), element_type=11),
        "WRONG_COLUMN-remapped-width": changed(transposed, transposed.segments[1], row_count=1, width=2).bytes(),
        "WRONG_COLUMN-remapped-entries": with_table(remapped(1, 0), id_count=3),
        "BAD_PAYLOAD-remapped": remapped(1, 2).bytes(),
        "BAD_PAYLOAD-remapped-almost": remapped(2**32 - 2, 0).bytes(),
        "BAD_PAYLOAD-remapped-no-rows": remapped(0, 2**32 - 1, count=0).bytes(),
    }


def of_blocks_of_numbers():
    """codecs/integer.md with `block`."""
    spelled = {"int8-block-8": "int8(block=8)", "int8-block-48": "int8(block=48)", "int8-block-016": "int8(block=016)",
               "int8-block-order": "int8(block=16, symmetric)", "int8-block-0": "int8(block=0)"}
    return {**{"BAD_EXPRESSION-" + name: with_stages(text, "direct", "int8") for name, text in spelled.items()},
            "WRONG_COLUMN-int8-block": with_table(plain("int8", dim=20, rows=[ROWS[0] * 5]),
                                                  expression="int8(block=16)")}


def refused_files():
    """Every file by its name, without `.emb`."""
    makers = (of_length, of_superblock, of_reserved, of_limits, of_catalog, of_segments, of_references, of_spelling,
              of_expressions, of_columns, of_bytes, of_blocks, of_key_indexes, of_row_maps, of_blocks_of_numbers)
    return {name: data for maker in makers for name, data in maker().items()}
