internal import Keyspace
internal import Replica

/// Writes to a restored cluster, so that it has something to number: keys of its own, leases and
/// places in queues. Nobody waits for what becomes of them.
final class Prober {
    private let world: World
    private let members: Members
    private var writeCount: UInt64 = 0

    init(of members: Members, in world: World) {
        self.world = world
        self.members = members
    }

    func begin() { world.schedule(.probe, after: world.random(0...500_000)) }

    func write() {
        // On slow disks somebody has to write: a leader shows by that whether it keeps its place.
        guard !world.isCalm || world.isSlow else { return }
        world.schedule(.probe, after: world.random(20_000...400_000))
        let member = members.random()
        guard member.state == .running else { return }
        writeCount += 1
        // Short enough for the name of an owner, and said once.
        let word = KeySpaces.encode(writeCount << 4 | 1)
        let command: Command =
            switch world.pick(3) {
            case 0:
                .put(
                    Put(
                        key: Key(unchecked: Array("/probe/\(world.pick(8))".utf8)),
                        value: word,
                        lease: .none,
                        condition: .none
                    )
                )
            case 1: .grantLease(nil, timeToLiveMilliseconds: world.random(1_000...20_000))
            default:
                .acquire(
                    LockRequest(
                        contest: Contests.all.pick(&world.chance),
                        mode: .exclusive,
                        ownership: .own(timeToLiveMilliseconds: world.random(1_000...5_000)),
                        patience: .queue,
                        owner: word,
                        value: word
                    )
                )
            }
        let write = EncodedWrite(members.asked(Request(command)))
        members.deliver(.propose(member.tickets.make(), write), to: member)
    }
}
