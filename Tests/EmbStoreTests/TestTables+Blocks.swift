import EmbCodecs
import EmbFormat
import EmbStore
import EmbStorePack
import Foundation

extension TestTables {
    /// Writes the same tables with every column in blocks of so many bytes or one row.
    static func rewrite(_ store: Store, _ encoding: SegmentEncoding, blockBytes: Int, to path: String) throws {
        let file = try [UInt8](Data(contentsOf: URL(filePath: store.path)))
        let writer = try StoreWriter(path: path, replacing: true)
        for segment in store.catalog.segments {
            let bytes = Array(file[Int(segment.offset)..<Int(segment.end)])
            _ = try writer.add(
                ColumnData("", segment.shape, bytes: bytes), StoreWriter.Storage(encoding, blockBytes: blockBytes))
        }
        for table in store.catalog.tables { writer.add(table) }
        try writer.commit()
    }
}
