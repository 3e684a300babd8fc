internal import Bytes
internal import Keyspace
internal import Wire

// Barriers: `/v1/barriers/NAME`, what is told of them, and their end.

extension NativeCall {
    /// The calls of a barrier of that name.
    static func barrier(
        _ name: [UInt8],
        resource: Resource,
        request: HTTPRequest,
        parameters: inout Parameters,
        options: CallOptions,
        now: MonotonicTime
    ) throws(Problem) -> NativeCall {
        let barrier = BarrierName(name)
        switch (resource, request.method) {
        case (.barrierEnter, _):
            return .barrier(
                try BarrierCall(entering: barrier, request: request, options: options, now: now)
            )
        case (.barrierLeave, _):
            return .barrier(
                try BarrierCall(leaving: barrier, request: request, options: options, now: now)
            )
        case (_, .delete):
            return .write(
                try WriteCall(
                    .barrier(BarrierRequest(barrier, act: .breakUp)),
                    request: request,
                    subject: .barrier(barrier)
                )
            )
        default:
            let generation = try parameters.number("generation")
            return .lookup(
                Lookup(.barrier(barrier, generation.map(BarrierGeneration.init(rawValue:))))
            )
        }
    }
}

extension Lookup {
    /// How many of those in a barrier are shown.
    private static let partiesShownMax = 100

    static func barriers(_ parameters: inout Parameters) throws(Problem) -> Lookup {
        let after = BarrierName(try parameters.text("after") ?? [])
        return Lookup(.barriers(after: after, limit: try parameters.limit()))
    }

    static func barriers(
        after name: BarrierName,
        limit: Int,
        in keyspace: Keyspace
    ) -> HTTPResponse {
        page(
            "barriers",
            of: keyspace.barriers(after: name, countMax: limit),
            limit: limit,
            name: \.name.bytes
        ) { view, json in
            json.beginObject()
            json.members(of: view)
            json.endObject()
        }
    }

    /// The barrier as it is, or how one of its generations is or ended.
    static func barrier(
        _ name: BarrierName,
        generation: BarrierGeneration?,
        in keyspace: Keyspace
    ) throws(Problem) -> HTTPResponse {
        var json = JSONWriter()
        json.beginObject()
        guard let generation else {
            let view = keyspace.barrier(name)
            json.members(of: view)
            if let present = view.present {
                json.parties(
                    keyspace.participants(
                        of: present.generation,
                        countMax: partiesShownMax
                    )
                )
            }
            json.endObject()
            return .json(json)
        }
        guard let standing = keyspace.barrier(name, generation: generation) else {
            throw Problem(.notIn, of: name)
        }
        json.member("name", string: name.bytes)
        json.members(of: standing, phase: standing.phase.name)
        if let breach = standing.breach { json.members(of: breach) }
        json.endObject()
        return .json(json)
    }
}

extension BarrierPhase {
    var name: StaticString {
        switch self {
        case .filling: "filling"
        case .open: "open"
        case .leaving: "leaving"
        case .left: "left"
        case .broken: "broken"
        }
    }
}

extension JSONWriter {
    mutating func members(of standing: BarrierStanding, phase: StaticString) {
        member("generation", number: standing.generation.rawValue)
        member("phase", string: phase)
        member("parties", number: UInt64(standing.partyCount))
        member("entered", number: UInt64(standing.enteredCount))
        member("left", number: UInt64(standing.leftCount))
    }

    mutating func members(of breach: BarrierBreach) {
        member("cause", string: breach.name)
        if let lease = breach.lease { member("lease", string: lease.text) }
    }

    fileprivate mutating func members(of view: BarrierView) {
        member("name", string: view.name.bytes)
        guard let present = view.present else {
            member("phase", string: "empty")
            return
        }
        members(of: present, phase: present.phase.name)
        guard let next = view.next else { return }
        name("next")
        beginObject()
        members(of: next, phase: next.phase.name)
        endObject()
    }

    fileprivate mutating func parties(_ parties: [BarrierParticipant]) {
        name("members")
        beginArray()
        for party in parties {
            beginObject()
            member("lease", string: party.lease.text)
            text("owner", bytes: party.owner)
            member("order", number: UInt64(party.order))
            member("left", bool: party.hasLeft)
            member("remaining", milliseconds: party.remainingMilliseconds)
            endObject()
        }
        endArray()
    }

    /// What a barrier's end came to.
    init(broken barrier: BarrierName, partyCount: UInt64) {
        self.init()
        beginObject()
        member("name", string: barrier.bytes)
        member("broken", number: partyCount)
        endObject()
    }
}
