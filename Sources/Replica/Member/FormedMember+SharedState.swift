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
        var proposals: [Proposal] = []
        for command in commands { proposals.append(ownProposal(command)) }
        guard let range = try? raft.propose(proposals, now: context.now) else { return }
        sharedState.note(proposed: EntryID(term: range.term, index: range.indexes.upperBound))
    }

    /// What the cluster itself wants, which no rule has to allow. Below the level that knows callers
    /// nobody is asked who it is.
    func ownProposal(_ command: Command) -> Proposal {
        let knowsCallers = machine.keyspace.featureLevel.number >= Caller.member.featureLevel
        let caller: Caller = knowsCallers ? .member : .nobody
        var payload: [UInt8] = []
        Request(command, caller: caller).encode(into: &payload)
        return Proposal(kind: .command, payload: payload)
    }

    private mutating func dueSharedState(_ context: TurnContext) -> [Command] {
        var commands: [Command] = []
        if !machine.keyspace.settings.areSet, !configuration.firstSettings.isEmpty {
            let change = SettingsChange(configuration.firstSettings, occasion: .whileUnset)
            // They wait for members that know them.
            if machine.keyspace.featureLevel.number >= change.featureLevel {
                commands.append(.changeSettings(change))
            }
        }
        if let level = dueFeatureLevel(context) {
            commands.append(.raiseFeatureLevel(to: level))
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

    /// The level that every member knows, while it is above the cluster's and nobody holds it.
    /// Counted are members that this leader reaches: another build may run behind a link that is
    /// gone.
    private func dueFeatureLevel(_ context: TurnContext) -> UInt64? {
        let inForce = machine.keyspace.featureLevel
        guard inForce.hold == .free else { return nil }
        var known = configuration.featureLevelMax
        for member in raft.membership.members where member.id != id {
            let shown = context.links.featureLevel(of: member.id)
            if shown == nil, planted(.levelRisesEarly) { continue }
            known = min(known, shown ?? 1)
        }
        return known > inForce.number ? known : nil
    }
}
