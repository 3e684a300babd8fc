internal import Bytes

/// A peer's address as configured: `HOST:PORT`.
package struct PeerAddress: Hashable, Sendable {
    /// The longest address, in bytes.
    package static let byteCountMax = 300

    package let text: [UInt8]

    package init(text: [UInt8]) { self.text = text }

    /// Whether it says where somebody listens, and to nobody where that is.
    var isOfAnyInterface: Bool {
        ["0.0.0.0:", "[::]:"].contains { text.starts(with: $0.utf8) }
    }
}

extension Links.Peer {
    /// The membership says that it is reached elsewhere. A link that is open stays: the member
    /// may not have gone yet.
    mutating func move(to address: PeerAddress) {
        self.address = address
        dialled = address
        if outgoing.link == nil { outgoing = .waiting(until: MonotonicTime(rawValue: 0)) }
    }

    /// It was not reached: it may be where it says itself, and the membership that says so too
    /// may be what it has to send.
    mutating func lookElsewhere() {
        guard dialled == address, let shownAddress, !shownAddress.isOfAnyInterface else {
            dialled = address
            return
        }
        dialled = shownAddress
    }
}
