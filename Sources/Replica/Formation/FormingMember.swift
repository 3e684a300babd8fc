internal import Bytes
internal import Consensus
internal import Journal

/// What a member is until its cluster is formed: an empty log, the talk with the other founders,
/// and the requests that wait for a cluster.
///
/// A class, so that its arrays change where they lie: a value would have to be taken out of `Life`.
final class FormingMember {
    /// A write or read that came before there was anybody to ask.
    enum EarlyRequest: Sendable {
        case write(Ticket, EncodedWrite)
        case read(Ticket)

        var ticket: Ticket {
            switch self {
            case .write(let ticket, _), .read(let ticket): ticket
            }
        }
    }

    /// How long a newcomer has been asking for admission.
    enum Admission: Hashable, Sendable {
        case unasked
        /// Refused first at that time.
        case refused(MonotonicTime)
        /// The operator was told.
        case told
    }

    /// So long after the first refusal no order can be under way that names the newcomer, in
    /// milliseconds.
    private static let admissionMilliseconds: UInt64 = 2_000

    /// More writes and reads than this do not wait for the cluster to be formed.
    static let earlyCountMax = 1024

    var journal: Journal
    var formation: Formation
    /// In the order in which they came.
    var early: [EarlyRequest] = []
    private var admission = Admission.unasked

    init(journal: Journal, formation: Formation) {
        self.journal = journal
        self.formation = formation
    }

    var brokenRule: ReplicaRule? {
        if early.count > Self.earlyCountMax { return .earlyIsBounded }
        if Set(early.map(\.ticket)).count != early.count { return .earlyDiffer }
        return formation.isOwnKept ? nil : .founderIsSelf
    }

    /// The cluster does not know this newcomer.
    ///
    /// - Returns: whether the operator has to hear of it now; once.
    func wasRefused(now: MonotonicTime) -> Bool {
        switch admission {
        case .unasked: admission = .refused(now)
        case .refused(let since):
            guard since.advanced(byMilliseconds: Self.admissionMilliseconds) <= now else { break }
            admission = .told
            return true
        case .told: break
        }
        return false
    }

    func propose(_ ticket: Ticket, write: EncodedWrite, into effects: inout Effects) {
        guard early.count < Self.earlyCountMax else {
            return effects.replies.append(.unproposed(ticket, .notApplied(.tooManyInFlight)))
        }
        early.append(.write(ticket, write))
    }

    func read(_ ticket: Ticket, into effects: inout Effects) {
        guard early.count < Self.earlyCountMax else {
            return effects.replies.append(.unreadable(ticket))
        }
        early.append(.read(ticket))
    }

    /// The shell waits no longer: nothing of the request was begun.
    func forget(_ ticket: Ticket, into effects: inout Effects) {
        guard let place = early.firstIndex(where: { $0.ticket == ticket }) else { return }
        switch early.remove(at: place) {
        case .write: effects.replies.append(.unproposed(ticket, .notApplied(.notServing)))
        case .read: effects.replies.append(.unreadable(ticket))
        }
    }
}
