internal import Wire

/// What proves that a lock, a permit or leadership is held: its number only grows from one holder to
/// the next.
///
/// A write that is sent with it (`WriteOptions.fenced(by:)`) is carried out only while it is held,
/// whatever clocks and schedulers do. A place outside of Roost that is given the token can compare
/// it with the highest one that it has seen, or ask `GET /v1/locks/NAME/verify`.
public struct RoostFence: Hashable, Sendable {
    /// The name of the lock or election.
    public let name: String
    /// The revision of the grant.
    public let token: UInt64

    /// A token that was handed over by other means.
    public init(name: String, token: UInt64) {
        self.name = name
        self.token = token
    }

    /// `NAME=TOKEN`, as the header field `Roost-Lock` has it.
    public var header: String { String(decoding: field, as: UTF8.self) }

    var field: [UInt8] {
        var field: [UInt8] = []
        PercentEncoding.append(component: Array(name.utf8), to: &field)
        return field + Array("=\(token)".utf8)
    }
}
