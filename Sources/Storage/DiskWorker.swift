internal import Bytes
internal import Journal
internal import Platform

/// Carries out operations on the calling thread; each lane has one of its own, with its own open
/// files.
final class DiskWorker {
    /// Open files kept; a lane uses few at a time.
    private static let openFileCountMax = 8
    /// Zeroes are written and made durable in slices, so that the other lane's syncs get between.
    private static let zeroSliceByteCount = 1 << 20

    private final class OpenFile {
        let file: DiskFile
        let handle: FileHandle

        init(_ file: DiskFile, handle: consuming FileHandle) {
            self.file = file
            self.handle = handle
        }
    }

    private let directory: DataDirectory
    /// What may be given up when the disk is full.
    private let spare: SpareSpace?
    /// Until the batch is done that it was given up for.
    private var isSpareGiven = false
    /// The longest sync of a file in the batch at hand.
    private var syncNanoseconds: UInt64 = 0
    /// The one used last stands last.
    private var openFiles: [OpenFile] = []

    init(_ directory: DataDirectory, spare: SpareSpace? = nil) {
        self.directory = directory
        self.spare = spare
    }

    /// Carries out a batch.
    func perform(_ batch: DiskBatch) -> DiskCompletion {
        syncNanoseconds = 0
        let reads = perform(batch.operations)
        var completion = DiskCompletion(number: batch.number, lane: batch.lane, reads: reads)
        completion.syncNanoseconds = syncNanoseconds
        return completion
    }

    /// Carries out the operations in order and gives what was read. Does not return after a
    /// failure: the process ends.
    func perform(_ operations: [DiskOperation]) -> [[UInt8]] {
        var reads: [[UInt8]] = []
        for operation in operations {
            do throws(SystemError) {
                if let bytes = try attempt(operation) { reads.append(bytes) }
            } catch { DiskFailure.end(error, operation: operation) }
        }
        if isSpareGiven {
            isSpareGiven = false
            spare?.keep()
        }
        return reads
    }

    /// Carries out one operation and gives what was read.
    ///
    /// A file that was to be made, and for which there was no room, is not harmed by another try;
    /// a sync that failed is never repeated.
    func attempt(_ operation: DiskOperation) throws(SystemError) -> [UInt8]? {
        do throws(SystemError) { return try perform(operation) } catch {
            guard error.isOutOfSpace, let spare else { throw error }
            switch operation {
            case .create, .write, .rename:
                guard spare.release() else { throw error }
                isSpareGiven = true
                return try perform(operation)
            case .sync, .remove, .syncDirectory, .read: throw error
            }
        }
    }

    private func perform(_ operation: DiskOperation) throws(SystemError) -> [UInt8]? {
        switch operation {
        case .create(let file, let zeroedByteCount):
            try create(file, zeroedByteCount: zeroedByteCount)
        case .write(let file, let offset, let bytes):
            try open(file).handle.write(bytes, at: offset)
        case .sync(let file): try synchronize(file)
        case .rename(let file, let other): try rename(file, to: other)
        case .remove(let file):
            close(file)
            try directory.locate(file) { (place, name) throws(SystemError) in
                try place.remove(name)
            }
        case .syncDirectory:
            try directory.segments.synchronize()
            try directory.top.synchronize()
        case .read(let file, let offset, let byteCount):
            return try open(file).handle.read(at: offset, byteCount: byteCount)
        }
        return nil
    }

    private func synchronize(_ file: DiskFile) throws(SystemError) {
        let handle = try open(file)
        let start = Clock.monotonicNow()
        try handle.handle.synchronize()
        let took = Clock.monotonicNow().nanoseconds(since: start)
        syncNanoseconds = max(syncNanoseconds, took)
    }

    private func create(_ file: DiskFile, zeroedByteCount: Int) throws(SystemError) {
        close(file)
        let handle = try directory.locate(file) { (place, name) throws(SystemError) in
            try place.open(name, for: .creating)
        }
        let created = OpenFile(file, handle: handle)
        let zeroes = [UInt8](repeating: 0, count: min(zeroedByteCount, Self.zeroSliceByteCount))
        var offset = 0
        while offset < zeroedByteCount {
            let count = min(zeroes.count, zeroedByteCount - offset)
            try created.handle.write(zeroes.span.extracting(..<count), at: offset)
            try created.handle.synchronize()
            offset += count
        }
        keep(created)
    }

    private func rename(_ file: DiskFile, to other: DiskFile) throws(SystemError) {
        close(file)
        close(other)
        let name = other.name
        try directory.locate(file) { (place, oldName) throws(SystemError) in
            try place.rename(oldName, to: name)
        }
    }

    private func open(_ file: DiskFile) throws(SystemError) -> OpenFile {
        if let last = openFiles.last, last.file == file { return last }
        if let place = openFiles.firstIndex(where: { $0.file == file }) {
            let found = openFiles.remove(at: place)
            openFiles.append(found)
            return found
        }
        let handle = try directory.locate(file) { (place, name) throws(SystemError) in
            try place.open(name, for: .writing)
        }
        let opened = OpenFile(file, handle: handle)
        keep(opened)
        return opened
    }

    private func keep(_ opened: OpenFile) {
        assert(!openFiles.contains { $0.file == opened.file }, "\(opened.file.name) is open twice")
        if openFiles.count == Self.openFileCountMax { openFiles.removeFirst() }
        openFiles.append(opened)
    }

    private func close(_ file: DiskFile) { openFiles.removeAll { $0.file == file } }
}
