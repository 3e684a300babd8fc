/// What an operator has asked of the cluster's membership: it stays in the replicated state until
/// it is carried out, so that every leader goes on with it where the one before stopped.
///
/// Members are named here as the log names them: by the number that their data directory drew.
package struct MemberOrder: Hashable, Sendable {
    /// Where a member is to be found that has not come yet.
    package struct Place: Hashable, Sendable {
        /// The longest name, in bytes.
        package static let nameByteCountMax = 255
        /// The longest peer address, in bytes.
        package static let addressByteCountMax = 300

        /// What it is to be started with; 1 to 255 bytes.
        package let name: [UInt8]
        /// `HOST:PORT` where the others are to reach it; 1 to 300 bytes.
        package let peerAddress: [UInt8]

        package init(name: [UInt8], peerAddress: [UInt8]) {
            self.name = name
            self.peerAddress = peerAddress
        }
    }

    /// What a member is for in the end.
    package enum Kind: UInt8, Hashable, Sendable {
        /// It votes as soon as it has the log.
        case voter = 0
        /// It has the log and never votes.
        case observer = 1
    }

    /// What is to be done.
    package enum Aim: Hashable, Sendable {
        case add(Place, as: Kind)
        case remove(UInt64)
        /// The others are to reach the member elsewhere.
        case move(UInt64, to: [UInt8])
        /// A voter is to observe, or an observer to vote.
        case assign(UInt64, as: Kind)
        /// A newcomer takes a member's place, its vote too, in one step.
        case replace(UInt64, by: Place)
    }

    /// The log index of the entry that brought it.
    package let number: UInt64
    package let aim: Aim
    /// The member that was started at the place, once it has called.
    package internal(set) var newcomer: UInt64?

    package init(number: UInt64, aim: Aim, newcomer: UInt64? = nil) {
        self.number = number
        self.aim = aim
        self.newcomer = newcomer
    }

    /// Where a member is awaited; nil where none is.
    package var place: Place? {
        switch aim {
        case .add(let place, _), .replace(_, let place): place
        case .remove, .move, .assign: nil
        }
    }

    /// The member that it changes or ends; nil for a mere addition.
    package var subject: UInt64? {
        switch aim {
        case .add: nil
        case .remove(let member), .move(let member, _), .assign(let member, _),
            .replace(let member, _):
            member
        }
    }
}

/// What happens to the orders that an operator gave.
package enum MemberOrderStep: Hashable, Sendable {
    /// An order is given.
    case begin(MemberOrder.Aim)
    /// A newcomer has called that may be the one which the order awaits.
    case meet(order: UInt64, member: UInt64)
    /// It is carried out, or impossible.
    case close(order: UInt64)
    /// The operator wants it no more; refused once its newcomer has called.
    case withdraw(order: UInt64)
}
