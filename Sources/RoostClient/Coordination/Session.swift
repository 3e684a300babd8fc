internal import Bytes
internal import Platform

/// A lease that is kept alive on threads of its own until it is ended: keys that were written with
/// it (`WriteOptions.during(_:)`) go with it.
///
/// A session that nobody holds any more ends by itself.
public final class Session: Sendable {
    /// The lease's id.
    public let id: String
    private let keeper: HoldKeeper
    private let loss = Promise<Void>()

    fileprivate init(id: String, keeper: HoldKeeper) {
        self.id = id
        self.keeper = keeper
        keeper.onLoss { [loss] in loss.keep(()) }
    }

    deinit { keeper.leave() }

    /// Whether the lease is certain to live; once false it stays so.
    public var isAlive: Bool { loss.isOpen }

    /// Has `body` called, on a thread of the session's, when the lease is no longer certain to live:
    /// before it can have ended. At once where that has been; one body at a time.
    public func onLoss(_ body: @escaping @Sendable () -> Void) {
        keeper.onLoss { [loss] in
            loss.keep(())
            body()
        }
    }

    /// Gives the lease back, and with it its keys; returns when the service has it, or has not
    /// answered for five seconds.
    public func end() async {
        loss.keep(())
        await keeper.release()
    }
}

extension RoostClient {
    /// A new session.
    ///
    /// - Parameter timeToLive: how long its keys outlive this process, from 1 s to 30 d.
    public func openSession(
        timeToLive: Duration = .seconds(15)
    ) async throws(RoostError) -> Session {
        let keeper: HoldKeeper
        do throws(SystemError) {
            keeper = try HoldKeeper(
                claimPlan(target: nil, timeToLive: timeToLive, patience: .forEver)
            )
        } catch { throw RoostError(error) }
        _ = try await keeper.token()
        guard let lease = keeper.lease else {
            throw .malformedAnswer(why: "a lease has no id")
        }
        return Session(id: String(decoding: lease, as: UTF8.self), keeper: keeper)
    }

    func claimPlan(
        target: LockTarget?,
        timeToLive: Duration,
        patience: LockClaim.Patience
    ) -> LockClaim.Plan {
        var plan = LockClaim.Plan(
            target: target,
            endpoints: endpoints,
            timeToLiveMilliseconds: max(timeToLive.wholeMilliseconds, 1),
            patience: patience,
            timeoutMilliseconds: timeoutMilliseconds
        )
        plan.authorization = authorization
        return plan
    }
}
