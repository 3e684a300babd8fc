/// Why a connection did not carry a request and its answer.
package enum LinkError: Error, Hashable, Sendable {
    /// No byte of the request left.
    case unreachable(why: String)
    /// Bytes of the request had left.
    case interrupted(why: String)

    package var why: String {
        switch self {
        case .unreachable(let why), .interrupted(let why): why
        }
    }
}
