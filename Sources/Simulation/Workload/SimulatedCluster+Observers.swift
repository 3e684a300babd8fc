internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// What the world shows to the checkers of the workload.
extension SimulatedCluster {
    /// The member applied an entry that changed something.
    func observeApplied(entry: AppliedEntry, at member: SimulatedMember) {
        for event in entry.events {
            let before = workload.timeline.changes.count
            let position = Timeline.Position(event.id)
            if let finding = workload.timeline.observe(workload.change(event), at: position) {
                found(.client(finding))
            }
            guard workload.timeline.changes.count > before, case .delete = event.change else {
                continue
            }
            if let lease = event.previous?.lease {
                noteGone(event, lease: lease)
            } else if event.key.bytes.starts(with: KeySpaces.heldPrefix) {
                // Their owners never delete those keys themselves.
                found(.client(.untiedKeyDeleted(revision: position.revision)))
            }
        }
        for case .granted(let grant) in entry.contestEvents {
            workload.tenures.applied(Workload.grant(grant))
            workload.places.granted(KeySpaces.decode(grant.owner), token: grant.token.rawValue)
            observe(grant, at: member)
        }
        for event in entry.contestEvents { wakeWaiters(of: event.contest, at: member) }
    }

    /// For the first time a member shows that a key is gone that a lease kept.
    private func noteGone(_ event: StoreEvent, lease: LeaseID) {
        guard let number = workload.leaseNumbers[lease],
            event.key.bytes.starts(with: KeySpaces.heldPrefix)
        else { return }
        workload.leases.gone(number, at: now)
        workload.tenures.leaseEnded(lease.rawValue, at: event.id.revision.rawValue)
    }

    /// A snapshot took the place of the member's store, behind every entry of the turn so far.
    func observeReplacement(at member: SimulatedMember) {
        lookAgain(at: member)
        wakeWaiters(of: nil, at: member)
    }

    /// An entry is committed, as was not known before.
    func observeCommitted(_ entry: Entry) {
        guard entry.kind == .command, let request = try? Request(decoding: entry.payload),
            case .acquire(let acquisition) = request.command
        else { return }
        workload.places.committed(KeySpaces.decode(acquisition.owner))
    }

    /// The member's process is gone.
    func observeEnd(of member: SimulatedMember) {}

    /// The member's turn is over, its effects are on their way.
    func observeTurn(of member: SimulatedMember) {}
}

// MARK: At the end

extension SimulatedCluster {
    /// So long after everything healed the cluster serves for certain.
    private static let recoveryMilliseconds: UInt64 = 4_000
    /// So long after its end a lease is gone.
    private static let leaseGraceMilliseconds: UInt64 = 2_000

    /// Whether every client was served since all faults ended.
    var isEverybodyServed: Bool { workload.clients.allSatisfy(\.isServedInCalm) }

    /// The run is over.
    func checkAtEnd() {
        checkLinearizability()
        checkHistory()
        checkWatches()
        checkTenures()
        for client in workload.clients where !client.isServedInCalm { found(.notServing) }
        workload.report.activities.count(.leaseExpired, times: workload.leases.expiryCount)
        report.workload = workload.report
    }

    private func found(_ findings: [Finding], check: Check, count: Int) {
        for finding in findings { found(.client(finding)) }
        workload.report.checks.count(check, times: count)
    }

    private func checkLinearizability() {
        var checker = Linearizability()
        checker.history = workload.timeline
        let verdict = checker.check(workload.recording)
        for example in verdict.counterexamples {
            found(.client(.notLinearizable(keys: example.keys)))
        }
        if verdict.inconclusiveCount > 0 { found(.client(.undecided)) }
        workload.report.counterexamples = verdict.counterexamples
        workload.report.searchStepCount = verdict.stepCount
        workload.report.checks.count(.linearizedOperation, times: verdict.operationCount)
        let order = RevisionOrder(checking: workload.recording)
        found(order.findings, check: .orderedOperation, count: order.checkCount)
    }

    private func checkHistory() {
        var check = HistoryCheck(workload.timeline)
        check.check(workload.recording)
        let operationCount = check.checkCount
        check.check(workload.staleReads)
        found(check.findings, check: .operationInHistory, count: operationCount)
        workload.report.checks.count(.staleRead, times: workload.staleReads.count)
        workload.report.checks.count(.appliedChange, times: workload.timeline.observationCount)
        found(workload.sequences.check(), check: .sequentialChild, count: workload.sequences.count)
    }

    private func checkWatches() {
        let logs = workload.watches + workload.watchers.compactMap(\.log)
        for log in logs {
            if let finding = log.check(against: workload.timeline) { found(.client(finding)) }
            workload.report.checks.count(.watchEvent, times: log.deliveries.count)
        }
        workload.report.checks.count(.watch, times: logs.count)
    }

    private func checkTenures() {
        var revision: UInt64 = 0
        while revision < workload.timeline.revision {
            revision += 1
            for change in workload.timeline.changes(at: revision) {
                guard let guarded = workload.guards[change.value] else { continue }
                workload.tenures.changed(
                    contest: guarded.contest,
                    token: guarded.token,
                    at: revision
                )
            }
        }
        found(workload.tenures.check(), check: .tenure, count: workload.tenures.count)
        workload.report.checks.count(.grant, times: workload.tenures.grantCount)
        workload.report.checks.count(.guardedChange, times: workload.tenures.guardedChangeCount)
        workload.report.checks.count(.holderSighting, times: workload.tenures.sightingCount)
        found(workload.places.check(), check: .placeAnswer, count: workload.places.count)
        let calm = (workload.calmSince ?? now)
            .advanced(byMilliseconds: Self.recoveryMilliseconds)
        let leases = workload.leases.check(
            serving: min(calm, now)..<now,
            graceMilliseconds: Self.leaseGraceMilliseconds
        )
        found(leases, check: .lease, count: workload.leases.count)
    }
}
