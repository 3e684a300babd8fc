internal import Platform
internal import Replica

/// Finds out where hosts are, on a thread of its own: the system's resolver blocks.
final class Resolver: Sendable {
    /// What became of one question.
    struct Finding: Sendable {
        let address: PeerAddress
        /// In the order to be tried; empty when the host is unknown or the address malformed.
        let places: [SocketAddress]
    }

    private enum Question: Sendable {
        case find(PeerAddress)
        case end
    }

    /// Signalled when findings wait.
    let answered: Wakeup
    private let asked: Wakeup
    private let questions = LockedQueue<Question>()
    private let findings = LockedQueue<Finding>()

    init() throws(SystemError) {
        answered = try Wakeup(.polled)
        asked = try Wakeup(.blocking)
    }

    /// Starts the thread; it ends after `end`.
    func start() throws(SystemError) -> Thread {
        try Thread(named: "resolver") { self.run() }
    }

    func find(_ address: PeerAddress) { ask(.find(address)) }

    func end() { ask(.end) }

    /// Every finding since the last call.
    func takeFindings() -> [Finding] { findings.takeAll() }

    private func ask(_ question: Question) {
        if questions.append(question) == .wasEmpty { asked.signal() }
    }

    private func run() {
        var turn = 0
        while true {
            asked.wait()
            for question in questions.takeAll() {
                guard case .find(let address) = question else { return }
                findings.append(
                    Finding(address: address, places: Self.places(of: address, turn: turn))
                )
                turn &+= 1
                answered.signal()
            }
        }
    }

    /// - Parameter turn: of several members another one comes first each time: the first may be the
    ///   asker itself, or one that does not let it in.
    private static func places(of address: PeerAddress, turn: Int) -> [SocketAddress] {
        let text = String(decoding: address.text, as: UTF8.self)
        do {
            let endpoint = try Endpoint(parsing: text, orServiceFor: .peers)
            guard case .service(let name) = endpoint else { return try endpoint.resolve() }
            let members = try name.members()
            let first = Int(UInt(bitPattern: turn) % UInt(members.count))
            return Endpoint.addresses(of: members[first...] + members[..<first])
        } catch { return [] }
    }
}
