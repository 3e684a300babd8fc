internal import Bytes
internal import Consensus
internal import Keyspace

extension FormedMember {
    /// Proposes what all members are to share and do not yet. Refused while leadership is handed
    /// over: whoever leads next proposes it.
    mutating func proposeSharedState(in context: inout TurnContext) {
        guard sharedState.isDue(context.wallClock), isServing,
            !sharedState.isUnderWay(in: raft.term, applied: machine.applied.index)
        else { return }
        let commands = dueSharedState(context)
        guard !commands.isEmpty else {
            return sharedState.note(seen: context.wallClock)
        }
        let proposals = commands.map { command in
            var payload: [UInt8] = []
            Request(command).encode(into: &payload)
            return Proposal(kind: .command, payload: payload)
        }
        guard let range = try? raft.propose(proposals, now: context.now) else { return }
        sharedState.note(proposed: EntryID(term: range.term, index: range.indexes.upperBound))
    }

    private mutating func dueSharedState(_ context: TurnContext) -> [Command] {
        var commands: [Command] = []
        if !machine.keyspace.settings.areSet, !configuration.firstSettings.isEmpty {
            let change = SettingsChange(configuration.firstSettings, occasion: .whileUnset)
            commands.append(.changeSettings(change))
        }
        guard let reading = context.wallClock, let time = raft.clusterTime(at: context.now),
            let offset = reading.offset(from: time, now: context.now)
        else { return commands }
        let inForce = machine.keyspace.wallClockOffsetMilliseconds
        if SharedStateProposals.hasMoved(offset, from: inForce) {
            commands.append(.setWallClock(offsetMilliseconds: offset))
        }
        return commands
    }
}
