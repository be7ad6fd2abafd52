/// Turns stored elements into floats.
///
/// Loads are unaligned and bytes are swapped where the file's order is not the machine's. The rounding is that of
/// `SourceElement`.
struct ElementDecoder: Equatable {
    let element: SourceElement
    let bigEndian: Bool

    /// Whether the stored bytes are the floats' bytes, so that a file can be read straight into a tile.
    var isIdentity: Bool { element == .f32 && !bigEndian }

    /// Decodes `out.count` elements from the start of `bytes`.
    ///
    /// - Returns: The index of the first finite value beyond the range of `Float`, if there is one.
    func decode(_ bytes: Span<UInt8>, into out: inout MutableSpan<Float>) -> Int? {
        precondition(bytes.count >= out.count * element.byteCount)
        return unsafe bytes.withUnsafeBytes { bytes in
            unsafe out.withUnsafeMutableBufferPointer { unsafe decode(bytes.baseAddress, into: $0) }
        }
    }

    /// The double stored at an index, for messages.
    func double(_ bytes: Span<UInt8>, at index: Int) -> Double {
        let bits = (0..<8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[index * 8 + $1]) }
        return Double(bitPattern: bigEndian ? bits.byteSwapped : bits)
    }

    private func decode(_ start: UnsafeRawPointer?, into out: UnsafeMutableBufferPointer<Float>) -> Int? {
        guard let start = unsafe start else { return nil }
        switch element {
        case .f16: unsafe each(UInt16.self, start, out, Self.half)
        case .bf16: unsafe each(UInt16.self, start, out) { Float(bitPattern: UInt32($0) << 16) }
        case .f32: unsafe each(UInt32.self, start, out) { Float(bitPattern: $0) }
        case .f64: return unsafe doubles(start, out)
        case .i8: unsafe each(Int8.self, start, out) { Float($0) }
        case .u8: unsafe each(UInt8.self, start, out) { Float($0) }
        case .i16: unsafe each(Int16.self, start, out) { Float($0) }
        case .u16: unsafe each(UInt16.self, start, out) { Float($0) }
        case .i32: unsafe each(Int32.self, start, out) { Float($0) }
        case .u32: unsafe each(UInt32.self, start, out) { Float($0) }
        case .i64: unsafe each(Int64.self, start, out) { Float($0) }
        case .u64: unsafe each(UInt64.self, start, out) { Float($0) }
        case .text: preconditionFailure("text has a parser of its own")
        }
        return nil
    }

    @inline(__always)
    private func each<Stored: FixedWidthInteger>(
        _ type: Stored.Type, _ start: UnsafeRawPointer, _ out: UnsafeMutableBufferPointer<Float>,
        _ convert: (Stored) -> Float
    ) {
        for index in out.indices {
            let stored = unsafe start.loadUnaligned(fromByteOffset: index * MemoryLayout<Stored>.size, as: type)
            unsafe out[index] = convert(bigEndian ? stored.byteSwapped : stored)
        }
    }

    private func doubles(_ start: UnsafeRawPointer, _ out: UnsafeMutableBufferPointer<Float>) -> Int? {
        var overflow: Int?
        for index in out.indices {
            let stored = unsafe start.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)
            let value = Double(bitPattern: bigEndian ? stored.byteSwapped : stored)
            let rounded = Float(value)
            if rounded.isInfinite, value.isFinite, overflow == nil { overflow = index }
            unsafe out[index] = rounded
        }
        return overflow
    }

    /// The float of a half's bits. Exact: the product moves the exponent, subnormal halves become normal floats.
    @inline(__always)
    private static func half(_ bits: UInt16) -> Float {
        let magnitude = UInt32(bits & 0x7fff) << 13
        let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let special = magnitude | 0x7f80_0000
        return Float(bitPattern: (magnitude >= 0x0f80_0000 ? special : finite) | UInt32(bits & 0x8000) << 16)
    }
}
