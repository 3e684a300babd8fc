internal import Backup
internal import Keyspace
internal import Platform

/// Why a file gives no backup.
enum BackupFileError: Error {
    case unreadable(SystemError)
    /// What is wrong with its bytes, in words.
    case damaged(String)
}

/// A backup read from a file, every byte of it checked, and the state that it holds.
struct BackupFile {
    let header: BackupHeader
    /// SHA-256 over everything.
    let digest: [UInt8]
    let byteCount: Int
    let keyspace: Keyspace

    init(path: String) throws(BackupFileError) {
        var loader = Loader()
        byteCount = try Self.read(path) { bytes throws(BackupFileError) in try loader.feed(bytes) }
        (header, digest, keyspace) = try loader.finish()
    }

    private static let readByteCount = 1 << 20

    /// Reads the file, or pipe, piece by piece; its length.
    private static func read(
        _ path: String,
        _ body: ([UInt8]) throws(BackupFileError) -> Void
    ) throws(BackupFileError) -> Int {
        let file: SequentialFile
        do throws(SystemError) { file = try SequentialFile(opening: path) } catch {
            throw .unreadable(error)
        }
        var byteCount = 0
        while true {
            let bytes: [UInt8]
            do throws(SystemError) { bytes = try file.readPart(byteCountMax: readByteCount) } catch
            {
                throw .unreadable(error)
            }
            guard !bytes.isEmpty else { return byteCount }
            byteCount += bytes.count
            try body(bytes)
        }
    }
}

/// Puts a backup's verified pieces together.
private struct Loader {
    private var reader = BackupReader()
    private var decoder = SnapshotDecoder()
    private var header: BackupHeader?
    private var digest: [UInt8]?

    mutating func feed(_ bytes: [UInt8]) throws(BackupFileError) {
        let pieces: [BackupReader.Piece]
        do throws(BackupFault) { pieces = try reader.feed(bytes) } catch {
            throw .damaged(error.text)
        }
        for piece in pieces {
            switch piece {
            case .header(let header): self.header = header
            case .payload(let payload):
                do throws(SnapshotError) { try decoder.feed(payload) } catch {
                    throw .damaged("what it holds is no state: \(error)")
                }
            case .end(let digest): self.digest = digest
            }
        }
    }

    mutating func finish() throws(BackupFileError) -> (BackupHeader, [UInt8], Keyspace) {
        do throws(BackupFault) { try reader.finish() } catch { throw .damaged(error.text) }
        guard let header, let digest else {
            throw .damaged(BackupFault.incomplete(chunk: 0).text)
        }
        do throws(SnapshotError) { return (header, digest, try decoder.finish()) } catch {
            throw .damaged("what it holds is no state: \(error)")
        }
    }
}
