import Consensus
import Journal

/// A data directory that keeps everything it is given.
final class MemoryDisk: DiskReader {
    var contents: [DiskFile: [UInt8]] = [:]

    func carryOut(_ batch: DiskBatch) -> DiskCompletion {
        DiskCompletion(number: batch.number, lane: batch.lane, reads: carryOut(batch.operations))
    }

    func carryOut(_ operations: [DiskOperation]) -> [[UInt8]] {
        var reads: [[UInt8]] = []
        for operation in operations {
            switch operation {
            case .create(let file, let zeroedByteCount):
                contents[file] = [UInt8](repeating: 0, count: zeroedByteCount)
            case .write(let file, let offset, let bytes):
                var content = contents[file] ?? []
                contents[file] = nil
                let missing = offset + bytes.count - content.count
                if missing > 0 { content += [UInt8](repeating: 0, count: missing) }
                content.replaceSubrange(offset..<offset + bytes.count, with: bytes)
                contents[file] = content
            case .rename(let file, let target):
                contents[target] = contents.removeValue(forKey: file)
            case .remove(let file): contents[file] = nil
            case .read(let file, let offset, let byteCount):
                let content = contents[file] ?? []
                let end = min(content.count, offset + byteCount)
                reads.append(offset < end ? Array(content[offset..<end]) : [])
            case .sync, .syncDirectory: break
            }
        }
        return reads
    }

    func files() throws(DiskReadError) -> [DiskFile] { Array(contents.keys) }

    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? { contents[file]?.count }

    func read(_ file: DiskFile, offset: Int, byteCount: Int) throws(DiskReadError) -> [UInt8] {
        let content = contents[file] ?? []
        let end = min(content.count, offset + byteCount)
        return offset < end ? Array(content[offset..<end]) : []
    }
}
