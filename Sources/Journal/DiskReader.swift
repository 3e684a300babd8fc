/// The one port of the house: how recovery reads the data directory before anything runs.
package protocol DiskReader {
    /// Every file of the directory that has one of our names.
    func files() throws(DiskReadError) -> [DiskFile]
    /// The file's length in bytes, nil when it does not exist.
    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int?
    /// Up to `byteCount` bytes at `offset`; fewer only at the end of the file.
    func read(
        _ file: DiskFile,
        offset: Int,
        byteCount: Int
    ) throws(DiskReadError) -> [UInt8]
}

/// The disk refused a read.
package struct DiskReadError: Error, Hashable, Sendable {
    package let file: DiskFile?
    /// The system's error number.
    package let code: Int32

    package init(file: DiskFile?, code: Int32) {
        self.file = file
        self.code = code
    }
}
