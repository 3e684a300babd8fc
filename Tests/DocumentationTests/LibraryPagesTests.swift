import Foundation
import Testing

@Suite("The library's documentation (make docs)")
struct LibraryPagesTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    /// Where the tests were built, and the library beside them.
    private static let build = URL(fileURLWithPath: Swift.CommandLine.arguments[0])
        .deletingLastPathComponent()

    /// Whether the toolchain can write it.
    static var hasTool: Bool {
        let paths = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        return paths.contains { path in
            let swift = URL(fileURLWithPath: "\(path)/swift").resolvingSymlinksInPath()
            let tool = swift.deletingLastPathComponent().appending(path: "docc")
            return FileManager.default.isExecutableFile(atPath: tool.path)
        }
    }

    @Test("every symbol is documented, every link leads somewhere", .enabled(if: hasTool))
    func site() throws {
        let site = FileManager.default.temporaryDirectory
            .appending(path: "roost-docs-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: site) }
        let process = Process()
        process.executableURL = Self.root.appending(path: "deploy/client-docs.sh")
        process.arguments = [Self.build.path, site.path]
        let said = Pipe()
        process.standardError = said
        process.standardOutput = said
        try process.run()
        let text = String(decoding: said.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        #expect(process.terminationStatus == 0, "\(text)")
        let pages = site.appending(path: "data/documentation/roostclient")
        for page in ["lockinfiveminutes.json", "roostclient.json", "watch.json"] {
            let path = pages.appending(path: page).path
            #expect(FileManager.default.fileExists(atPath: path), "\(page)")
        }
    }
}
