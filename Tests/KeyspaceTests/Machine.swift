import Bytes
import Testing

@testable import Keyspace

/// A keyspace with a log: every entry goes to two replicas, to one as a value and to the other as
/// bytes, and both must agree on answer, events and hash.
struct Machine {
    private(set) var keyspace = Keyspace()
    private var twin = Keyspace()
    private(set) var index: UInt64 = 0
    /// The time of the next entry, in milliseconds.
    var time: UInt64 = 1_000
    private(set) var last = Applied(answer: nil, events: [], contestEvents: [])

    @discardableResult
    mutating func apply(_ request: Request?) -> Outcome {
        index += 1
        let now = ClusterTime(rawValue: time)
        last = keyspace.apply(index: index, time: now, request: request)
        var bytes: [UInt8] = []
        request?.encode(into: &bytes)
        let other = twin.apply(index: index, time: now, command: request == nil ? nil : bytes)
        #expect(other.answer == last.answer)
        #expect(other.events == last.events)
        #expect(other.contestEvents == last.contestEvents)
        #expect(twin.hash == keyspace.hash, "replicas differ after \(String(describing: request))")
        return last.answer?.outcome ?? .nothing
    }

    @discardableResult
    mutating func apply(
        _ command: Command,
        fences: [Fence] = [],
        key: String? = nil,
        fingerprint: UInt8 = 0
    ) -> Outcome {
        let stamp = key.map {
            IdempotencyStamp(
                key: Array($0.utf8),
                fingerprint: [UInt8](repeating: fingerprint, count: 32)
            )
        }
        return apply(Request(command, fences: fences, idempotency: stamp))
    }

    /// An entry without a command, `milliseconds` later.
    mutating func pass(_ milliseconds: UInt64) {
        time += milliseconds
        apply(nil as Request?)
    }

    /// Replaces the twin by one that was read from the other's snapshot.
    mutating func restartTwin() throws {
        var encoder = SnapshotEncoder(keyspace.freeze())
        var decoder = SnapshotDecoder()
        while let chunk = encoder.next() { try decoder.feed(chunk) }
        twin = try decoder.finish()
        #expect(twin.hash == keyspace.hash, "a restored replica hashes otherwise")
    }
}

// MARK: - Words

func path(_ text: String) -> Key { Key(unchecked: Array(text.utf8)) }

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// The revision of the store's change of that number, from 1; 0 is no revision.
func revision(_ number: UInt64) -> Revision {
    number == 0 ? .zero : Revision(rawValue: Revision.initial.rawValue + number)
}

func lease(_ number: UInt64) -> LeaseID { LeaseID(rawValue: number) }

/// Somebody by that name, who is nobody's user; nobody if it is empty.
func caller(_ author: String) -> Caller {
    author.isEmpty ? .nobody : .outside(subject: bytes(author), roles: [])
}

func name(_ text: String) -> AccessName { AccessName(unchecked: bytes(text)) }

func lock(_ name: String) -> Contest { Contest(kind: .lock, name: bytes(name)) }

func election(_ name: String) -> Contest { Contest(kind: .election, name: bytes(name)) }

extension Command {
    static func put(
        _ key: String,
        value: String = "v",
        lease: LeaseAttachment = .none,
        if condition: KeyCondition = .none
    ) -> Command {
        .put(Put(key: path(key), value: bytes(value), lease: lease, condition: condition))
    }

    static func delete(
        _ key: String,
        if condition: KeyCondition = .none
    ) -> Command {
        .delete(.key(path(key)), condition: condition)
    }

    static func deleteSubtree(
        _ root: String,
        if condition: KeyCondition = .none
    ) -> Command {
        .delete(.subtree(path(root)), condition: condition)
    }

    static func acquire(
        _ contest: Contest,
        ownership: LockRequest.Ownership,
        mode: LockRequest.Mode = .exclusive,
        patience: LockRequest.Patience = .queue,
        owner: String = "",
        value: String = "",
        terms: LockTerms = .none
    ) -> Command {
        .acquire(
            LockRequest(
                contest: contest,
                mode: mode,
                ownership: ownership,
                patience: patience,
                owner: bytes(owner),
                value: bytes(value),
                terms: terms
            )
        )
    }
}

extension Outcome {
    var refusal: Refusal? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal
    }

    var grant: Grant? {
        guard case .granted(let grant) = self else { return nil }
        return grant
    }

    var place: QueuePosition? {
        guard case .queued(let place) = self else { return nil }
        return place
    }

    var lease: LeaseID? {
        guard case .leaseGranted(let id, _) = self else { return nil }
        return id
    }

    var putResult: PutResult? {
        guard case .put(let result) = self else { return nil }
        return result
    }
}
