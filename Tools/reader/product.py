"""Rows of codewords: codecs/pq.md and codecs/rq.md."""

import re
from dataclasses import dataclass

import f32
import scores
from common import RowCodec, codes_of, exactly
from expression import Choice, Integer, labelled, taken
from refusal import require

MOST_CODES, MOST_HOT = 65_536, 2**32 - 2
CODEBOOKS = Choice("codebooks", ("f32", "f16"))


class Codes:
    """*M*`x`*B*: how many codes a row has, and of how many bits."""

    def take(self, arguments):
        word = taken(arguments, None, lambda value: True)
        match = re.match(r"([1-9][0-9]*)x(4|8)\Z", word or "")
        require(match and int(match[1]) <= MOST_CODES, "BAD_EXPRESSION", "codes", word, "such as 16x8 or 32x4")
        return (int(match[1]), int(match[2])), word


@dataclass
class Hot:
    """A number of rows, or of hundredths of the stored rows."""
    percent: bool
    number: int

    def rows(self, stored):
        return -(-stored * self.number // 100) if self.percent else min(self.number, stored)


class HotParameter:
    DEFAULT = Hot(True, 10)
    ROWS = Integer("hot", 0, MOST_HOT, None)

    def take(self, arguments):
        word = taken(arguments, "hot", lambda value: value.endswith("%"))
        if word is None and not any(argument.label == "hot" for argument in arguments):
            return self.DEFAULT, None
        if word is None:
            rows, spelled = self.ROWS.take(arguments)
            return Hot(False, rows), spelled
        match = re.match(r"(0|[1-9][0-9]*)%\Z", word)
        require(match and int(match[1]) <= 100, "BAD_EXPRESSION", "hot", word, "from 0% to 100%")
        value = Hot(True, int(match[1]))
        return value, None if value == self.DEFAULT else labelled("hot", word)


class ProductQuantizer(RowCodec):
    """codecs/pq.md"""
    parameters = {"codes": Codes(), "codebooks": CODEBOOKS, "layout": Choice("layout", ("rows", "fastscan")),
                  "cold_bits": Integer("coldBits", 1, 7, None, optional=True), "hot": HotParameter()}
    BLOCK = 32

    def __init__(self, name, codes, codebooks, layout, cold_bits, hot):
        super().__init__(name)
        self.count, self.bits = codes
        self.type, self.fast_scan, self.cold_bits, self.hot = codebooks, layout == "fastscan", cold_bits, hot
        self.columns = ("codebooks", "rows") if cold_bits is None else ("codebooks", "rows", "cold")

    @staticmethod
    def check_arguments(codes, codebooks, layout, cold_bits, hot):
        bits = codes[1]
        require(cold_bits is None or cold_bits < bits, "BAD_EXPRESSION", "coldBits", cold_bits, "below %d" % bits)
        require(layout == "rows" or bits == 4 and cold_bits is None, "BAD_EXPRESSION", "layout", layout,
                "rows, but with 4 bits and without coldBits")
        require(cold_bits is not None or hot == HotParameter.DEFAULT, "BAD_EXPRESSION", "hot", hot,
                "only with coldBits")

    def bind(self, width):
        super().bind(width)
        require(self.count <= width, "BAD_EXPRESSION", "sub-quantizers", self.count, "at most %d" % width)
        self.first = [m * (width // self.count) + min(m, width % self.count) for m in range(self.count + 1)]

    def hot_rows(self, stored):
        return stored if self.cold_bits is None else self.hot.rows(stored)

    def shapes(self, table):
        self.row_count = table.row_count
        hot = self.hot_rows(table.row_count)
        rows = exactly("u8", hot, (self.count * self.bits + 7) // 8)
        if self.fast_scan:
            rows = exactly("u8", -(-table.row_count // self.BLOCK), 16 * self.count)
        shapes = {"codebooks": exactly(self.type, self.width << self.bits, 1, raw=True), "rows": rows}
        if self.cold_bits is not None:
            shapes["cold"] = exactly("u8", table.row_count - hot, (self.count * self.cold_bits + 7) // 8)
        return shapes

    def fetch(self, row):
        """The codes of a row."""
        hot = self.hot_rows(self.row_count)
        if self.fast_scan:
            block, i = self.column["rows"].row(row // self.BLOCK), row % self.BLOCK
            return [block[16 * m + i % 16] >> (4 if i >= 16 else 0) & 15 for m in range(self.count)]
        if row < hot:
            return codes_of(self.column["rows"].row(row), self.bits, self.count)
        return codes_of(self.column["cold"].row(row - hot), self.cold_bits, self.count)

    def codeword(self, m, code):
        """The elements of the codebooks that are codeword `code` of sub-vector `m`."""
        width = self.first[m + 1] - self.first[m]
        begin = (self.first[m] << self.bits) + code * width
        return range(begin, begin + width)

    def decode(self, codes):
        codebooks = self.column["codebooks"]
        elements = [element for m, code in enumerate(codes) for element in self.codeword(m, code)]
        decode = f32.decoder(self.type)
        return [decode(codebooks.row(element))[0] for element in elements]

    def score(self, codes, q, metric):
        decode = f32.decoder(self.type)
        books = [[[decode(self.column["codebooks"].row(element))[0] for element in self.codeword(m, code)]
                  for code in range(1 << self.bits)] for m in range(self.count)]
        return scores.pq_score(books, codes, self.fast_scan and self.count <= 256, q, metric)


class ResidualQuantizer(RowCodec):
    """codecs/rq.md"""
    columns = ("codebooks", "rows")
    parameters = {"codes": Codes(), "codebooks": CODEBOOKS, "beam": Integer("beam", 1, 32, 5)}

    def __init__(self, name, codes, codebooks, beam):
        super().__init__(name)
        self.count, self.bits = codes
        self.type, self.beam = codebooks, beam

    def shapes(self, table):
        return {"codebooks": exactly(self.type, self.count << self.bits, self.width, raw=True),
                "rows": exactly("u8", table.row_count, (self.count * self.bits + 7) // 8)}

    def decode(self, stored):
        decode = f32.decoder(self.type)
        codes = codes_of(stored, self.bits, self.count)
        x, *further = [decode(self.column["codebooks"].row((m << self.bits) + code)) for m, code in enumerate(codes)]
        for codeword in further:
            x = [f32.add(a, b) for a, b in zip(x, codeword)]
        return x
