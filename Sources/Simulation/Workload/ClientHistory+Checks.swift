internal import Bytes
internal import Keyspace

/// What the checkers make of a history when the run is over.
extension ClientHistory {
    /// So long after everything healed the cluster serves for certain.
    private static let recoveryMilliseconds: UInt64 = 4_000
    /// So long after its end a lease is gone.
    private static let leaseGraceMilliseconds: UInt64 = 2_000

    /// The run is over.
    func check(calmSince: MonotonicTime?, openWatches: [WatchLog]) {
        checkLinearizability()
        checkHistory()
        checkWatches(open: openWatches)
        checkTenures(calmSince: calmSince)
        report.activities.count(.leaseExpired, times: leases.expiryCount)
    }

    private func found(_ findings: [Finding], check: Check, count: Int) {
        for finding in findings { world.found(.client(finding)) }
        report.checks.count(check, times: count)
    }

    private func checkLinearizability() {
        var checker = Linearizability()
        checker.history = timeline
        let verdict = checker.check(recording)
        for example in verdict.counterexamples {
            world.found(.client(.notLinearizable(keys: example.keys)))
        }
        if verdict.inconclusiveCount > 0 { world.found(.client(.undecided)) }
        report.counterexamples = verdict.counterexamples
        report.searchStepCount = verdict.stepCount
        report.checks.count(.linearizedOperation, times: verdict.operationCount)
        let order = RevisionOrder(checking: recording)
        found(order.findings, check: .orderedOperation, count: order.checkCount)
    }

    private func checkHistory() {
        var check = HistoryCheck(timeline)
        check.check(recording)
        let operationCount = check.checkCount
        check.check(staleReads)
        found(check.findings, check: .operationInHistory, count: operationCount)
        report.checks.count(.staleRead, times: staleReads.count)
        report.checks.count(.appliedChange, times: timeline.observationCount)
        found(sequences.check(), check: .sequentialChild, count: sequences.count)
        let findings = replay.check()
        found(findings, check: .deleteCause, count: replay.deletionCount)
        report.checks.count(.versionTime, times: replay.timeCount)
        report.checks.count(.versionSignature, times: replay.signatureCount)
        // Of a restored cluster's keys those of the backup are not known.
        if timeline.initialRevision == Revision.initial.rawValue {
            found(quotas.check(), check: .quotaGrowth, count: quotas.growthCount)
            report.checks.count(.quotaRefusal, times: quotas.refusalCount)
            found(access.check(), check: .accessDecision, count: access.decisionCount)
            report.checks.count(.leaseRight, times: access.leaseDecisionCount)
            report.checks.count(.waiterRight, times: access.grantCount)
            report.checks.count(.lookRight, times: access.lookCount)
            found(steps.check(), check: .step, count: steps.stepCount)
            report.checks.count(.stepLook, times: steps.lookCount)
            let finding = contests.check()
            found(finding.map { [$0] } ?? [], check: .award, count: contests.grantCount)
            let findings = subtreeQuotas.check()
            found(findings, check: .subtreeGrowth, count: subtreeQuotas.growthCount)
            report.checks.count(.subtreeRefusal, times: subtreeQuotas.refusalCount)
        }
        found(rangeReads.check(against: timeline), check: .rangeRead, count: rangeReads.count)
    }

    private func checkWatches(open: [WatchLog]) {
        let logs = watches + open
        for log in logs {
            if let finding = log.check(against: timeline) { world.found(.client(finding)) }
            report.checks.count(.watchEvent, times: log.deliveries.count)
        }
        report.checks.count(.watch, times: logs.count)
    }

    private func checkTenures(calmSince: MonotonicTime?) {
        var revision: UInt64 = 0
        while revision < timeline.revision {
            revision += 1
            for change in timeline.changes(at: revision) {
                guard let guarded = guards[change.value] else { continue }
                tenures.changed(
                    contest: guarded.contest,
                    token: guarded.token,
                    at: revision
                )
            }
        }
        found(tenures.check(), check: .tenure, count: tenures.count)
        report.checks.count(.grant, times: tenures.grantCount)
        report.checks.count(.winner, times: winnerCount)
        report.checks.count(.guardedChange, times: tenures.guardedChangeCount)
        report.checks.count(.holderSighting, times: tenures.sightingCount)
        found(places.check(), check: .placeAnswer, count: places.count)
        let calm = (calmSince ?? world.now)
            .advanced(byMilliseconds: Self.recoveryMilliseconds)
        let findings = leases.check(
            serving: min(calm, world.now)..<world.now,
            graceMilliseconds: Self.leaseGraceMilliseconds
        )
        found(findings, check: .lease, count: leases.count)
        let refusals = leases.checkRefusals()
        found(refusals.findings, check: .leaseRefusal, count: refusals.count)
    }
}
