import Testing

/// `verify` compares what a type keeps twice. It is worth something only where it is called.
struct VerifyRule {
    /// One `func verify`.
    struct Declaration: Hashable {
        let target: String
        let type: String
        let path: String
        /// Whether it ends the process for anything, itself or through another `verify`.
        let checks: Bool
    }

    /// One call of a `verify`.
    struct Call {
        let target: String
        /// The type in whose code it stands.
        let caller: String
        /// Whether it stands in a `verify` itself.
        let isDelegated: Bool
        /// What stands before its dot; nil for a call on `self`.
        let receiver: String?
    }

    private(set) var declarations: [Declaration] = []
    private var calls: [Call] = []
    /// Names of properties and parameters with the types that they are declared with, by target.
    private var types: [String: Set<String>] = [:]

    init(_ sources: [SourceFile]) {
        for file in sources where file.text.contains("verify(") { read(file) }
        let receivers = Set(
            calls.compactMap { call in call.receiver.map { "\(call.target) \($0)" } }
        )
        for file in sources where receivers.contains(where: { $0.hasPrefix(file.target + " ") }) {
            for receiver in receivers where receiver.hasPrefix(file.target + " ") {
                readTypes(file, receiver: receiver)
            }
        }
    }

    /// Declarations that nothing of the same target leads to from outside a `verify`, and those that
    /// check nothing.
    var complaints: [String] {
        let reached = reachedTypes
        return declarations.flatMap { declaration in
            var complaints: [String] = []
            if !reached.contains("\(declaration.target) \(declaration.type)") {
                complaints.append("\(declaration.path): nobody calls verify of \(declaration.type)")
            }
            if !declaration.checks {
                complaints.append("\(declaration.path): verify of \(declaration.type) is empty")
            }
            return complaints
        }
    }

    private var reachedTypes: Set<String> {
        var reached: Set<String> = []
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for call in calls where !call.isDelegated || reached.contains(call.origin) {
                for type in called(by: call) where reached.insert("\(call.target) \(type)").inserted
                {
                    isGrowing = true
                }
            }
        }
        return reached
    }

    private func called(by call: Call) -> Set<String> {
        guard let receiver = call.receiver else { return [call.caller] }
        return types["\(call.target) \(receiver)"] ?? []
    }

    private mutating func read(_ file: SourceFile) {
        var type = ""
        var function = ""
        var isOpen = false
        for line in file.lines {
            let code = line.prefix { $0 != "/" }
            if let match = code.firstMatch(
                of: /^(?:\w+ )*(?:struct|class|enum|extension|protocol) (\w+)/
            ) {
                type = String(match.1)
            }
            if let match = code.firstMatch(of: /\bfunc (\w+)/) {
                function = String(match.1)
                isOpen = function == "verify"
                if isOpen, !file.text.contains("protocol \(type)") {
                    declarations.append(
                        Declaration(
                            target: file.target,
                            type: type,
                            path: file.path,
                            checks: checks(file, type: type)
                        )
                    )
                }
                if isOpen { continue }
            }
            for match in code.matches(of: /(?:(\w+)[?!]?\.)?verify\(/) {
                calls.append(
                    Call(
                        target: file.target,
                        caller: type,
                        isDelegated: function == "verify",
                        receiver: match.1.flatMap { $0 == "self" ? nil : String($0) }
                    )
                )
            }
        }
    }

    /// What the property or parameter of that name is declared or made as.
    private mutating func readTypes(_ file: SourceFile, receiver: String) {
        let name = receiver.dropFirst(file.target.count + 1)
        for start in [name + ": ", name + " = "] {
            for line in file.lines where line.contains(start) {
                guard let place = line.firstRange(of: start) else { continue }
                let rest = line[place.upperBound...]
                let type = (rest.hasPrefix("inout ") ? rest.dropFirst(6) : rest)
                    .prefix { $0.isLetter || $0.isNumber }
                if type.first?.isUppercase == true {
                    types[receiver, default: []].insert(String(type))
                }
            }
        }
    }

    /// Whether the body of `verify` in this file can end the process.
    private func checks(_ file: SourceFile, type: String) -> Bool {
        let lines = file.lines
        guard let start = lines.firstIndex(where: { $0.contains("func verify(") }) else {
            return false
        }
        let indent = lines[start].prefix { $0 == " " }
        let isOneLine = lines[start].hasSuffix("}")
        let body = isOneLine ? lines[start...start] : lines[start...].prefix { $0 != indent + "}" }
        return body.contains { line in
            ["invariant(", "assert(", "unreachable(", ".verify("].contains { line.contains($0) }
        }
    }
}

extension VerifyRule.Call {
    /// The type whose `verify` it stands in, with its target.
    fileprivate var origin: String { "\(target) \(caller)" }
}

@Suite("What is kept twice is compared at the end of each turn")
struct VerifyTests {
    /// Rooms whose state is checked like this.
    private static let rooms = ["Consensus", "Journal", "Keyspace", "Replica"]

    @Test("every verify is called by the code that changes what it compares, and can fail")
    func calls() {
        let rule = VerifyRule(Repository.sources)
        #expect(rule.complaints == [])
        #expect(Set(Self.rooms).subtracting(rule.declarations.map(\.target)) == [])
    }

    @Test(
        "a verify that nobody calls, or that checks nothing, is caught",
        arguments: [
            ("struct Queue {\n    func verify() {\n        assert(isSorted)\n    }\n}\n", 1),
            (
                "struct Queue {\n    func verify() {\n    }\n    func add() {\n        verify()\n    }\n}\n",
                1
            ),
            (
                "struct Table {\n    var queue: Queue?\n    func verify() {\n        queue?.verify()\n    }\n"
                    + "}\nstruct Queue {\n    func verify() {\n        assert(isSorted)\n    }\n}\n",
                2
            ),
            (
                "struct Table {\n    var queue = Queue()\n    func add() {\n        verify()\n    }\n"
                    + "    func verify() {\n        queue.verify()\n    }\n"
                    + "}\nstruct Queue {\n    func verify() {\n        assert(isSorted)\n    }\n}\n",
                0
            ),
        ]
    )
    func planted(_ text: String, count: Int) {
        let file = SourceFile(path: "Sources/Keyspace/Planted.swift", text: text)
        #expect(VerifyRule([file]).complaints.count == count)
    }
}
