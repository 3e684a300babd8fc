internal import Bytes
internal import Consensus
internal import Keyspace

/// Compares the members' stores after every 1,024th entry.
struct StateHashes: Sendable {
    static let interval: UInt64 = 1024
    /// Older indexes are no longer compared; a slow member catches up at the next one.
    private static let sampleCountMax = 16

    enum Verdict: Hashable, Sendable {
        /// Nothing known speaks against this member's store.
        case sound
        /// A majority agrees on another hash.
        case differs(at: LogIndex)
        /// Members differ, and no majority agrees so far.
        case undecided(at: LogIndex)
    }

    struct Sample: Sendable {
        let index: LogIndex
        var hashes: [(member: MemberID, hash: StateHash)]
    }

    /// By rising index.
    var samples: [Sample] = []

    /// - Parameter own: this member, which has applied everything through `applied`.
    func brokenRule(of own: MemberID, applied: LogIndex) -> ReplicaRule? {
        if samples.count > Self.sampleCountMax { return .samplesInOrder }
        for place in samples.indices {
            let sample = samples[place]
            if place > 0, samples[place - 1].index >= sample.index { return .samplesInOrder }
            if sample.index.rawValue % Self.interval != 0 { return .samplesAreOnTime }
            for (offset, report) in sample.hashes.enumerated()
            where sample.hashes[..<offset].contains(where: { $0.member == report.member }) {
                return .reportersDiffer
            }
            if sample.index > applied, sample.hashes.contains(where: { $0.member == own }) {
                return .ownSampleIsPast
            }
        }
        return nil
    }

    /// What a member found; this one's own findings too. A later report replaces an earlier one.
    mutating func record(_ report: StateHashReport, of member: MemberID) {
        guard report.index.rawValue % Self.interval == 0 else { return }
        var offset = samples.count
        while offset > 0, samples[offset - 1].index > report.index { offset -= 1 }
        if offset > 0, samples[offset - 1].index == report.index {
            let sample = offset - 1
            if let known = samples[sample].hashes.firstIndex(where: { $0.member == member }) {
                samples[sample].hashes[known].hash = report.hash
            } else {
                samples[sample].hashes.append((member, report.hash))
            }
            return
        }
        samples.insert(Sample(index: report.index, hashes: [(member, report.hash)]), at: offset)
        if samples.count > Self.sampleCountMax { samples.removeFirst() }
    }

    /// Forgets what this member found before its store was replaced.
    mutating func forget(_ member: MemberID) {
        for sample in samples.indices { samples[sample].hashes.removeAll { $0.member == member } }
    }

    /// The newest comparison that says anything decides.
    func verdict(for member: MemberID, voters: [MemberID]) -> Verdict {
        for sample in samples.reversed() {
            guard let own = sample.hashes.first(where: { $0.member == member })?.hash else {
                continue
            }
            let counted = sample.hashes.filter { voters.contains($0.member) }
            let majority = voters.count / 2 + 1
            if counted.allSatisfy({ $0.hash == own }) {
                if counted.count >= majority { return .sound }
                continue
            }
            for candidate in counted {
                guard counted.count(where: { $0.hash == candidate.hash }) >= majority else {
                    continue
                }
                return candidate.hash == own ? .sound : .differs(at: sample.index)
            }
            return .undecided(at: sample.index)
        }
        return .sound
    }
}
