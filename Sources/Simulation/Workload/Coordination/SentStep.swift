internal import Bytes
internal import Keyspace

/// A step of a queue or a counter that is under way: a third of them are safe to send again, and are
/// sent until they are answered.
struct SentStep {
    /// What became of it.
    enum Ending {
        case answered(Answer)
        /// It was certainly not carried out.
        case denied
        /// Nobody will hear what became of it.
        case unknown
        /// It is to be sent again.
        case again
    }

    let number: UInt64
    let request: Request
    /// Whether a sending of it may have taken effect.
    private var isExposed = false

    init(_ command: Command, of client: SimulatedClient) {
        number = client.nextShortValue()
        var stamp: IdempotencyStamp?
        if client.world.pick(3) == 0 {
            var key: [UInt8] = []
            key.append(littleEndian: number)
            stamp = IdempotencyStamp(key: key, fingerprint: key + [UInt8](repeating: 1, count: 24))
        }
        request = Request(command, idempotency: stamp, note: StepReplay.note(of: number))
    }

    mutating func hear(_ result: RequestResult) -> Ending {
        switch result {
        case .answered(let answer): return .answered(answer)
        case .unknown, .readable:
            isExposed = true
            return request.idempotency == nil ? .unknown : .again
        case .denied: return isExposed ? .again : .denied
        }
    }
}
