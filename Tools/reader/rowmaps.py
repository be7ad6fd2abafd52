"""Row maps: from a row index to the next (Formats/indexers)."""

from common import MOST_ROWS, Shape, Stage, exactly
from container import NOTHING
from refusal import require


class RowMap(Stage):
    """`mapped` gives the row index that another becomes, or None if there is no row.

    `indices` is how many row indices the stage before it has, None if that is not known: behind another map. `row_count`
    is the number of stored rows, or of the entries of the next map."""
    kind = "row map"
    indices = row_count = None


class Remapped(RowMap):
    """remapped.md: a list from row index to stored row."""
    columns = ("rows",)

    def shapes(self, table):
        if self.indices is None:
            return {"rows": Shape(("u32",), 0, MOST_ROWS, 1)}
        return {"rows": exactly("u32", self.indices, 1)}

    def entries(self):
        """How many row indices it takes."""
        return self.column["rows"].row_count

    def mapped(self, index):
        if index >= self.entries():
            return None
        row = self.column["rows"].integer(index)
        return row if row < self.row_count else None

    def verify(self):
        for index in range(self.entries()):
            row = self.column["rows"].integer(index)
            require(row < self.row_count or row == NOTHING, "BAD_PAYLOAD", "row of index %d" % index, row,
                    "below %d or %d" % (self.row_count, NOTHING))
