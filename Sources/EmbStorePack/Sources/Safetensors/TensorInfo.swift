/// A tensor as the header of a .safetensors file describes it.
struct TensorInfo: Decodable, Equatable {
    let dtype: String
    let sizes: [UInt64]
    /// Begin and end, counted from the end of the header.
    let offsets: [UInt64]

    private enum CodingKeys: String, CodingKey {
        case dtype
        case sizes = "shape"
        case offsets = "data_offsets"
    }

    /// The element type, for those that tables are made of.
    var element: SourceElement? { Self.elements[dtype] }

    /// Bits per element, for all types that the format's own library knows.
    var elementBits: UInt64? {
        element.map { UInt64($0.byteCount) * 8 } ?? Self.otherBits[dtype]
    }

    private static let elements: [String: SourceElement] = [
        "F16": .f16, "BF16": .bf16, "F32": .f32, "F64": .f64,
        "I8": .i8, "I16": .i16, "I32": .i32, "I64": .i64,
        "U8": .u8, "U16": .u16, "U32": .u32, "U64": .u64,
    ]

    private static let otherBits: [String: UInt64] = [
        "BOOL": 8, "F4": 4, "F6_E2M3": 6, "F6_E3M2": 6, "F8_E5M2": 8, "F8_E4M3": 8, "F8_E8M0": 8, "F8_E4M3FNUZ": 8,
        "F8_E5M2FNUZ": 8, "C64": 64,
    ]
}
