/// The small part of Python's literals that .npy headers are written in.
enum PythonLiteral: Equatable {
    case string(String)
    case boolean(Bool)
    case integer(UInt64)
    case tuple([PythonLiteral])
    case list
}
