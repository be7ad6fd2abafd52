import EmbIO
import SystemPackage
import Testing

struct IOErrorTests {
    @Test func descriptionNamesOperationPathReasonAndSymbol() {
        let error = IOError(.write, "/x/y.emb", .noSpace)
        #expect(error.description == "cannot write /x/y.emb: No space left on device (ENOSPC)")
    }

    @Test func descriptionEndsWithTheDetail() {
        let error = IOError(.lock, "t.emb", .noMemory, detail: "RLIMIT_MEMLOCK is 8192 bytes")
        let expected = "cannot lock in memory t.emb: Cannot allocate memory (ENOMEM): RLIMIT_MEMLOCK is 8192 bytes"
        #expect(error.description == expected)
    }

    @Test func unknownNumbersAreShownAsNumbers() {
        #expect(IOError(.read, "t", Errno(rawValue: 9999)).description.hasSuffix("(errno 9999)"))
    }

    @Test(arguments: IOError.Operation.allCases)
    func everyOperationReadsAsASentence(operation: IOError.Operation) {
        let text = IOError(operation, "t", .ioError).description
        #expect(text.hasPrefix("cannot ") && text.hasSuffix(" t: Input/output error (EIO)"))
    }
}
