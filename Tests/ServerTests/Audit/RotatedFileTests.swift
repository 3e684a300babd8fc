import Bytes
import Platform
import Testing

@testable import Server

@Suite("A file that is appended to and put aside")
struct RotatedFileTests {
    @Test("what others append or cut off is left as it is, and a torn line stays one line")
    func appending() throws {
        let place = "/tmp/roost-rotated-" + String(try Entropy.word(), radix: 16)
        let made = try DirectoryHandle(creating: place)
        defer {
            try? made.remove("audit")
            try? DirectoryHandle.removeEmpty(place)
        }
        do {
            let folder = try DirectoryHandle(opening: place)
            try folder.open("audit", for: .creating).write(Array("torn".utf8), at: 0)
            var file = try RotatedFile("\(place)/audit", rotation: RotatedFile.Rotation())
            try file.append(Array("one\n".utf8), unixMilliseconds: 0)
            try folder.open("audit", for: .appending).write(Array("other\n".utf8), at: 0)
            try file.append(Array("two\n".utf8), unixMilliseconds: 0)
            func text() throws -> String {
                let count = try folder.byteCount(of: "audit") ?? 0
                let bytes = try folder.open("audit", for: .reading).read(at: 0, byteCount: count)
                return String(decoding: bytes, as: UTF8.self)
            }
            #expect(try text() == "torn\none\nother\ntwo\n")
            _ = try folder.open("audit", for: .creating)
            try file.append(Array("three\n".utf8), unixMilliseconds: 0)
            #expect(try text() == "three\n")
        }
    }
}
