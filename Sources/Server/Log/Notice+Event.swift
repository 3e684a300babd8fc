internal import Replica

extension Notice {
    /// What an operator reads.
    ///
    /// - Parameter member: this member's name.
    func event(member: String) -> LogEvent {
        let sentence = line(member: member)
        let (level, name) = kind
        return LogEvent(
            level,
            name: name,
            fields: [("member", .text(member)), ("msg", .text(Self.bare(sentence)))],
            sentence: sentence
        )
    }

    private var kind: (LogLevel, StaticString) {
        switch self {
        case .startedTwice: (.error, "started-twice")
        case .voteLost: (.error, "vote-lost")
        case .otherProtocol: (.warning, "other-protocol")
        case .slowDisk: (.warning, "slow-disk")
        case .repaired: (.warning, "damaged-file")
        case .orderDropped: (.warning, "order-dropped")
        case .awaitsOrder: (.notice, "awaits-order")
        case .refused: (.warning, "peer-refused")
        }
    }

    /// Without what stands before sentences for people.
    private static func bare(_ sentence: String) -> String {
        sentence.hasPrefix("roost: ") ? String(sentence.dropFirst("roost: ".count)) : sentence
    }
}
