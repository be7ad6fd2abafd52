public import EmbCodecs
public import EmbFormat
public import EmbIO

/// An open file of embedding tables.
///
/// `open` maps the file and checks everything that lookups rely on, in time that depends on the number of tables and not
/// of rows. Immutable and callable from any thread. Tables keep what they read from alive; a file replaced by rename
/// stays readable through stores opened before.
///
///     let store = try Store(path: "words.emb")
///     let words = try store.table("words")
///     let rows = try words.gather([17, 4, 17])        // 3 x words.dim floats
public final class Store: Sendable {
    public let path: String
    public let superblock: Superblock
    public let catalog: Catalog
    public let tables: [EmbeddingTable]
    /// The tables that features read, in the order of the catalog.
    private let features: [EmbeddingTable]
    private let featureNumbers: [String: Int]
    package let mapping: Mapping
    let cache: BlockCache

    /// Opens the file at `path`.
    ///
    /// - Parameters:
    ///   - residency: How the file is held in memory.
    ///   - registry: The stages that expressions in the file may name.
    ///   - blockCacheBytes: Memory for decoded blocks of compressed columns and, in residency `bounded`, for pages of the file;
    ///     half of it each, if the file has both. Beside it such a store holds columns that every lookup needs (codebooks,
    ///     matrices), those up to 64 KiB, and 256 KiB for each read that was ever under way at the same time, at most 16 of them.
    /// - Throws: `StoreError.io`, or `StoreError.refused` with the first check of Formats/container.md that fails.
    public init(
        path: String, residency: Residency = .mapped, registry: Registry = .builtin, blockCacheBytes: Int = 64 << 20
    ) throws(StoreError) {
        self.path = path
        let file = try Store.map(path, residency)
        (superblock, catalog) = try Store.parse(file, path)
        let hasBlocks = catalog.segments.contains { $0.encoding != .raw }
        // Pages and blocks share the memory, where there are both.
        let pageBytes = residency != .bounded ? 0 : hasBlocks ? blockCacheBytes / 2 : blockCacheBytes
        mapping = try Store.keep(pageBytes, of: file)
        cache = BlockCache(capacity: blockCacheBytes - pageBytes)
        do throws(FormatError) {
            (tables, features) = try TableOpener(
                catalog: catalog, mapping: mapping, cache: cache, registry: registry
            ).openAll()
            featureNumbers = Dictionary(
                catalog.features.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
        } catch {
            throw .refused(path: path, error)
        }
    }

    private static func map(_ path: String, _ residency: Residency) throws(StoreError) -> Mapping {
        do throws(IOError) {
            return try Mapping(path: path, residency: residency)
        } catch  where error.isEmptyFile {
            throw .refused(path: path, FormatError(.notEmbStore, "magic", found: "an empty file", expected: "8 bytes"))
        } catch {
            throw .io(error)
        }
    }

    private static func keep(_ bytes: Int, of file: Mapping) throws(StoreError) -> Mapping {
        guard !file.isMapped else { return file }
        do throws(IOError) { return try Mapping(file, keepingPages: bytes) } catch { throw .io(error) }
    }

    private static func parse(_ mapping: Mapping, _ path: String) throws(StoreError) -> (Superblock, Catalog) {
        do {
            let head = mapping.isMapped ? mapping : try mapping.copy(0..<min(Superblock.byteCount, mapping.byteCount))
            let start = head.bytes.extracting(first: min(Superblock.byteCount, mapping.byteCount))
            let superblock = try Superblock(parsing: start, actualFileBytes: UInt64(mapping.byteCount))
            let catalogStart = Int(superblock.catalogOffset)
            let tail = mapping.isMapped ? mapping : try mapping.copy(catalogStart..<mapping.byteCount)
            let bytes = tail.bytes.extracting((mapping.isMapped ? catalogStart : 0)..<tail.byteCount)
            return (superblock, try Catalog(parsing: bytes, superblock: superblock))
        } catch let error as FormatError {
            throw .refused(path: path, error)
        } catch {
            throw .io(error as! IOError)
        }
    }

    /// The table called `name`. O(tables).
    public func table(_ name: String) throws(StoreError) -> EmbeddingTable {
        guard let table = tables.first(where: { $0.name == name }) else {
            throw .noSuchTable(name, known: tables.map(\.name))
        }
        return table
    }

    /// The table that feature `name` reads, seen through the feature's arguments. Made when the store was opened: O(1).
    public func feature(_ name: String) throws(StoreError) -> EmbeddingTable {
        guard let number = featureNumbers[name] else {
            throw .noSuchFeature(name, known: catalog.features.map(\.name))
        }
        return features[number]
    }

    /// How many bytes of the file are in memory now. O(pages).
    public func residentBytes() throws(StoreError) -> Int {
        do throws(IOError) { return try mapping.residentBytes() } catch { throw .io(error) }
    }

    /// Reads the whole file into memory now, as residency `populated` does before opening returns. With `bounded`: nothing.
    /// O(bytes). Callable while lookups run.
    public func warm() throws(StoreError) {
        do throws(IOError) { try mapping.populate() } catch { throw .io(error) }
    }

    /// The file's length.
    public var byteCount: Int { mapping.byteCount }
    /// Blocks of compressed columns decoded so far.
    public var decodedBlocks: UInt64 { cache.decodeCount }
}
