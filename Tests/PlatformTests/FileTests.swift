import Glibc
import Platform
import Testing

@Suite("Files and directories")
struct FileTests {
    @Test func whatIsWrittenAtAnOffsetIsReadThere() throws {
        let directory = try TemporaryDirectory()
        let file = try directory.handle.open("a", for: .creating)
        try file.write(Array("hello".utf8), at: 3)
        try file.synchronize()
        #expect(try file.read(at: 0, byteCount: 8) == [0, 0, 0] + Array("hello".utf8))
        #expect(try file.read(at: 6, byteCount: 100) == Array("lo".utf8), "short at the end only")
        #expect(try file.read(at: 100, byteCount: 1).isEmpty)
        #expect(try file.byteCount() == 8)
        try file.truncate(toByteCount: 4)
        #expect(try directory.handle.byteCount(of: "a") == 4)
    }

    @Test func moreThanOneSystemCallsWorthIsWrittenWhole() throws {
        let directory = try TemporaryDirectory()
        let bytes = (0..<(5 << 19)).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        try directory.handle.open("a", for: .creating).write(bytes, at: 1)
        let file = try directory.handle.open("a", for: .reading)
        #expect(try file.read(at: 1, byteCount: bytes.count) == bytes)
    }

    @Test func namesAreSortedAndFollowRenamesAndRemovals() throws {
        let directory = try TemporaryDirectory()
        for name in ["b", "a", "c"] { _ = try directory.handle.open(name, for: .creating) }
        try directory.handle.rename("c", to: "a")
        try directory.handle.remove("b")
        try directory.handle.remove("missing")
        try directory.handle.synchronize()
        #expect(try directory.handle.names() == ["a"])
        #expect(try directory.handle.byteCount(of: "b") == nil)
    }

    @Test func errorsNameTheCallAndTheSystemsNumber() throws {
        let directory = try TemporaryDirectory()
        #expect(throws: SystemError(call: "open", code: 2)) {
            _ = try directory.handle.open("missing", for: .writing)
        }
        #expect(SystemError(call: "open", code: 2).description.contains("No such file"))
    }

    @Test func oneProcessAtATimeHoldsADirectory() throws {
        let directory = try TemporaryDirectory()
        let first = try directory.handle.lock("lock")
        #expect(try isTaken(directory.handle))
        release(first)
        #expect(try !isTaken(directory.handle), "the lock ends with its value")
    }

    private func isTaken(_ directory: borrowing DirectoryHandle) throws -> Bool {
        guard let lock = try directory.lock("lock") else { return true }
        release(lock)
        return false
    }

    private func release(_: consuming DirectoryLock?) {}

    @Test func anExistingDirectoryIsOpenedAndStaysAsItIs() throws {
        let directory = try TemporaryDirectory()
        #expect(try directory.handle.permissions() == 0o700, "a new one is its owner's alone")
        _ = try directory.handle.open("kept", for: .creating)
        #expect(unsafe chmod(directory.path, 0o755) == 0)
        let again = try DirectoryHandle(creating: directory.path)
        #expect(try again.names() == ["kept"])
        #expect(try again.permissions() == 0o755)
        #expect(try again.freeByteCount() > 0)
    }
}
