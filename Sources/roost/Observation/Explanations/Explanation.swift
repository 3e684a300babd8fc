internal import Wire

/// Why something is as it is, in sentences, and what can be done about it.
package struct Explanation: Hashable, Sendable {
    package var sentences: [String]
    package var advice: [String]

    package init(_ sentences: [String] = [], advice: [String] = []) {
        self.sentences = sentences
        self.advice = advice
    }

    /// A sentence a line, then the advice.
    package var text: String {
        let lines = sentences + advice.map { "-> \($0)" }
        return lines.map { TerminalText.prose($0) + "\n" }.joined()
    }

    /// Adds `why` and `advice`, two arrays of strings, to an object.
    func write(to json: inout JSONWriter) {
        json.strings("why", of: sentences)
        json.strings("advice", of: advice)
    }

    /// `n1`, `n1 and n2`, `n1, n2 and n3`.
    static func list(_ names: [String]) -> String {
        guard let last = names.last, names.count > 1 else { return names.first ?? "nobody" }
        return names.dropLast().joined(separator: ", ") + " and " + last
    }
}

extension JSONWriter {
    /// A member that is an array of strings.
    mutating func strings(_ name: StaticString, of texts: [String]) {
        self.name(name)
        beginArray()
        for text in texts { string(Array(text.utf8)) }
        endArray()
    }

    /// A member that is a number, or null.
    mutating func member(_ name: StaticString, optional number: UInt64?) {
        self.name(name)
        if let number { self.number(number) } else { null() }
    }

    /// A member that is text, or null.
    mutating func member(_ name: StaticString, optional text: String?) {
        self.name(name)
        if let text { string(Array(text.utf8)) } else { null() }
    }
}
