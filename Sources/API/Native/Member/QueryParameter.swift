/// What the reference says of a parameter in a query.
struct QueryParameter: ExpressibleByStringLiteral {
    /// What a parameter may be, in the words of JSON Schema.
    enum ValueType {
        case string
        case flag
        case number
        case choice([StaticString])
    }

    let name: StaticString
    let type: ValueType

    init(_ name: StaticString, type: ValueType) {
        self.name = name
        self.type = type
    }

    /// The parameter of that name, of the type that it has in most calls.
    init(stringLiteral name: StaticString) { self.init(name, type: Self.usualType(of: name)) }

    private static func usualType(of name: StaticString) -> ValueType {
        switch "\(name)" {
        case "raw", "children", "recursive", "keys", "count", "meta", "dry-run", "timing", "pretty",
            "previous", "initial", "shared", "force", "verbose", "serializable":
            .flag
        case "revision", "at_least", "since", "limit", "token", "from": .number
        case "consistency": .choice(["linearizable", "stale"])
        case "format": .choice(["tree"])
        case "events": .choice(["put", "delete"])
        case "values": .choice(["json"])
        case "confirm": .choice(["all"])
        default: .string
        }
    }
}
