internal import Bytes
internal import Keyspace

/// What a command has to do with rights.
enum AccessAct: Sendable {
    /// Who asks.
    enum Caller: Sendable {
        /// A user, as it was proven.
        case user(AccessName, proven: UInt64)
        /// Somebody whose role allows everything and never changes.
        case crowd
        /// Nobody, or somebody without a role.
        case nobody
    }

    /// A request of a user, or anybody's for a place in a queue.
    struct Ask: Sendable {
        /// Tells it from all others.
        let number: UInt64
        let caller: Caller
        /// The lease that it makes under an id of the caller's choice.
        let grant: Grant?
        /// The lease under which it asks for a lock.
        let place: LeaseID?
    }

    /// A lease under an id of the caller's choice.
    struct Grant: Sendable {
        let lease: LeaseID
        let timeToLiveMilliseconds: UInt64
    }

    case nothing
    case change(AccessChange)
    case ask(Ask)

    /// - Parameter index: the entry's, which names the lease of a place.
    init(_ request: Request?, at index: UInt64) {
        switch (request?.command, request.map { Caller($0.caller) }) {
        case (.changeAccess(let change), _): self = .change(change)
        case (.acquire(let acquisition), let caller?):
            let place: LeaseID =
                switch acquisition.ownership {
                case .lease(let lease): lease
                case .own: LeaseID(rawValue: index)
                }
            let number = KeySpaces.decode(acquisition.owner)
            self = .ask(Ask(number: number, caller: caller, grant: nil, place: place))
        case (let command?, .user(let name, let proven)):
            self = .ask(
                Ask(
                    number: Self.number(of: command, note: request?.note ?? []),
                    caller: .user(name, proven: proven),
                    grant: Grant(command),
                    place: nil
                )
            )
        default: self = .nothing
        }
    }

    private static func number(of command: Command, note: [UInt8]) -> UInt64 {
        if case .put(let put) = command { return KeySpaces.decode(put.value) }
        let text = String(decoding: note, as: UTF8.self)
        return UInt64(text.dropFirst(AccessReplay.notePrefix.count)) ?? 0
    }
}

extension AccessAct.Caller {
    var isCrowd: Bool { if case .crowd = self { true } else { false } }

    init(_ caller: Caller) {
        switch caller {
        case .user(let name, let proven): self = .user(name, proven: proven.rawValue)
        case .outside(_, let roles) where roles.contains(Principals.crowd): self = .crowd
        case .member: self = .crowd
        case .outside, .nobody: self = .nobody
        }
    }
}

extension AccessAct.Grant {
    fileprivate init?(_ command: Command) {
        guard case .grantLease(let lease?, let milliseconds) = command else { return nil }
        self.init(lease: lease, timeToLiveMilliseconds: milliseconds)
    }
}
