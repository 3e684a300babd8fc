internal import Bytes
package import Keyspace

/// A write as it goes into the log, with what its way there depends on.
package struct EncodedWrite: Sendable {
    /// An encoded `Request`.
    package let payload: [UInt8]
    /// Whether a full disk refuses it.
    let growth: Growth
    let repeatability: Repeatability
    /// The request's `traceparent`, at most `traceByteCountMax` bytes; empty where none is kept. It
    /// goes with the write to the leader, and into no log.
    package var trace: [UInt8] = []

    /// Of version 00 of W3C's Trace Context.
    package static let traceByteCountMax = 55

    enum Repeatability: UInt8, Hashable, Sendable {
        /// Applied at most once however often it is proposed: it has an idempotency stamp.
        case repeatable = 0
        case onceOnly = 1
    }
}

extension EncodedWrite {
    /// - Complexity: O(bytes of the request)
    package init(_ request: Request) {
        var payload: [UInt8] = []
        request.encode(into: &payload)
        self.payload = payload
        growth = request.command.growth
        repeatability = request.idempotency == nil ? .onceOnly : .repeatable
    }

    /// A put without lease and condition, with which nothing goes, as `init` encodes it.
    ///
    /// - Parameter key: a valid key.
    /// - Complexity: O(bytes), one allocation.
    package init(
        puttingAt key: Span<UInt8>,
        value: Span<UInt8>,
        by caller: Caller = .nobody
    ) {
        payload = Request.encodedPut(key, value: value, by: caller)
        growth = .grows
        repeatability = .onceOnly
    }
}

extension Command {
    /// Whether a full disk refuses the command.
    fileprivate var growth: Growth {
        switch self {
        case .delete, .keepAlive, .revokeLease, .abandon, .release, .compact, .changeSettings,
            .setWallClock, .raiseFeatureLevel, .holdFeatureLevel, .orderMembers, .changeAccess,
            .changeQuota, .changeGuard, .handOver:
            .relieves
        case .transaction(let transaction): transaction.growth
        case .writeTree(let write):
            write.edits.contains { $0.hasValue } ? .grows : .relieves
        case .barrier(let request):
            if case .enter = request.act { .grows } else { .relieves }
        case .queue(let request):
            if case .push = request.act { .grows } else { .relieves }
        case .put, .createChild, .grantLease, .acquire, .proclaim, .count: .grows
        }
    }
}

extension Transaction {
    /// Only a put in either branch can add anything.
    fileprivate var growth: Growth {
        let grows = (then + otherwise).contains { operation in
            switch operation {
            case .put: true
            case .get, .delete: false
            case .transaction(let nested): nested.growth == .grows
            }
        }
        return grows ? .grows : .relieves
    }
}

extension TreeWrite.Edit {
    fileprivate var hasValue: Bool {
        switch self {
        case .value, .leaf: true
        case .directory, .removal, .valueRemoval: false
        }
    }
}
