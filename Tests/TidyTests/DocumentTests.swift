import Foundation
import Testing

@Suite("Pages and their links")
struct DocumentTests {
    static var pages: [SourceFile] {
        let top = ["README.md", "CHANGELOG.md", "SECURITY.md"].compactMap { path in
            (try? Repository.text(path)).map { SourceFile(path: path, text: $0) }
        }
        return top + Repository.files(below: "Docs", ending: [".md"])
    }

    @Test("every page that users are promised is there")
    func pages() {
        let paths = Set(Self.pages.map(\.path))
        let promised = [
            "README.md", "CHANGELOG.md", "Docs/architecture.md", "Docs/http-api.md", "Docs/cli.md",
            "Docs/operations.md", "Docs/guarantees.md", "Docs/benchmarks.md", "Docs/glossary.md",
            "Docs/security.md", "SECURITY.md",
        ]
        #expect(promised.filter { !paths.contains($0) } == [])
    }

    @Test("every relative link leads somewhere")
    func links() throws {
        var dead: [String] = []
        for page in Self.pages {
            let base = Repository.root.appending(path: page.path).deletingLastPathComponent()
            for match in page.text.matches(of: /\]\(([^)#\s]+)(#[^)]*)?\)/) {
                let target = String(match.1)
                guard !target.contains("://"), !target.hasPrefix("mailto:") else { continue }
                if !FileManager.default.fileExists(atPath: base.appending(path: target).path) {
                    dead.append("\(page.path): \(target)")
                }
            }
        }
        #expect(dead == [])
    }

    @Test("every page that a source or a test cites is there")
    func citations() {
        let names = Set(
            Self.pages.map { $0.path.split(separator: "/").last.map(String.init) ?? "" }
        )
        var dead: [String] = []
        for file in Repository.sources + Repository.tests where file.target != "TidyTests" {
            for match in file.text.matches(of: /([A-Za-z0-9-]+\.md)\b/) {
                if !names.contains(String(match.1)) { dead.append("\(file.path): \(match.1)") }
            }
            if file.text.contains(/[Cc]ontract,? section/) {
                dead.append("\(file.path): a contract")
            }
        }
        #expect(dead == [])
    }

    @Test("each test that the advisories are held against is there, and an open one says so")
    func advisories() throws {
        let page = try Repository.text("Docs/security.md")
        let part = try #require(page.components(separatedBy: "## Advisories").dropFirst().first)
        let rows = part.split(separator: "\n").filter {
            $0.contains(#/^\| (etcd|Consul|ZooKeeper) /#)
        }
        #expect(rows.count >= 20)
        let suites = Set(
            Repository.tests.flatMap { file in
                file.text.matches(of: /struct (\w+Tests)\b/).map { String($0.1) }
            }
        )
        for row in rows {
            let cell = row.split(separator: "|").last.map(String.init) ?? ""
            let named = cell.matches(of: /`(\w+)`/).map { String($0.1) }
            #expect(named.filter { !suites.contains($0) } == [], "\(row)")
            #expect(!named.isEmpty || cell.contains("open"), "\(row)")
        }
    }

    @Test("what a benchmark writes into its page has a place there")
    func markers() throws {
        let page = try Repository.text("Docs/benchmarks.md")
        let names = Repository.files(below: "Tests/Benchmarks", ending: [".sh"]).flatMap { file in
            file.text.matches(of: #/\|\| write_between ([a-z-]+) /#).map { String($0.1) }
        }
        #expect(names.sorted() == ["bench-curves", "bench-peers"])
        for name in names {
            let begin = try #require(page.range(of: "<!-- \(name): begin -->\n"))
            #expect(page[begin.upperBound...].contains("<!-- \(name): end -->\n"))
        }
    }
}
