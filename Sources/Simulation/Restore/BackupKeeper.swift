internal import Bytes
internal import Consensus
internal import Keyspace
internal import Replica

/// The operator's one backup of a run: of whichever member runs at some moment, at whatever it has
/// applied by then.
///
/// It draws from a generator of its own, so that the run is the same as one without a backup.
final class BackupKeeper {
    private let world: World
    private let members: Members
    private var chance: SplitMix64
    /// As a file has it.
    private var backup: [UInt8]?

    init(of members: Members, in world: World, seed: UInt64) {
        self.world = world
        self.members = members
        chance = SplitMix64(seed: seed ^ 0x6261_636B_7570)
    }

    func schedule() {
        guard world.options.variety == .swarm, world.options.plantedFault == .none else { return }
        let end = world.options.milliseconds * 1_000
        world.schedule(.backup, after: UInt64.random(in: 0...end, using: &chance))
    }

    /// Backs up a member that runs; later where none does.
    func take() {
        let running = members.present.filter {
            $0.state == .running && $0.directory.isOwn && $0.replica?.isFormed == true
        }
        guard !running.isEmpty, let keyspace = running.pick(&chance).replica?.keyspace else {
            return world.schedule(.backup, after: 500_000)
        }
        var encoder = SnapshotEncoder(keyspace.freeze())
        var bytes: [UInt8] = []
        while let chunk = encoder.next() { bytes += chunk }
        backup = bytes
    }

    /// The whole cluster is given up: what another one begins with. Nil where there is no backup, or
    /// nobody to say what the old one had told.
    func restored() -> (state: RestoredState, seed: UInt64)? {
        guard let backup, let told = told else { return nil }
        let state = RestoredState(of: backup, above: told, with: &chance)
        guard let state else {
            world.found(.backupUnreadable)
            return nil
        }
        return (state, chance.next())
    }

    /// The furthest that anybody can have been told of.
    private var told: RestoredState.Told? {
        var told: RestoredState.Told?
        for member in members.all where member.state == .running && member.directory.isOwn {
            guard let revision = member.replica?.keyspace.store.revision.rawValue,
                let index = member.replica?.consensus?.lastIndex.rawValue
            else { continue }
            told = RestoredState.Told(
                revision: max(told?.revision ?? 0, revision),
                index: max(told?.index ?? 0, index)
            )
        }
        return told
    }
}
