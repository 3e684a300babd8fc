internal import Bytes
internal import Consensus

/// Which start of a member is believed when two claim to be it: the one that is heard
/// (Docs/Decisions/0006-a-copy-beside-its-original.md).
extension Links {
    /// A start that is put off by a peer for this many times as long as a living one may be silent
    /// ends. One that is only taken for a second start, because the end of the first has not
    /// arrived yet, is accepted after one such time.
    private static let putOffSilenceCountMax: UInt64 = 3

    /// How long a living member may be silent on its links, in milliseconds: followers say nothing
    /// to each other but pings.
    static func silenceMillisecondsMax(electionTimeoutMilliseconds: UInt64) -> UInt64 {
        pingMilliseconds + electionTimeoutMilliseconds
    }

    /// Whether the sender has to wait because another start of it is heard here; says so, once for
    /// each hello, if that is known first hand.
    mutating func putOff(_ sender: PeerIdentity, view: HandshakeView, now: MonotonicTime)
        -> StartStanding
    {
        if planted(.newerStartDisplaces) { return .free }
        guard let peer = index(of: sender.id), let start = peers[peer].start,
            start != sender.boot
        else { return .free }
        if isHeard(peer, beside: sender.boot, view: view, now: now),
            let heardAt = peers[peer].heardAt
        {
            peers[peer].contender = sender.boot
            let silence = now.nanoseconds(since: heardAt) / 1_000_000
            return .contested(
                StartDispute(
                    member: sender.id,
                    heard: start,
                    silenceMilliseconds: min(silence, StartDispute.silenceMillisecondsMax),
                    other: sender.boot
                )
            )
        }
        guard let rival = peers[peer].rival, rival.boot == sender.boot, now < rival.until else {
            return .free
        }
        return .vouchedAgainst
    }

    /// Whether the start whose links these are was heard lately on one that stands. What was heard
    /// lately counts without a link too against a start that came while there was one: a link may
    /// break although nobody has ended.
    func isHeard(
        _ peer: Int,
        beside other: BootStamp,
        view: HandshakeView,
        now: MonotonicTime
    ) -> Bool {
        guard let heardAt = peers[peer].heardAt,
            now.nanoseconds(since: heardAt) < view.silenceMillisecondsMax * 1_000_000
        else { return false }
        if peers[peer].incoming != nil || peers[peer].contender == other { return true }
        if case .open = peers[peer].outgoing { return true }
        return false
    }

    /// From here on the peer's links are of that start; those of an earlier one end.
    mutating func adopt(_ start: BootStamp, of peer: Int, now: MonotonicTime) {
        let known = peers[peer].start
        peers[peer].start = start
        guard let known, known != start else { return }
        peers[peer].contender = nil
        peers[peer].rival = nil
        if let older = peers[peer].incoming { toClose.append(older) }
        peers[peer].incoming = nil
        guard case .open(let link) = peers[peer].outgoing else { return }
        toClose.append(link)
        _ = lost(peer, end: .refused, now: now)
        endPause(peer)
    }

    /// Another peer hears a start of a member beside the one that is put off there.
    ///
    /// - Returns: whether links of the one that is put off were ended here.
    mutating func heed(_ dispute: StartDispute, view: HandshakeView, now: MonotonicTime)
        -> Bool
    {
        guard let peer = index(of: dispute.member) else { return false }
        unconfirmed.removeAll { candidate in
            guard candidate.identity.id == dispute.member,
                candidate.identity.boot == dispute.other
            else { return false }
            toClose.append(candidate.link)
            return true
        }
        let isOther = peers[peer].start == dispute.other
        if isOther { adopt(dispute.heard, of: peer, now: now) }
        if peers[peer].start == nil { peers[peer].start = dispute.heard }
        guard peers[peer].start == dispute.heard else { return false }
        let limit = view.silenceMillisecondsMax
        let left = limit - min(limit, dispute.silenceMilliseconds)
        peers[peer].rival = (dispute.other, now.advanced(byMilliseconds: left))
        return isOther
    }

    // MARK: The side that is put off

    /// A peer has put this start of ours off.
    ///
    /// One that could not say anything for a while (cut off, stopped) has not put it off meanwhile,
    /// and may have heard the last of the other start just now: the count begins anew.
    mutating func wasPutOff(by peer: Int, view: HandshakeView, now: MonotonicTime) {
        var putOff = peers[peer].putOff ?? PutOff(since: now, last: now)
        if now > putOff.last.advanced(byMilliseconds: view.silenceMillisecondsMax) {
            putOff.since = now
        }
        putOff.last = now
        peers[peer].putOff = putOff
        mutedUntil = now.advanced(byMilliseconds: view.silenceMillisecondsMax)
        isMute = true
    }

    /// A peer has accepted this start.
    mutating func wasAccepted(by peer: Int) {
        peers[peer].putOff = nil
        guard peers.allSatisfy({ $0.putOff == nil }) else { return }
        mutedUntil = nil
        isMute = false
    }

    /// Whether the peer at that address has put this start off for so long that the other one is
    /// there to stay.
    func isPutOffForGood(
        by address: PeerAddress,
        view: HandshakeView,
        now: MonotonicTime
    ) -> Bool {
        let patience = Self.putOffSilenceCountMax * view.silenceMillisecondsMax
        return peers.contains {
            guard $0.address == address, let putOff = $0.putOff else { return false }
            return now >= putOff.since.advanced(byMilliseconds: patience)
        }
    }

    /// Whether every peer has said what it makes of this start, or nobody is there to say it.
    var haveAllSpoken: Bool { peers.allSatisfy(\.hasSpoken) }
}

/// Refusals of a start because another one of its member is heard, one soon after the other.
struct PutOff: Hashable, Sendable {
    /// The first of them.
    var since: MonotonicTime
    var last: MonotonicTime
}

/// What becomes of a start that says hello.
enum StartStanding: Hashable, Sendable {
    case free
    /// Another one is heard here.
    case contested(StartDispute)
    /// Another peer hears another one.
    case vouchedAgainst
}
