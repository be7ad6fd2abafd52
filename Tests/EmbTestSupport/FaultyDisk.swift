internal import EmbIO
internal import SystemPackage

/// The state behind a `FaultyFileSystem`: what readers see, what is durable, and the faults still to come.
struct FaultyDisk {
    /// Files are numbered, as inodes are; a name is one thing, a file another.
    var files: [DiskFile] = []
    var current: [String: Int] = [:]
    private var durable: [String: Int] = [:]
    /// Changes to names since they were last synced; each happens as a whole.
    private var pending: [NameChange] = []

    private(set) var calls: [FaultyFileSystem.Call] = []
    private let faults: Faults
    private var sizes: SplitMix64
    private var interruptible = 0
    private var hasCrashed = false

    typealias NameChange = [(name: String, file: Int?)]

    init(_ faults: Faults) {
        self.faults = faults
        sizes = SplitMix64(seed: faults.shortTransfers ?? 0)
    }

    /// Every call comes by here first, to be logged, and perhaps to fail.
    mutating func begin(
        _ operation: IOError.Operation, _ path: String, _ offset: UInt64 = 0, _ byteCount: Int = 0
    ) throws(IOError) {
        if calls.count == faults.crashAfter { hasCrashed = true }
        if hasCrashed { throw IOError(operation, path, .ioError, detail: "the machine has stopped") }
        calls.append(.init(operation: operation, path: path, offset: offset, byteCount: byteCount))
        if isInterrupted(operation) { throw IOError(operation, path, .interrupted) }
        guard let failure = faults.failure, failure.operation == operation else { return }
        if calls.count(where: { $0.operation == operation }) == failure.call {
            throw IOError(operation, path, failure.errno)
        }
    }

    private mutating func isInterrupted(_ operation: IOError.Operation) -> Bool {
        let operations: [IOError.Operation] = [.open, .create, .read, .write, .beginSync, .sync, .syncFolder]
        guard let every = faults.interruptEvery, operations.contains(operation) else { return false }
        interruptible += 1
        return interruptible.isMultiple(of: every)
    }
}

extension FaultyDisk {
    func file(at path: String, for operation: IOError.Operation) throws(IOError) -> Int {
        guard let file = current[path] else { throw IOError(operation, path, .noSuchFileOrDirectory) }
        return file
    }

    mutating func create(_ path: String) -> Int {
        files.append(DiskFile())
        change([(path, files.count - 1)])
        return files.count - 1
    }

    mutating func put(_ bytes: [UInt8], at path: String) {
        files.append(DiskFile(durable: bytes))
        current[path] = files.count - 1
        durable[path] = files.count - 1
    }

    mutating func change(_ change: NameChange) {
        for (name, file) in change { current[name] = file }
        pending.append(change)
    }

    mutating func syncNames(in folder: String) {
        if faults.ignoresSync { return }
        let changes = pending.filter { $0.allSatisfy { FilePath($0.name).removingLastComponent() == FilePath(folder) } }
        for (name, file) in changes.joined() { durable[name] = file }
        pending.removeAll { change in changes.contains { $0.elementsEqual(change, by: ==) } }
    }

    mutating func sync(_ file: Int) {
        if !faults.ignoresSync { files[file].sync() }
    }

    mutating func read(_ file: Int, at offset: Int, atMost count: Int) -> ArraySlice<UInt8> {
        let available = files[file].bytes.dropFirst(offset).prefix(count)
        return available.prefix(transferred(available.count))
    }

    mutating func write(_ bytes: [UInt8], to file: Int, at offset: Int, _ path: String) throws(IOError) -> Int {
        let growth = max(0, offset + bytes.count - files[file].bytes.count)
        let room = (faults.capacity ?? .max) - files.reduce(0) { $0 + $1.bytes.count }
        let fitting = bytes.count - max(0, growth - room)
        guard fitting > 0 else { throw IOError(.write, path, .noSpace) }
        let count = transferred(fitting)
        files[file].write(Array(bytes.prefix(count)), at: offset)
        return count
    }

    private mutating func transferred(_ count: Int) -> Int {
        faults.shortTransfers == nil || count < 2 ? count : Int.random(in: 1...count, using: &sizes)
    }

    func imageAfterCrash(using generator: inout SplitMix64) -> [String: [UInt8]] {
        var names = durable
        for change in pending where Bool.random(using: &generator) {
            for (name, file) in change { names[name] = file }
        }
        return names.mapValues { files[$0].afterCrash(using: &generator) }
    }
}
