internal import Bytes
internal import Platform

/// How a lock, a permit or leadership is asked for and held.
public struct HoldOptions: Sendable {
    /// How long it is held without a sign of life, from 1 s to 30 d: the longest time that others
    /// wait when this process dies.
    public var timeToLive = Duration.seconds(15)
    /// How long to wait for it; nil for ever, zero not at all.
    public var patience: Duration?
    /// For people: who asks; nil for HOST:PROCESS.
    public var owner: String?
    /// For people: what for, up to 1 KiB.
    public var info: String?
    /// The longest hold, from 1 s to 30 d; nil for as long as it lives. Not for elections.
    public var holdMax: Duration?
    /// After a hold that ended by time nobody gets it for so long, from 1 s to 30 d. Not for
    /// elections.
    public var delay: Duration?
    /// Of elections: a higher one is granted first among those who wait.
    public var priority: Int32 = 0
    /// Of elections: whether a leader of lower priority is asked to hand over.
    public var asksForHandover = false

    /// Fifteen seconds without a sign of life; waits for ever.
    public init() {}

    func target(_ kind: LockTarget.Kind, name: String) throws(RoostError) -> LockTarget {
        guard (1...255).contains(name.utf8.count), !name.utf8.contains(0) else {
            throw .invalidArgument(
                "'\(name)' is no name: write 1 to 255 bytes, such as deploy/prod"
            )
        }
        return LockTarget(
            kind: kind,
            name: Array(name.utf8),
            owner: owner.map { Array($0.utf8) } ?? Self.standardOwner,
            info: info.map { Array($0.utf8) },
            holdMilliseconds: holdMax?.wholeMilliseconds,
            delayMilliseconds: delay?.wholeMilliseconds
        )
    }

    var candidacy: LockTarget.Candidacy {
        var candidacy = LockTarget.Candidacy()
        candidacy.priority = priority
        if asksForHandover { candidacy.demand = .handover }
        return candidacy
    }

    private static var standardOwner: [UInt8] {
        (MachineName.bytes ?? Array("localhost".utf8)) + Array(":\(CurrentProcess.id)".utf8)
    }
}

/// What this machine calls itself.
package enum MachineName {
    /// Nil where that is unknown.
    package static var bytes: [UInt8]? {
        do throws(SystemError) {
            let file = try DirectoryHandle(opening: "/proc/sys/kernel").open(
                "hostname",
                for: .reading
            )
            return try file.read(at: 0, byteCount: 256).filter { $0 > 0x20 }
        } catch { return nil }
    }
}

/// Why what was to be done under a lock was not done, or may have been done without it.
public enum HoldError<Failure: Error>: Error {
    /// It was not got: refused in time (`lock-held`), or the service cannot be reached.
    case service(RoostError)
    /// The body threw this, while it was held.
    case body(Failure)
    /// It was lost, or asked back, before the body had ended, which was cancelled for that. What the
    /// body threw or returned after that does not count.
    case lost
}

extension HoldError: Sendable where Failure: Sendable {}
