internal import Keyspace
internal import Replica

/// The quota that a key user sets, and what it is told at it.
extension KeyUser {
    /// Around what the member has, so that some writes fit and some do not; at times none.
    func quota(near member: SimulatedMember) -> UInt64 {
        guard world.pick(3) > 0, let keyspace = member.replica?.keyspace else { return 0 }
        let byteCount = UInt64(keyspace.store.byteCount)
        return max(1, byteCount + world.random(0...600) - min(byteCount, 200))
    }

    func noteRefusal(_ result: RequestResult, of operation: KeyOperation) {
        guard case .answered(let answer) = result,
            case .refused(.quotaExceeded(let byteCount, let quota)) = answer.outcome
        else { return }
        client.count(.quotaRefused)
        let command: Command? =
            switch operation {
            case .operation(_, let request): request?.command
            case .child(_, let request, _): request.command
            case .look, .queries, .compaction, .quota: nil
            }
        history.quotas.refused(
            command,
            told: QuotaReplay.Told(
                revision: answer.revision.rawValue,
                byteCount: byteCount,
                quota: quota
            )
        )
    }
}

extension StoreAnswer {
    /// Whether it was refused because there was no room.
    var isForQuota: Bool {
        guard case .refused(.quotaExceeded) = outcome else { return false }
        return true
    }
}
