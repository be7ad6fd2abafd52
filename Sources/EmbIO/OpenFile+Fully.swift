internal import SystemPackage

extension OpenFile {
    /// Fills all of `buffer` from `offset` on, over short reads and interrupts. Allocates nothing.
    ///
    /// A file that ends before is `ENODATA` with both byte counts; what was read until then is in `buffer`.
    public func readFully(into buffer: inout MutableRawSpan, at offset: UInt64) throws(IOError) {
        var done = 0
        while done < buffer.byteCount {
            var rest = buffer._mutatingExtracting(done...)
            do throws(IOError) {
                let count = try read(into: &rest, at: offset + UInt64(done))
                guard count > 0 else { throw endedEarly(after: done, of: buffer.byteCount, at: offset) }
                done += count
            } catch  where error.errno == .interrupted { continue }
        }
    }

    /// Writes all of `bytes` from `offset` on, over short writes and interrupts. Allocates nothing.
    ///
    /// After an error any part of `bytes` may have been written.
    public func writeFully(_ bytes: RawSpan, at offset: UInt64) throws(IOError) {
        var done = 0
        while done < bytes.byteCount {
            do throws(IOError) {
                let count = try write(bytes.extracting(done...), at: offset + UInt64(done))
                // A regular file takes at least one byte or says why not; a loop here would never end.
                guard count > 0 else { throw IOError(.write, path, .ioError, detail: "nothing was written") }
                done += count
            } catch  where error.errno == .interrupted { continue }
        }
    }

    private func endedEarly(after done: Int, of wanted: Int, at offset: UInt64) -> IOError {
        IOError(.read, path, .noData, detail: "the file ends after \(done) of the \(wanted) bytes at offset \(offset)")
    }
}
