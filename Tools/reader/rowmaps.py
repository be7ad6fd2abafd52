"""Row maps: from a row index to the next (Formats/indexers)."""

from common import Stage, exactly
from container import NOTHING
from expression import Decimal, Integer
from refusal import require


class RowMap(Stage):
    """`mapped` gives the row index that another becomes, or None if there is no row.

    `indices` is how many row indices the indexer has, and a map takes, wherever it stands. `row_count` is the number of
    stored rows, or of the indices that the next map takes."""
    kind = "row map"
    indices = row_count = None

    def check_counts(self, table):
        """Called when `indices` are known."""


class Remapped(RowMap):
    """remapped.md: a list from row index to stored row."""
    columns = ("rows",)

    def shapes(self, table):
        return {"rows": exactly("u32", self.indices, 1)}

    def mapped(self, index):
        row = self.column["rows"].integer(index)
        return row if row < self.row_count else None

    def verify(self):
        for index in range(self.indices):
            row = self.column["rows"].integer(index)
            require(row < self.row_count or row == NOTHING, "BAD_PAYLOAD", "row of index %d" % index, row,
                    "below %d or %d" % (self.row_count, NOTHING))


class Dedup(RowMap):
    """dedup.md: equal blocks of rows are stored once."""
    columns = ("blocks",)
    parameters = {"block_rows": Integer("blockRows", 1, 65_536, 1),
                  "tolerance": Decimal("tolerance", 0, 1_000_000, 0.0),
                  "share": Decimal("share", 0, 1, 1.0, above=True)}

    def __init__(self, name, block_rows, tolerance, share):
        super().__init__(name)
        self.block_rows, self.tolerance, self.share = block_rows, tolerance, share

    def check_counts(self, table):
        require(table.row_count <= self.indices, "BAD_EXPRESSION", "rowCount behind dedup", table.row_count,
                "at most %d" % self.indices)

    def shapes(self, table):
        return {"blocks": exactly("u32", -(-self.indices // self.block_rows), 1)}

    def mapped(self, index):
        block, place = divmod(index, self.block_rows)
        row = self.column["blocks"].integer(block) * self.block_rows + place
        return row if row < self.row_count else None

    def verify(self):
        for number in range(self.column["blocks"].row_count):
            block = self.column["blocks"].integer(number)
            require(block * self.block_rows < self.row_count or block == NOTHING, "BAD_PAYLOAD", "block %d" % number,
                    block,
                    "first of whose rows is below %d, or %d" % (self.row_count, NOTHING))
