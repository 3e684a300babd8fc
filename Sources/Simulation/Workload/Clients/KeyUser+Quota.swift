internal import Keyspace
internal import Replica

/// The quota that a key user sets, and what it is told at it.
extension KeyUser {
    func quotaChange(at member: SimulatedMember) -> KeyOperation {
        guard client.mix.quotas == .ofSubtreesToo, world.pick(4) > 0 else {
            return .quota(quota(near: member))
        }
        return .subtreeQuota(subtreeQuota(near: member))
    }

    /// Around what the member has, so that some writes fit and some do not; at times none.
    private func quota(near member: SimulatedMember) -> UInt64 {
        guard world.pick(3) > 0, let keyspace = member.replica?.keyspace else { return 0 }
        let byteCount = UInt64(keyspace.store.byteCount)
        return max(1, byteCount + world.random(0...600) - min(byteCount, 200))
    }

    /// Of a directory, of a key in it, of the queue, or of everything; at times it is removed.
    private func subtreeQuota(near member: SimulatedMember) -> QuotaChange {
        let directory = history.keys.directories.pick(&world.chance)
        let path =
            switch world.pick(8) {
            case 0: Key.root
            case 1: KeySpaces.queue
            case 2: Key(unchecked: directory.bytes + Array("/0".utf8))
            default: directory
            }
        guard world.pick(5) > 0, let store = member.replica?.keyspace.store,
            let records = try? store.list(.subtree(path)).items.compactMap(\.record)
        else { return .remove(path) }
        let keyCount = UInt64(records.count)
        let byteCount = UInt64(records.reduce(0) { $0 + $1.key.bytes.count + $1.value.count })
        let keys = keyCount + world.random(0...2) - min(keyCount, 1)
        let bytes = byteCount + world.random(0...200) - min(byteCount, 60)
        let measures = world.pick(3)
        return .set(
            path,
            SubtreeQuota(
                keyCountMax: measures == 0 ? nil : keys,
                byteCountMax: measures == 1 ? nil : bytes
            )
        )
    }

    func noteRefusal(_ result: RequestResult, of operation: KeyOperation) {
        guard case .answered(let answer) = result else { return }
        let command: Command? =
            switch operation {
            case .operation(_, let request): request?.command
            case .child(_, let request, _): request.command
            case .look, .queries, .compaction, .quota, .subtreeQuota: nil
            }
        let revision = answer.revision.rawValue
        switch answer.outcome {
        case .refused(.quotaExceeded(let byteCount, let quota)):
            client.count(.quotaRefused)
            history.quotas.refused(
                command,
                told: QuotaReplay.Told(revision: revision, byteCount: byteCount, quota: quota)
            )
        case .refused(.subtreeFull(let path, let excess)):
            client.count(.subtreeQuotaRefused)
            history.subtreeQuotas.refused(
                command,
                told: SubtreeQuotaReplay.Told(revision: revision, path: path, excess: excess)
            )
        default: break
        }
    }
}

extension StoreAnswer {
    /// Whether it was refused for what may be otherwise the next time.
    var isOfTheMoment: Bool {
        switch outcome {
        case .refused(.quotaExceeded), .refused(.subtreeFull), .refused(.unauthenticated),
            .refused(.denied):
            true
        default: false
        }
    }
}
