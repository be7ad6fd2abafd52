@testable import EmbStorePack

/// .npy files written by hand, well-formed or not.
enum NpyBytes {
    /// A version 1 file with this dictionary text and these elements.
    static func file(_ dictionary: String, version: UInt8 = 1, data: [UInt8] = []) -> [UInt8] {
        let text = Array(dictionary.utf8)
        let length = version == 1 ? [UInt8(text.count & 255), UInt8(text.count >> 8)] : little(UInt32(text.count))
        return NpyHeader.magic + [version, 0] + length + text + data
    }

    static func dictionary(_ descr: String, _ shape: String, fortran: Bool = false) -> String {
        "{'descr': '\(descr)', 'fortran_order': \(fortran ? "True" : "False"), 'shape': \(shape), }\n"
    }

    /// A file of float32 rows.
    static func floats(_ values: [Float], shape: String, fortran: Bool = false) -> [UInt8] {
        file(dictionary("<f4", shape, fortran: fortran), data: values.flatMap { little($0.bitPattern) })
    }

    static func little<Number: FixedWidthInteger>(_ value: Number) -> [UInt8] {
        (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Number($0 * 8)) }
    }
}
