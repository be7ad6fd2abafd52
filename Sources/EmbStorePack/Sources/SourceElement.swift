/// How a source stores one value. Every value is delivered as a `Float`.
///
/// `f16`, `bf16`, `f32`, `i8`, `u8`, `i16` and `u16` convert exactly. `f64`, `i32`, `u32`, `i64`, `u64` and decimal
/// text are rounded to the nearest `Float`, ties to even. A finite value beyond the range of `Float` is an error;
/// infinities and NaN pass.
public enum SourceElement: String, Sendable, CaseIterable {
    case f16, bf16, f32, f64
    case i8, u8, i16, u16, i32, u32, i64, u64
    case text

    /// Bytes per stored element; 0 for text.
    public var byteCount: Int {
        switch self {
        case .i8, .u8: 1
        case .f16, .bf16, .i16, .u16: 2
        case .f32, .i32, .u32: 4
        case .f64, .i64, .u64: 8
        case .text: 0
        }
    }
}
