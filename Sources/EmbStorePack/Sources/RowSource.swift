/// One table to pack, read from a file row by row and more than once if need be.
///
/// A source holds a file and a position in it and belongs to one thread at a time. Whatever the file claims, a source
/// needs no more memory than a few buffers of some MiB beside the caller's tile.
public protocol RowSource: AnyObject {
    /// What is known before the first row is read.
    var shape: SourceShape { get }

    /// Replaces the tile's content by the next rows, in the order of the file.
    ///
    /// - Parameter tile: A tile of the shape's `dim` and `keys`. It may come back with fewer rows than it has room for.
    /// - Returns: The number of rows delivered; 0 only at the end. After an error the source must be rewound.
    func next(into tile: RowTile) throws(SourceError) -> Int

    /// Goes back to the first row.
    func rewind() throws(SourceError)
}
