import Bytes
import Consensus
import Journal
import Keyspace

@testable import Replica

extension ReplicaRuleTests {
    static let ofTheStores: [Break] = [
        Break(.samplesInOrder) {
            $0.formed?.member.hashes.samples = [sample(of: 2048), sample(of: 1024)]
        },
        Break(.samplesAreOnTime) { $0.formed?.member.hashes.samples = [sample(of: 5)] },
        Break(.reportersDiffer) {
            var sample = sample(of: 1024)
            sample.hashes += sample.hashes
            $0.formed?.member.hashes.samples = [sample]
        },
        Break(.ownSampleIsPast) { replica in
            var sample = sample(of: 1_024_000)
            sample.hashes = [(replica.id, StateHash())]
            replica.formed?.member.hashes.samples = [sample]
        },
        Break(.repairIsCounted) {
            $0.formed?.member.storeIntegrity = .differs(StoreRepair(nextOffset: 5))
        },
        Break(.repairAsksSoon) {
            let repair = StoreRepair(askAt: later(than: $0.context.now))
            $0.formed?.member.storeIntegrity = .differs(repair)
        },
        Break(.receivedHasMembers) {
            $0.formed?.member.snapshots.receiving = Snapshots.Reception(
                id: entry(9),
                keyspace: Keyspace()
            )
        },
        Break(.proofsDiffer) { replica in
            let part = SnapshotChunk(
                snapshot: entry(9),
                offset: 0,
                bytes: [],
                totalByteCount: 100
            )
            _ = replica.formed?.member.snapshots.proofs.admits(
                part,
                for: .apply,
                in: replica.identity.cluster
            )
        },
    ]

    static let ofTheDisk: [Break] = [
        Break(.loadsDiffer) {
            for number: UInt64 in [1, 2] {
                $0.formed?.member.loads.begin(LoadID(rawValue: number), for: .apply)
            }
        },
        Break(.loadsDiffer) {
            for id in [peer, MemberID(rawValue: 8)] {
                $0.formed?.member.loads.begin(LoadID(rawValue: 1), for: .peer(id))
            }
        },
        Break(.loadsAreAsked) {
            $0.formed?.member.loads.begin(LoadID(rawValue: 1_000_000), for: .peer(peer))
        },
        Break(.diskIsWatched) { replica in
            let (now, isWriting) = (replica.context.now, replica.isWriting)
            if isWriting {
                replica.formed?.member.watchdog.completed(now)
            } else {
                replica.formed?.member.watchdog.submitted(now)
            }
        },
        Break(.diskWorksOrRests) { replica in
            let (now, isWriting) = (replica.context.now, replica.isWriting)
            replica.formed?.member.watchdog.restsSince = isWriting ? now : nil
            replica.formed?.member.watchdog.warnAt = isWriting ? nil : now
        },
        Break(.watchIsPast) { replica in
            let (time, isWriting) = (later(than: replica.context.now), replica.isWriting)
            replica.formed?.member.watchdog.submittedAt = isWriting ? time : nil
            replica.formed?.member.watchdog.restsSince = isWriting ? nil : time
        },
    ]
}

extension Replica {
    /// Whether a batch of the log is with the disk.
    fileprivate var isWriting: Bool { formed?.member.journal.isWriting ?? false }
}
