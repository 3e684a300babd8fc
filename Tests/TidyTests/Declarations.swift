/// A function or initialiser as its source declares it.
struct FunctionDeclaration {
    struct Parameter {
        /// The argument label; nil for `_`.
        let label: String?
        /// A closure in the last place is written after the call's parentheses.
        let isClosure: Bool
    }

    let name: String
    let parameters: [Parameter]
    /// The number of its first line, from 1.
    let line: Int

    /// As documentation writes it: `append(_:to:)`.
    var signature: String {
        "\(name)(" + parameters.map { ($0.label ?? "_") + ":" }.joined() + ")"
    }

    /// How many parameters a caller names neither by a label nor by their place after the call.
    var unlabelledCount: Int {
        let named = parameters.last?.isClosure == true ? parameters.dropLast() : parameters[...]
        return named.filter { $0.label == nil }.count
    }
}

extension SourceFile {
    private static let modifiers: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private", "final", "indirect", "static",
        "mutating", "nonisolated", "override", "convenience", "consuming", "borrowing",
    ]
    private static let kinds: Set<Substring> = ["struct", "class", "enum", "actor", "protocol"]

    /// A line without modifiers and attributes of the same line.
    private static func bare(_ line: String) -> Substring {
        var rest = line[...].drop { $0 == " " }
        while let space = rest.firstIndex(of: " ") {
            let word = rest[..<space]
            guard modifiers.contains(word) || word.hasPrefix("@") else { break }
            rest = rest[space...].drop { $0 == " " }
        }
        return rest
    }

    /// The types that stand in no other type, type aliases left out.
    var topLevelTypes: [String] { types { !$0.hasPrefix(" ") } }

    /// Every type that is declared here, whatever it stands in.
    var allTypes: [String] { types { _ in true } }

    private func types(where isWanted: (String) -> Bool) -> [String] {
        lines.filter(isWanted).compactMap { line in
            let code = Self.bare(line)
            guard let kind = Self.kinds.first(where: { code.hasPrefix($0 + " ") }) else {
                return nil
            }
            let name = code.dropFirst(kind.count + 1).prefix { $0.isLetter || $0.isNumber }
            return name.first?.isUppercase == true ? String(name) : nil
        }
    }

    /// Every function and initialiser, requirements of protocols included; no operators.
    var functions: [FunctionDeclaration] {
        let lines = lines
        return lines.indices.compactMap { number in
            let code = Self.bare(lines[number])
            let isFunction = code.hasPrefix("func ")
            guard isFunction || ["init(", "init?(", "init<"].contains(where: code.hasPrefix) else {
                return nil
            }
            let name =
                isFunction ? code.dropFirst("func ".count).prefix(while: Self.isOfName) : "init"
            guard !name.isEmpty else { return nil }
            let rest = lines[number...].prefix(40).map(Self.withoutComment).joined(separator: " ")
            guard let start = rest.firstRange(of: name)?.upperBound,
                let list = Self.parameterList(rest[start...])
            else { return nil }
            return FunctionDeclaration(
                name: String(name),
                parameters: list.map(Self.parameter),
                line: number + 1
            )
        }
    }

    private static func isOfName(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || character == "_" || character == "`"
    }

    private static func withoutComment(_ line: String) -> String {
        line.firstRange(of: "//").map { String(line[..<$0.lowerBound]) } ?? line
    }

    /// What stands between the first parentheses outside a generic clause, split at its commas.
    private static func parameterList(_ text: Substring) -> [String]? {
        var depth = 0
        var isInside = false
        var parameters = [""]
        var previous: Character = " "
        for character in text {
            let closesArrow = character == ">" && previous == "-"
            previous = character
            if "([{<".contains(character) { depth += 1 }
            if ")]}>".contains(character), !closesArrow { depth -= 1 }
            if !isInside {
                isInside = character == "(" && depth == 1
                if character == "{" { return nil }
                continue
            }
            if depth == 0 { return parameters.filter { $0.contains { $0 != " " } } }
            if character == ",", depth == 1 {
                parameters.append("")
            } else {
                parameters[parameters.count - 1].append(character)
            }
        }
        return nil
    }

    private static func parameter(_ text: String) -> FunctionDeclaration.Parameter {
        let label = text.split(separator: " ").first?.prefix { $0 != ":" } ?? ""
        return FunctionDeclaration.Parameter(
            label: label == "_" ? nil : String(label),
            isClosure: text.contains("->")
        )
    }
}
