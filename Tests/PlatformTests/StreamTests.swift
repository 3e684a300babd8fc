import Glibc
import Platform
import Testing

@Suite("What is read to its end and written whole, whatever it leads to")
struct StreamTests {
    @Test func aFileThatTellsNoSizeIsReadToItsEnd() throws {
        let version = try SequentialFile(opening: "/proc/version").readAll(limit: 4096)
        #expect(version?.starts(with: Array("Linux".utf8)) == true)
        #expect(throws: SystemError(call: "open", code: ENOENT)) {
            _ = try SequentialFile(opening: "/proc/no-such-file")
        }
        #expect(throws: SystemError(call: "read", code: EISDIR)) {
            _ = try SequentialFile(opening: "/tmp").readAll(limit: 1)
        }
    }

    @Test func aPipeIsReadToItsEndAndNoFurtherThanTheLimit() throws {
        let directory = try TemporaryDirectory()
        let path = "\(directory.path)/pipe"
        #expect(unsafe mkfifo(path, 0o600) == 0)
        let bytes = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        for (limit, expected) in [(bytes.count, bytes as [UInt8]?), (bytes.count - 1, nil)] {
            let writer = try Thread(named: "writer") {
                do throws(SystemError) { try SequentialFile(creating: path).write(bytes) } catch {
                    // Whoever read has seen enough.
                    guard error.code != EPIPE else { return }
                    StandardStream.error.print("\(error)\n")
                }
            }
            #expect(try SequentialFile(opening: path).readAll(limit: limit) == expected)
            _ = consume writer
        }
    }

    @Test func anEndlessFileIsRefusedAtTheLimit() throws {
        #expect(try SequentialFile(opening: "/dev/zero").readAll(limit: 100_000) == nil)
        #expect(try SequentialFile(opening: "/dev/null").readAll(limit: 0) == [])
    }

    @Test func aNonBlockingPipeGetsAllBytes() throws {
        let pipe = try PipeEnd.makePair()
        let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 17) }
        try pipe.writing.makeNonBlocking()
        let (reading, writing) = pipe
        let writer = try Thread(named: "writer") {
            do throws(SystemError) { try writing.write(bytes) } catch {
                StandardStream.error.print("\(error)\n")
            }
        }
        var read: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 10_000)
        while read.count < bytes.count, case .bytes(let count) = reading.read(into: &buffer) {
            read += buffer[..<count]
        }
        #expect(read == bytes)
        _ = consume writer
    }
}
