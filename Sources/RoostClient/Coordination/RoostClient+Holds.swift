internal import Bytes
internal import Platform

extension RoostClient {
    /// Runs `body` while a lock is held; waits in turn for it.
    ///
    /// The body's task is cancelled before the lock can be given to another: at three quarters of
    /// the time to live after the last proven sign of life. A body that goes on all the same, or a
    /// process that was stopped meanwhile, is kept from harm by the fence alone: send it along with
    /// every write.
    ///
    /// - Parameters:
    ///   - name: 1 to 255 bytes: segments joined by `/`.
    ///   - options: how long it lives and is waited for.
    ///   - body: gets the fence, which holds the fencing token.
    /// - Throws: what became of it; `HoldError.lost` when it was lost before the body had ended.
    public func withLock<Output: Sendable, Failure: Error>(
        _ name: String,
        options: HoldOptions = HoldOptions(),
        body: @escaping @Sendable (RoostFence) async throws(Failure) -> Output
    ) async throws(HoldError<Failure>) -> Output {
        try await hold(.exclusiveLock, name: name, options: options, body: body)
    }

    /// Runs `body` while a lock is held together with other sharers, and by none alone.
    public func withSharedLock<Output: Sendable, Failure: Error>(
        _ name: String,
        options: HoldOptions = HoldOptions(),
        body: @escaping @Sendable (RoostFence) async throws(Failure) -> Output
    ) async throws(HoldError<Failure>) -> Output {
        try await hold(.sharedLock, name: name, options: options, body: body)
    }

    /// Runs `body` while at most `permits` - 1 others do.
    ///
    /// - Parameters:
    ///   - name: of the lock that is shared.
    ///   - permits: from 1 to 10,000; all who use the name say the same number.
    ///   - options: how long it lives and is waited for.
    ///   - body: as of `withLock`.
    public func withSemaphore<Output: Sendable, Failure: Error>(
        _ name: String,
        permits: Int,
        options: HoldOptions = HoldOptions(),
        body: @escaping @Sendable (RoostFence) async throws(Failure) -> Output
    ) async throws(HoldError<Failure>) -> Output {
        guard (1...10_000).contains(permits) else {
            throw .service(.invalidArgument("\(permits) is no number of permits: 1 to 10,000"))
        }
        let kind = LockTarget.Kind.semaphore(permits: UInt64(permits))
        return try await hold(kind, name: name, options: options, body: body)
    }

    /// Runs `body` while this leads; as `withLock`, and cancelled too when a candidate of higher
    /// priority asks for a handover (`HoldError.lost`).
    ///
    /// - Parameters:
    ///   - name: of the election.
    ///   - value: what the leader proclaims, such as its address.
    ///   - options: how long it lives and is waited for, and how it stands to others.
    ///   - body: as of `withLock`.
    public func withLeadership<Output: Sendable, Failure: Error>(
        of name: String,
        value: String,
        options: HoldOptions = HoldOptions(),
        body: @escaping @Sendable (RoostFence) async throws(Failure) -> Output
    ) async throws(HoldError<Failure>) -> Output {
        let kind = LockTarget.Kind.election(value: Array(value.utf8), options.candidacy)
        return try await hold(kind, name: name, options: options, body: body)
    }

    private func hold<Output: Sendable, Failure: Error>(
        _ kind: LockTarget.Kind,
        name: String,
        options: HoldOptions,
        body: @escaping @Sendable (RoostFence) async throws(Failure) -> Output
    ) async throws(HoldError<Failure>) -> Output {
        let keeper: HoldKeeper
        let token: UInt64
        do throws(RoostError) {
            keeper = try keeperOf(kind, name: name, options: options)
            token = try await keeper.token()
        } catch { throw .service(error) }
        let fence = RoostFence(name: name, token: token)
        let task = Task { () async -> Result<Output, Failure> in
            do throws(Failure) { return .success(try await body(fence)) } catch {
                return .failure(error)
            }
        }
        keeper.onLoss { task.cancel() }
        let result = await withTaskCancellationHandler {
            await task.value
        } onCancel: {
            task.cancel()
        }
        await keeper.release()
        guard !keeper.isLost else { throw .lost }
        switch result {
        case .success(let output): return output
        case .failure(let error): throw .body(error)
        }
    }

    private func keeperOf(
        _ kind: LockTarget.Kind,
        name: String,
        options: HoldOptions
    ) throws(RoostError) -> HoldKeeper {
        let plan = claimPlan(
            target: try options.target(kind, name: name),
            timeToLive: options.timeToLive,
            patience: options.patience.map { .milliseconds($0.wholeMilliseconds) } ?? .forEver
        )
        do throws(SystemError) { return try HoldKeeper(plan) } catch { throw RoostError(error) }
    }
}
