internal import Bytes
internal import Keyspace
internal import Wire

/// `GET /v1/elections/NAME/observe`: `leader` or `vacant`, the current state first, then each other
/// one; states that follow each other quickly may be passed over.
struct ObserveCall {
    private enum Told: Equatable {
        case nothing
        case vacant
        case leader(FencingToken, value: [UInt8])
    }

    let contest: Contest
    private var told = Told.nothing
    private var heartbeat: KeepaliveComment

    init(_ contest: Contest, now: MonotonicTime) {
        self.contest = contest
        heartbeat = KeepaliveComment(now: now)
    }

    func resume(_ resumption: Resumption) throws(Problem) -> NativeStep {
        switch resumption {
        case .readable: return .stream(.eventStream)
        case .unreadable: throw .unreadable
        case .disconnected: return .finish
        default: return .goOn
        }
    }

    mutating func nextChunk(_ keyspace: Keyspace, now: MonotonicTime) -> NativePiece {
        var output: [UInt8] = []
        if let leader = keyspace.holders(of: contest, countMax: 1).first {
            let state = Told.leader(leader.token, value: leader.value)
            if told != state {
                told = state
                EventStream.append(event: "leader", to: &output)
                var json = JSONWriter()
                json.leader(leader)
                EventStream.append(data: json.output, to: &output)
                EventStream.appendEnd(to: &output)
            }
        } else if told != .vacant {
            told = .vacant
            EventStream.append(event: "vacant", to: &output)
            var json = JSONWriter()
            json.beginObject()
            json.member("name", string: contest.name)
            json.endObject()
            EventStream.append(data: json.output, to: &output)
            EventStream.appendEnd(to: &output)
        }
        if output.isEmpty { heartbeat.append(to: &output, now: now) }
        guard output.isEmpty else {
            heartbeat.note(now: now)
            return .bytes(output)
        }
        return .idle(Wake(deadline: heartbeat.deadline, contest: contest))
    }
}
