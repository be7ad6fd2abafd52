import Testing

@testable import EmbStorePack

@Suite struct WriterTests {
    private func collect(_ body: (_ sink: (RawSpan) -> Void) throws -> Void) rethrows -> [UInt8] {
        var bytes: [UInt8] = []
        try body { span in unsafe span.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) } }
        return bytes
    }

    private var values: [Float] {
        var random = SplitMix64(seed: 3)
        return (0..<30).map { _ in Float(bitPattern: UInt32(truncatingIfNeeded: random.next())) }.map {
            $0.isNaN ? 1 : $0
        }
    }

    @Test func npyComesBackBitForBit() throws {
        let file = try collect { sink in
            var writer = NpyWriter(element: .f32, rowCount: 10, dim: 3)
            try writer.start(to: sink)
            try writer.append(values.span.extracting(0..<12), to: sink)
            try writer.append(values.span.extracting(12..<30), to: sink)
            try writer.finish()
        }
        #expect(try table(file, name: "t.npy").values == values.map(\.bitPattern))
        #expect((file.count - 30 * 4).isMultiple(of: 64))
    }

    @Test func headerIsNumpysOwn() throws {
        let header = try collect { try NpyWriter(element: .f32, rowCount: 7, dim: 5).start(to: $0) }
        let numpy = try Fixtures.bytes("c-f32.npy")
        #expect(header == Array(numpy.prefix(header.count)))
    }

    @Test func halvesAreRoundedAndOverflowIsCounted() throws {
        var writer = NpyWriter(element: .f16, rowCount: 1, dim: 4)
        let file = try collect { sink in
            try writer.start(to: sink)
            try writer.append(([1.0004883, 70_000, .infinity, 1e-8] as [Float]).span, to: sink)
        }
        #expect(try table(file, name: "t.npy").floats == [1, .infinity, .infinity, 0])
        #expect(writer.overflowCount == 1)
    }

    @Test(arguments: [VectorTextWriter.Style.glove, .word2vec]) func textComesBackBitForBit(
        style: VectorTextWriter.Style
    ) throws {
        let keys = ["the", ". . .", "", " ", "\u{a0}", "a@b", "1 2", "nan", "x\ty", "z"]
        var ends: [UInt32] = []
        for key in keys { ends.append((ends.last ?? 0) + UInt32(key.utf8.count)) }
        let file = try collect { sink in
            var writer = VectorTextWriter(style: style, rowCount: 10, dim: 3)
            try writer.start(to: sink)
            try writer.append(
                values.span, keyBytes: Array(keys.joined().utf8).span, keyEnds: ends.span, to: sink)
            try writer.finish()
        }
        let read = try table(file, name: "t.txt")
        #expect(read.values == values.map(\.bitPattern))
        #expect(read.names == keys)
    }

    @Test func keysWithLineFeedAreRefused() throws {
        var writer = VectorTextWriter(style: .glove, rowCount: 2, dim: 1)
        #expect(throws: TableWriterError<Never>.keyWithLineFeed(row: 1, key: "b\\x0ac", offset: 1)) {
            try writer.append(
                ([1, 2] as [Float]).span, keyBytes: bytes("ab\nc").span, keyEnds: ([1, 4] as [UInt32]).span,
                to: { _ in })
        }
    }

    @Test func rowCountIsKept() throws {
        var writer = NpyWriter(element: .f32, rowCount: 1, dim: 1)
        #expect(throws: TableWriterError<Never>.rowCountMismatch(found: 0, expected: 1)) { try writer.finish() }
        #expect(throws: TableWriterError<Never>.rowCountMismatch(found: 2, expected: 1)) {
            try writer.append(([1, 2] as [Float]).span, to: { _ in })
        }
    }

    @Test func failuresOfTheSinkPass() {
        struct Full: Error, Equatable {}
        #expect(throws: TableWriterError<Full>.sink(Full())) {
            try NpyWriter(element: .f32, rowCount: 1, dim: 1).start(to: { _ throws(Full) in throw Full() })
        }
    }
}
