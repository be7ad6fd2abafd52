import Testing

@testable import EmbStorePack

@Suite struct NpzTests {
    private let table1 = NpyBytes.floats([1, 2, 3, 4], shape: "(2, 2)")

    private func archive(_ change: (inout ZipBytes.Member) -> Void = { _ in }) -> [UInt8] {
        var member = ZipBytes.Member(name: "t.npy", bytes: table1)
        change(&member)
        return ZipBytes.archive([member])
    }

    @Test func storedMembersAreRead() throws {
        #expect(try table(archive(), name: "a.npz").floats == [1, 2, 3, 4])
    }

    @Test func encryptedMembersAreRefused() {
        #expect(
            refusal(archive { $0.flags = 1 }, name: "a.npz")
                == .unsupportedLayout(
                    file: "a.npz:t.npy", found: "encrypted", advice: "decrypt the archive first"))
    }

    @Test func otherMethodsAreRefused() {
        #expect(refusal(archive { $0.method = 12 }, name: "a.npz")?.code == "UNSUPPORTED_LAYOUT")
    }

    @Test func checksumsAreVerified() {
        #expect(refusal(archive { $0.checksum = 1 }, name: "a.npz")?.code == "CORRUPT")
    }

    @Test func zip64IsRead() throws {
        let member = ZipBytes.Member(name: "t.npy", bytes: table1)
        let file = ZipBytes.archive([member], claimed: 0xffff, zip64: 1)
        #expect(try table(file, name: "a.npz").floats == [1, 2, 3, 4])
    }

    @Test func claimsOfMoreMembersThanFitAreRefused() {
        let member = ZipBytes.Member(name: "t.npy", bytes: table1)
        let small = ZipBytes.archive([member], claimed: 60_000)
        #expect(refusal(small, name: "a.npz")?.code == "CORRUPT")
        let large = ZipBytes.archive([member], claimed: 0xffff, zip64: 1 << 40)
        #expect(refusal(large, name: "a.npz")?.code == "CORRUPT")
    }

    @Test func sameNameTwiceIsRefused() {
        let member = ZipBytes.Member(name: "t.npy", bytes: table1)
        #expect(
            refusal(ZipBytes.archive([member, member]), name: "a.npz")
                == .duplicateName(
                    file: "a.npz", what: "members", name: "t"))
    }

    @Test func tensorIsChosenByName() throws {
        let members = [
            ZipBytes.Member(name: "t.npy", bytes: table1),
            ZipBytes.Member(name: "u.npy", bytes: NpyBytes.floats([9], shape: "(1, 1)")),
            ZipBytes.Member(name: "v.npy", bytes: NpyBytes.floats([9], shape: "(1,)")),
        ]
        let file = ZipBytes.archive(members)
        #expect(try table(file, name: "a.npz", options: SourceOptions(tensor: "u")).floats == [9])
        #expect(try table(file, name: "a.npz", options: SourceOptions(tensor: "u.npy")).floats == [9])
        #expect(try deliver(file, name: "a.npz").map(\.rowCount) == [2, 1])
        #expect(
            refusal(file, name: "a.npz", options: SourceOptions(tensor: "w"))
                == .noSuchTensor(
                    file: "a.npz", wanted: "w", available: ["t", "u", "v"]))
        #expect(refusal(file, name: "a.npz", options: SourceOptions(tensor: "v"))?.code == "NOT_A_TABLE")
        #expect(refusal(ZipBytes.archive([members[2]]), name: "a.npz")?.code == "NOT_A_TABLE")
    }

    @Test func structuredLabelsBesideATableAreSkipped() throws {
        let labels = NpyBytes.file("{'descr': [('a', '<f4', (2,))], 'fortran_order': False, 'shape': (3,), }\n")
        let members = [
            ZipBytes.Member(name: "labels.npy", bytes: labels), ZipBytes.Member(name: "t.npy", bytes: table1),
        ]
        #expect(try table(ZipBytes.archive(members), name: "a.npz").floats == [1, 2, 3, 4])
    }
}
