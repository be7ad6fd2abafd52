internal import Synchronization

/// The temporary files of this process that are neither published nor removed.
enum UnfinishedFiles {
    private static let files = Mutex<[String: any FileSystem]>([:])

    /// Creates and remembers in one step, so that `removeAll` meets no file that is not remembered yet.
    static func create(_ path: String, in fileSystem: any FileSystem) throws(IOError) -> any OpenFile {
        try files.withLock { files throws(IOError) in
            let file = try retryingInterrupts { () throws(IOError) in try fileSystem.createFile(path) }
            files[path] = fileSystem
            return file
        }
    }

    static func forget(_ path: String) {
        files.withLock { files in _ = files.removeValue(forKey: path) }
    }

    static func removeAll() {
        files.withLock { files in
            for (path, fileSystem) in files { try? fileSystem.remove(path) }
            files.removeAll()
        }
    }
}
