import Foundation
import Testing

@Suite("The settings of Docs/operations.md are those of the binary")
struct ConfigurationTableTests {
    /// A row's setting and its default.
    private static func rows(of page: String) -> [String: String] {
        let section = page.components(separatedBy: "\n## Configuration\n").last ?? ""
        let lines = section.components(separatedBy: "\n## ")[0].components(separatedBy: "\n")
        var rows: [String: String] = [:]
        for line in lines where line.hasPrefix("| `") {
            let cells = line.components(separatedBy: "|").map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " `"))
            }
            guard cells.count == 6, cells[1...4].allSatisfy({ !$0.isEmpty }) else { continue }
            rows[cells[1]] = cells[3]
        }
        return rows
    }

    /// What a member without any setting has in force.
    private static func defaults() throws -> [String: String] {
        let binary = try #require(ProcessInfo.processInfo.environment["ROOST_BINARY"])
        let terminal = Terminal(repository: PageTests.root, binary: URL(fileURLWithPath: binary))
        let printed = try terminal.run("roost serve --print-config\n")
        var defaults: [String: String] = [:]
        for line in printed.components(separatedBy: "\n") where line.contains(" = ") {
            let parts = line.components(separatedBy: " = ")
            let name = parts[0].trimmingCharacters(in: CharacterSet(charactersIn: "# "))
            let value = parts[1].components(separatedBy: " #")[0]
            defaults[name] = value.trimmingCharacters(in: .whitespaces)
        }
        return defaults.mapValues { $0.isEmpty ? "none" : $0 }
    }

    @Test("each has a unit, its default and a reason, and none is missing")
    func rows() throws {
        let page = PageTests.root.appending(path: "Docs/operations.md")
        let rows = Self.rows(of: try String(contentsOf: page, encoding: .utf8))
        let defaults = try Self.defaults()
        #expect(defaults.count > 10)
        #expect(rows == defaults)
    }
}
