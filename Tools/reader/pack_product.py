"""Packing of rows of codewords: codecs/pq.md and codecs/rq.md, "Packing"."""

import math
import struct

import f32
from common import packed_codes


def codebooks(codec, given):
    """The given codewords' numbers, rounded to the type of the file, as bytes and as they are read back."""
    data = given.data
    if codec.type != given.type:
        data = b"".join(struct.pack("<H", f32.f16_bits(word)) for (word,) in struct.iter_unpack("<I", data))
    return data, f32.decoder(codec.type)(data)


def half_square(c):
    """Half the squared length of a codeword."""
    h = 0.0
    for a in c:
        h = f32.fma(a, a, h)
    return f32.multiply(0.5, h)


def score(h, x, c):
    """h - x * c: half the squared distance but for what does not depend on the codeword."""
    for a, b in zip(x, c):
        h = f32.fma(-a, b, h)
    return h


class SubQuantizer:
    """The codewords of a sub-vector, centred."""

    def __init__(self, codewords):
        self.mean = []
        for column in zip(*codewords):
            total = 0.0
            for a in column:
                total = f32.add(total, a)
            self.mean.append(f32.divide(total, len(codewords)))
        self.centred = [self.minus_mean(codeword) for codeword in codewords]
        self.halves = [half_square(codeword) for codeword in self.centred]

    def minus_mean(self, x):
        return [f32.subtract(a, b) for a, b in zip(x, self.mean)]

    def nearest(self, x, among):
        """The number of the nearest of the first codewords."""
        z, best, least = self.minus_mean(x), 0, math.inf
        for k in range(among):
            s = score(self.halves[k], z, self.centred[k])
            if s < least:
                best, least = k, s
        return best


def pack_pq(codec, rows, given):
    data, numbers = codebooks(codec, given["codebooks"])
    columns = [("codebooks", codec.type, 1, data)]
    if "rows" in given:
        return columns + [(name, "u8", given[name].width, given[name].data) for name in codec.columns[1:]]
    quantizers = [SubQuantizer([[numbers[i] for i in codec.codeword(m, k)] for k in range(1 << codec.bits)])
                  for m in range(codec.count)]
    hot = codec.hot_rows(len(rows))

    def codes(row, bits):
        x = [f32.from_bits(word) for word in row]
        return [quantizer.nearest(x[codec.first[m]:codec.first[m + 1]], 1 << bits)
                for m, quantizer in enumerate(quantizers)]

    if codec.fast_scan:
        blocks = fast_scan_blocks([codes(row, codec.bits) for row in rows], codec.count)
        return columns + [("rows", "u8", 16 * codec.count, blocks)]
    for name, bits, part in (("rows", codec.bits, rows[:hot]), ("cold", codec.cold_bits, rows[hot:])):
        if name in codec.columns:
            data = b"".join(packed_codes(codes(row, bits), bits) for row in part)
            columns.append((name, "u8", (codec.count * bits + 7) // 8, data))
    return columns


def fast_scan_blocks(codes, count):
    """Blocks of 32 rows."""
    data = bytearray(-(-len(codes) // 32) * 16 * count)
    for row, codes_of_row in enumerate(codes):
        block, i = row // 32 * 16 * count, row % 32
        for m, code in enumerate(codes_of_row):
            data[block + 16 * m + i % 16] |= code << (4 if i >= 16 else 0)
    return bytes(data)


def pack_rq(codec, rows, given):
    data, numbers = codebooks(codec, given["codebooks"])
    columns = [("codebooks", codec.type, codec.width, data)]
    if "rows" in given:
        return columns + [("rows", "u8", given["rows"].width, given["rows"].data)]
    codewords = [numbers[at:at + codec.width] for at in range(0, len(numbers), codec.width)]
    books = [codewords[m << codec.bits:m + 1 << codec.bits] for m in range(codec.count)]
    halves = [[half_square(c) for c in book] for book in books]
    data = b"".join(packed_codes(beam_search([f32.from_bits(word) for word in row], books, halves, codec.beam),
                                 codec.bits) for row in rows)
    return columns + [("rows", "u8", (codec.count * codec.bits + 7) // 8, data)]


def beam_search(x, books, halves, beam):
    """The codes of a row. A candidate is its codes, its residual and its score."""
    candidates = [([], x, 0.0)]
    for book, halves_of_book in zip(books, halves):
        pairs = []
        for place, (_, residual, so_far) in enumerate(candidates):
            for k, codeword in enumerate(book):
                s = f32.add(score(halves_of_book[k], residual, codeword), so_far)
                pairs.append((math.inf if math.isnan(s) else s, place, k))
        candidates = [(candidates[place][0] + [k],
                       [f32.subtract(a, b) for a, b in zip(candidates[place][1], book[k])], s)
                      for s, place, k in sorted(pairs)[:beam]]
    return candidates[0][0]
