internal import Consensus

/// One thing that has to hold for a member to serve linearizable requests.
package struct HealthCheck: Hashable, Sendable {
    /// What is looked at, in the order in which it is told.
    package enum Subject: UInt8, CaseIterable, Hashable, Sendable {
        /// A leader is known and heard.
        case leader = 0
        /// The log's disk does what it is given.
        case disk = 1
        /// The log is whole.
        case log = 2
        /// The store equals the majority's.
        case store = 3
        case caughtUp = 4
        /// The member goes on.
        case running = 5

        /// What `exclude` names.
        package var name: StaticString {
            switch self {
            case .leader: "leader"
            case .disk: "disk"
            case .log: "log"
            case .store: "store"
            case .caughtUp: "caught-up"
            case .running: "running"
            }
        }
    }

    package let subject: Subject
    /// What an operator reads, one sentence each; empty where all is well.
    package let reasons: [[UInt8]]

    package init(_ subject: Subject, reasons: [[UInt8]] = []) {
        self.subject = subject
        self.reasons = reasons
    }

    package var holds: Bool { reasons.isEmpty }

    /// Every check, and all of them hold.
    package static var allHold: [HealthCheck] { Subject.allCases.map { HealthCheck($0) } }
}

extension MemberStatus {
    /// Every check, in order.
    package var healthChecks: [HealthCheck] {
        HealthCheck.Subject.allCases.map { HealthCheck($0, reasons: reasons(against: $0)) }
    }

    /// Why the member is not ready, in words that an operator reads.
    package var unreadyReasons: [[UInt8]] { healthChecks.flatMap(\.reasons) }

    private func reasons(against subject: HealthCheck.Subject) -> [[UInt8]] {
        var reasons: [[UInt8]] = []
        func add(_ reason: StaticString, if flag: Unreadiness) {
            if unreadiness.contains(flag) { reasons.append(Array(reason.description.utf8)) }
        }
        switch subject {
        case .leader:
            add("the cluster is not formed yet", if: .forming)
            add("no leader is known", if: .noLeader)
            add("the leader is not connected", if: .noLink)
            add("a member speaks another version of the peer protocol", if: .otherProtocol)
        case .disk: add("the disk has not finished a write of the log for long", if: .diskStalled)
        case .log: add("the damaged log is being received anew", if: .reseeding)
        case .store: add("the store differs from the majority's", if: .storeDiffers)
        case .caughtUp:
            if unreadiness.contains(.catchingUp) { reasons.append(Array(progress.utf8)) }
        case .running: add("the member is being stopped", if: .stopping)
        }
        return reasons
    }

    private var progress: String {
        guard let catchUpIndex else {
            return "catching up: the leader has not said yet how far its log goes"
        }
        return "catching up: applied entry \(appliedIndex.rawValue) of \(catchUpIndex.rawValue)"
    }
}
