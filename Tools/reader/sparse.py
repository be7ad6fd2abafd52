"""codecs/sparse.md"""

import f32
from common import RowCodec, Shape, exactly
from expression import Choice, Decimal
from refusal import require


class Sparse(RowCodec):
    columns = ("rows", "bases", "values", "threshold")
    parameters = {"density": Decimal("density", 0, 1), "values": Choice("values", ("f16", "int8"))}
    GROUP = 64

    def __init__(self, name, density, values):
        super().__init__(name)
        self.density, self.values = density, values

    def bind(self, width):
        super().bind(width)
        self.first_bytes = 2 if 63 * width < 2**16 else 4
        self.bitmap_at = self.first_bytes + (2 if self.values == "int8" else 0)
        self.stride = self.bitmap_at + (width + 7) // 8

    def shapes(self, table):
        self.row_count = table.row_count
        groups = -(-table.row_count // self.GROUP)
        return {"rows": exactly("u8", table.row_count, self.stride), "bases": exactly("u64", groups, 1),
                "values": Shape(("u8" if self.values == "int8" else "f16",), 0, 2**63 - 1, 1),
                "threshold": exactly("f32", 1, 1)}

    def fetch(self, row):
        """The row's bytes, and where its values begin."""
        stored = self.column["rows"].row(row)
        base = self.column["bases"].integer(row // self.GROUP)
        return stored, base + int.from_bytes(stored[:self.first_bytes], "little")

    def kept(self, stored):
        """Which numbers are kept."""
        return [j for j in range(self.width) if stored[self.bitmap_at + j // 8] >> j % 8 & 1]

    def decode(self, fetched):
        stored, begin = fetched
        kept, column = self.kept(stored), self.column["values"]
        require(begin + len(kept) <= column.row_count or not kept, "BAD_PAYLOAD", "end of a row's values",
                begin + len(kept),
                "at most %d" % column.row_count)
        x = [0.0] * self.width
        for i, j in enumerate(kept):
            value = column.row(begin + i)
            if self.values == "f16":
                x[j] = f32.decoder("f16")(value)[0]
            else:
                scale = f32.decoder("f16")(stored[self.first_bytes:self.bitmap_at])[0]
                x[j] = f32.multiply(scale, (value[0] ^ 128) - 128)
        return x

    def verify(self):
        for row in range(self.row_count):
            self.decode(self.fetch(row))
