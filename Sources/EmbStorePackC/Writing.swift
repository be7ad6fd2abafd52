// The names are those of the C header.
// swift-format-ignore-file: AlwaysUseLowerCamelCase

public import CEmbStore
public import CEmbStorePack
internal import EmbCInterface
internal import EmbStorePack
internal import Glibc
internal import Synchronization

@c @implementation
public func embstore_pack_estimate(
    _ pack: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int64,
    _ length: UnsafeMutablePointer<Int64>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(pack, PackHandle.self, "pack")
        var tables: [JSONText] = []
        for plan in try handle.plans() {
            let estimate = try packing { () throws(PackError) in try plan.estimate() }
            tables.append(Reports.json(plan, estimate))
        }
        var document = JSONText()
        document.add("tables", tables)
        try unsafe Argument.write(document.object, text, capacity, length)
    }
}

@c @implementation
public func embstore_pack_write(
    _ pack: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<embstore_pack_write_options>?
) -> embstore_status {
    unsafe changing(pack) { (handle) throws(CallError) in
        let path = try unsafe Argument.text(path, "path")
        let options = try unsafe SizedStruct.read(options, embstore_pack_write_defaults(), first: 24, "options")
        guard options.threads >= 0 else { throw .bad("threads", options.threads, expected: "0 or more") }
        var packer = Packer()
        packer.replacing = options.replacing != 0
        packer.threads = options.threads == 0 ? max(sysconf(Int32(_SC_NPROCESSORS_ONLN)), 1) : Int(options.threads)
        if options.generation != 0 { packer.generation = options.generation }
        let plans = try handle.plans()
        handle.isWritten = true
        defer { handle.moment.withLock { $0 = nil } }
        handle.report = try Blocking.pack(packer, plans, handle, to: path)
    }
}

@c @implementation
public func embstore_pack_report(
    _ pack: OpaquePointer?, _ text: UnsafeMutablePointer<CChar>?, _ capacity: Int64,
    _ length: UnsafeMutablePointer<Int64>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(pack, PackHandle.self, "pack")
        try unsafe Argument.write(handle.report, text, capacity, length)
    }
}

@c @implementation
public func embstore_pack_progress(
    _ pack: OpaquePointer?, _ moment: UnsafeMutablePointer<embstore_pack_moment>?
) -> embstore_status {
    status { () throws(CallError) in
        let handle = try unsafe Handle.object(pack, PackHandle.self, "pack")
        var found = embstore_pack_moment()
        if let now = handle.moment.withLock({ $0 }) {
            found.part = part(now.part)
            found.table = Int64(handle.names.withLock { $0.firstIndex(of: now.table) } ?? 0)
            (found.rows_done, found.row_count) = (now.rowsDone, now.rowCount ?? 0)
        }
        try unsafe SizedStruct.fill(moment, found, first: 32, "moment")
    }
}

private func part(_ part: PackProgress.Part) -> Int32 {
    switch part {
    case .counting: Int32(EMBSTORE_PACK_COUNTING)
    case .reading: Int32(EMBSTORE_PACK_READING)
    case .fitting: Int32(EMBSTORE_PACK_FITTING)
    case .learning: Int32(EMBSTORE_PACK_LEARNING)
    }
}
