import Foundation
import TestCluster

/// Does what blocks on a thread of its own: those of the cooperative pool are few.
func aside<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result(catching: body)) }
    }
}

/// Asks until it is so, or much time has passed.
func comesToHold(_ holds: @escaping @Sendable () -> Bool) async -> Bool {
    await withCheckedContinuation { continuation in
        Thread.detachNewThread {
            continuation.resume(returning: eventually(withinSeconds: 30, holds: holds))
        }
    }
}

/// A number that tasks raise and wait for.
final class Progress: Sendable {
    private let counts: AsyncStream<Int>
    private let continuation: AsyncStream<Int>.Continuation
    private let state = LockedCount()

    init() { (counts, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    var count: Int { state.value }

    func advance() { continuation.yield(state.advance()) }

    /// Returns once it is as high; one task alone may wait.
    func reach(_ threshold: Int) async {
        guard count < threshold else { return }
        for await count in counts where count >= threshold { return }
    }
}

/// A number that threads raise.
private final class LockedCount: @unchecked Sendable {
    private let lock = NSLock()
    private var number = 0

    var value: Int { lock.withLock { number } }

    func advance() -> Int {
        lock.withLock {
            number += 1
            return number
        }
    }
}

/// Suspends until the task is cancelled.
func untilCancelled() async {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
}
