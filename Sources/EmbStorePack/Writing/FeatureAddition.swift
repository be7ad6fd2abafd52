public import EmbFormat
public import EmbIO
public import EmbStore

/// Adds features to a packed file: the segments are copied as they are stored, catalog and superblock are written anew.
///
///     let store = try Store(path: "users.emb")
///     let city = FeatureEntry(name: "city", table: 0, arguments: "probes=2, salt=7")
///     try FeatureAddition(replacing: true).add([city], to: store, at: "users.emb")
public struct FeatureAddition: Sendable {
    public var replacing: Bool
    public var fileSystem: any FileSystem

    public init(replacing: Bool = false, fileSystem: any FileSystem = PosixFileSystem()) {
        self.replacing = replacing
        self.fileSystem = fileSystem
    }

    /// Writes a file that is `store`'s but for `features` behind its own, and the next generation.
    ///
    /// `path` may be the store's own: the file is replaced whole, and whoever has it open keeps the old one. Memory: the
    /// write buffer, beside the page cache. Returns the new file's superblock.
    ///
    /// - Parameter progress: Called now and then with the bytes copied, from the calling thread.
    /// - Throws: `PackError.plan` for what `open` would refuse, before anything is written; `PackError.io`.
    @discardableResult
    public func add(
        _ features: [FeatureEntry], to store: Store, at path: String, progress: (UInt64) -> Void = { _ in }
    ) throws(PackError) -> Superblock {
        let (superblock, bytes) = try head(features, store)
        do throws(IOError) {
            let mapping = try store.mapping.mapped()
            var file = try AtomicFile(at: path, replacing: replacing, fileSystem: fileSystem)
            try unsafe file.append(superblock.serialized().span.bytes)
            let segments = mapping.bytes.extracting(Superblock.byteCount..<Int(superblock.catalogOffset))
            var rest = segments
            while !rest.isEmpty {
                let piece = rest.extracting(first: AtomicFile.writeByteCount)
                try file.append(piece)
                rest = rest.extracting(droppingFirst: piece.byteCount)
                progress(UInt64(segments.byteCount - rest.byteCount))
            }
            try unsafe file.append(bytes.span.bytes)
            try file.commit()
        } catch {
            throw .io(error)
        }
        return superblock
    }

    /// The new superblock, and the bytes of the new catalog, which a reader takes.
    private func head(_ features: [FeatureEntry], _ store: Store) throws(PackError) -> (Superblock, [UInt8]) {
        var superblock = store.superblock
        guard superblock.writeVersion <= FormatVersion.write else {
            throw .plan(
                source: store.path, field: "writeVersion", found: "\(superblock.writeVersion)",
                expected: "at most \(FormatVersion.write), so that nothing unknown is lost")
        }
        for feature in features { try check(feature, store) }
        var catalog = store.catalog
        catalog.features += features
        let bytes = catalog.serialized()
        superblock.catalogBytes = UInt64(bytes.count)
        superblock.catalogChecksum = Checksum.xxh3(bytes)
        superblock.fileBytes = superblock.catalogOffset + superblock.catalogBytes
        superblock.generation += 1
        superblock.writer = StoreWriter.program
        do throws(FormatError) { _ = try unsafe Catalog(parsing: bytes.span.bytes, superblock: superblock) } catch {
            throw .plan(source: store.path, field: error.field, found: error.found, expected: error.expected)
        }
        return (superblock, bytes)
    }

    private func check(_ feature: FeatureEntry, _ store: Store) throws(PackError) {
        guard (1...FormatLimits.nameBytes).contains(feature.name.utf8.count),
            feature.arguments.utf8.count <= FormatLimits.expressionBytes
        else {
            throw .plan(
                source: store.path, field: "feature \"\(feature.name.prefix(80))\"",
                found: "\(feature.name.utf8.count) and \(feature.arguments.utf8.count) bytes",
                expected:
                    "a name of 1 to \(FormatLimits.nameBytes), arguments of at most \(FormatLimits.expressionBytes)")
        }
        guard feature.table < store.tables.count else {
            throw .plan(
                source: store.path, field: "table of feature \"\(feature.name)\"", found: "\(feature.table)",
                expected: "below \(store.tables.count)")
        }
        do throws(FormatError) { _ = try store.tables[Int(feature.table)].feature(feature.arguments) } catch {
            throw .plan(
                source: store.path, field: "arguments of feature \"\(feature.name)\"", found: error.found,
                expected: error.expected)
        }
    }
}
