import Foundation
import Testing

/// The table of Docs/architecture.md: what each target may import.
struct House {
    struct Room: Equatable {
        let floor: Int
        let imports: [String]
    }

    let rooms: [String: Room]

    /// Reads every table row of the form `| floor | `name` | holds | imports |`.
    init(markdown: String) {
        var rooms: [String: Room] = [:]
        for line in markdown.split(separator: "\n") where line.hasPrefix("|") {
            let cells = line.split(separator: "|").map { cell in
                cell.split(separator: " ").joined(separator: " ")
            }
            guard cells.count == 4, let floor = Int(cells[0]) else { continue }
            let name = cells[1].filter { $0 != "`" }
            let imports =
                cells[3] == "-"
                ? [] : cells[3].split(separator: ",").map { String($0.filter { $0 != " " }) }
            rooms[name] = Room(floor: floor, imports: imports)
        }
        self.rooms = rooms
    }

    /// What a file imports against the table; empty when all is well.
    func complaints(about file: SourceFile) -> [String] {
        guard let room = rooms[file.target] else {
            return ["\(file.path): target \(file.target) is not in the table of rooms"]
        }
        return file.imports.compactMap { module in
            if rooms[module] != nil {
                return room.imports.contains(module)
                    ? nil : "\(file.path): \(file.target) may not import \(module)"
            }
            return Self.allowedOutside[module]?.contains(file.target) == true
                ? nil : "\(file.path): \(file.target) may not import \(module)"
        }
    }

    /// What the table itself gets wrong: an import that does not point down.
    var complaints: [String] {
        rooms.sorted { $0.key < $1.key }.flatMap { name, room in
            room.imports.compactMap { module in
                guard let other = rooms[module] else { return "\(name) imports unknown \(module)" }
                return other.floor < room.floor ? nil : "\(name) imports \(module), not below it"
            }
        }
    }

    private static let allowedOutside: [String: Set<String>] = [
        "Glibc": ["Platform"], "Synchronization": ["Platform"],
    ]
}

@Suite("The house: imports point down, as Docs/architecture.md says")
struct HouseTests {
    static func house() throws -> House {
        House(markdown: try Repository.text("Docs/architecture.md"))
    }

    @Test("the table lists every target and points down")
    func table() throws {
        let house = try Self.house()
        #expect(house.complaints == [])
        let targets = Set(Repository.sources.map(\.target))
        #expect(targets.subtracting(house.rooms.keys) == [])
        #expect(house.rooms.count >= 17)
    }

    @Test("sources import only what the table allows")
    func sources() throws {
        let house = try Self.house()
        #expect(Repository.sources.flatMap { house.complaints(about: $0) } == [])
    }

    @Test("Package.swift declares exactly the table")
    func package() throws {
        let house = try Self.house()
        let package = try Repository.text("Package.swift")
        let compact = package.filter { !$0.isWhitespace }
        for (name, room) in house.rooms where room.floor > 0 {
            let head =
                name == "roost"
                ? ".executableTarget(name:\"roost\",dependencies:[" : "room(\"\(name)\","
            let start = try #require(compact.range(of: head), "Package.swift has no room \(name)")
            let end = try #require(
                compact[start.upperBound...].firstIndex(of: name == "roost" ? "]" : ")")
            )
            let declared = compact[start.upperBound..<end].split(separator: ",").map {
                String($0.filter { $0 != "\"" })
            }
            #expect(Set(declared) == Set(room.imports), "dependencies of \(name)")
        }
        #expect(!compact.contains(".package("), "Roost has no package dependency")
    }

    @Test(
        "a planted import is caught",
        arguments: [
            ("Consensus", "internal import Glibc"),
            ("Consensus", "package import Keyspace"),
            ("Keyspace", "import Foundation"),
            ("Bytes", "internal import struct Consensus.Term"),
            ("Server", "import RoostClient"),
            ("API", "import Synchronization"),
            ("Cellar", "import Bytes"),
        ]
    )
    func planted(_ target: String, line: String) throws {
        let file = SourceFile(path: "Sources/\(target)/Planted.swift", text: line + "\n")
        #expect(try !Self.house().complaints(about: file).isEmpty)
    }

    @Test("an import upward in the table is caught")
    func plantedTable() {
        let house = House(markdown: "| 1 | `Low` | - | High |\n| 2 | `High` | - | - |\n")
        #expect(house.complaints == ["Low imports High, not below it"])
    }
}
