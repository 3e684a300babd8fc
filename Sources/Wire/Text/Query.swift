/// Why a query is refused, naming the parameter.
package enum QueryError: Error, Hashable, Sendable {
    case undecodable(TargetError)
    case tooMany(limit: Int)
    /// Given twice, where once is meant.
    case repeated([UInt8])
    /// Neither bare, empty, `true` nor `false`.
    case invalidFlag([UInt8])
}

/// A query's parameters, taken out one by one, so that what nobody took can be named.
package struct Query: Hashable, Sendable {
    /// The most parameters accepted.
    package static let parameterCountMax = 256

    private struct Parameter: Hashable, Sendable {
        let name: [UInt8]
        /// Nil for a bare name.
        let value: [UInt8]?
        var use: Use
    }

    private enum Use: UInt8, Hashable, Sendable {
        case untouched = 0
        case taken = 1
    }

    private var parameters: [Parameter] = []

    /// - Parameter text: as sent, without `?`; nil and empty hold nothing.
    package init(parsing text: ArraySlice<UInt8>?) throws(QueryError) {
        guard let text, !text.isEmpty else { return }
        for part in text.split(separator: UInt8(ascii: "&")) {
            guard parameters.count < Self.parameterCountMax else {
                throw .tooMany(limit: Self.parameterCountMax)
            }
            let nameEnd = part.firstIndex(of: UInt8(ascii: "=")) ?? part.endIndex
            do {
                let value: [UInt8]? =
                    nameEnd == part.endIndex
                    ? nil : try PercentEncoding.decodeQuery(part[(nameEnd + 1)...])
                let name = try PercentEncoding.decodeQuery(part[..<nameEnd])
                parameters.append(Parameter(name: name, value: value, use: .untouched))
            } catch { throw .undecodable(error) }
        }
    }

    /// Takes the value of a parameter that may be given once; a bare one is empty. Nil when absent.
    package mutating func take(_ name: StaticString) throws(QueryError) -> [UInt8]? {
        guard !parameters.isEmpty else { return nil }
        let values = takeAll(name)
        guard values.count <= 1 else { throw .repeated(Array(name)) }
        return values.first
    }

    /// Takes every value of a parameter, in order.
    package mutating func takeAll(_ name: StaticString) -> [[UInt8]] {
        guard !parameters.isEmpty else { return [] }
        var values: [[UInt8]] = []
        for index in parameters.indices where parameters[index].name.equals(name) {
            parameters[index].use = .taken
            values.append(parameters[index].value ?? [])
        }
        return values
    }

    /// Takes a flag: bare, empty or `true` is on, `false` and absent are off.
    package mutating func takeFlag(_ name: StaticString) throws(QueryError) -> Bool {
        guard let value = try take(name) else { return false }
        if value.isEmpty || value.equals("true") { return true }
        guard value.equals("false") else { throw .invalidFlag(Array(name)) }
        return false
    }

    /// The name of a parameter that nobody took: one that the call does not know.
    package var firstUntaken: [UInt8]? { parameters.first { $0.use == .untouched }?.name }
}

extension [UInt8] {
    /// The bytes of text that is known when the program is built.
    package init(_ text: StaticString) { self = unsafe Array(text.bytes) }
}
