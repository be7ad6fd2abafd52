@_spi(Fuzzing) internal import EmbStorePack

/// What the program is called decides the format: `fuzz-npz` reads archives, `fuzz-keys` key files, and `fuzz-source`
/// whatever the bytes look like.
private nonisolated(unsafe) var subject = "source"

@c(LLVMFuzzerInitialize)
public func initialize(
    _ argc: UnsafeMutablePointer<CInt>!,
    _ argv: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>!
) -> CInt {
    guard let program = unsafe argv.pointee?.pointee else { return 0 }
    let name = unsafe String(cString: program).split(separator: "/").last ?? ""
    unsafe subject = name.hasPrefix("fuzz-") ? String(name.dropFirst(5)) : "source"
    precondition(
        unsafe ["source", "keys"].contains(subject) || SourceFormat(rawValue: subject) != nil, "which format?")
    return 0
}

@c(LLVMFuzzerTestOneInput)
public func testOneInput(_ data: UnsafePointer<UInt8>!, _ size: Int) -> CInt {
    let bytes = unsafe [UInt8](UnsafeBufferPointer(start: data, count: size))
    if unsafe subject == "keys" {
        fuzzKeys(bytes: bytes)
    } else {
        fuzzSource(format: unsafe SourceFormat(rawValue: subject), bytes: bytes)
    }
    return 0
}
