internal import Bytes
internal import Consensus
internal import Keyspace

extension FormedMember {
    /// Proposes what all members are to share and do not yet. Refused while leadership is handed
    /// over: whoever leads next proposes it.
    func proposeSharedState(_ now: MonotonicTime) {
        guard isServing,
            !sharedState.isUnderWay(in: raft.term, applied: machine.applied.index)
        else { return }
        var commands: [Command] = []
        let shared = look(at: &machine) { machine in
            (machine.keyspace.settings.areSet, machine.keyspace.wallClockOffsetMilliseconds)
        }
        if !shared.0, !configuration.firstSettings.isEmpty {
            let change = SettingsChange(configuration.firstSettings, occasion: .whileUnset)
            commands.append(.changeSettings(change))
        }
        if let time = raft.clusterTime(at: now),
            let offset = sharedState.dueOffset(from: time, now: now, inForce: shared.1)
        {
            commands.append(.setWallClock(offsetMilliseconds: offset))
        }
        guard !commands.isEmpty else { return }
        let proposals = commands.map { command in
            var payload: [UInt8] = []
            Request(command).encode(into: &payload)
            return Proposal(kind: .command, payload: payload)
        }
        guard let range = try? raft.propose(proposals, now: now) else { return }
        sharedState.note(proposed: EntryID(term: range.term, index: range.indexes.upperBound))
    }
}
