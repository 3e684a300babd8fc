internal import Bytes
internal import Platform
internal import Wire

/// A subtree of keys as a value of a program's own type, which stays current.
///
/// Every value is what the whole subtree was at one revision: a transaction is seen as a whole. A
/// change that cannot be decoded leaves the last good value in force, and is told as `fault`.
public final class ConfigurationStore<Value: Decodable & Sendable>: Sendable {
    /// The value of one revision.
    public struct Snapshot: Sendable {
        /// The value.
        public let value: Value
        /// The highest revision of a key of the subtree.
        public let revision: UInt64
    }

    private struct State: Sendable {
        var snapshot: Snapshot
        var fault: String?
        /// The tasks that wait for changes, by number.
        var waiting: [Int: AsyncStream<Snapshot>.Continuation] = [:]
        var nextNumber = 0
        var isOver = false
    }

    private let state: Locked<State>
    private let interruption: Interruption

    fileprivate init(
        _ first: ConfigurationTree,
        as value: Value,
        at path: RoostKey,
        of client: RoostClient
    ) throws(SystemError) {
        let interruption = try Interruption()
        let state = Locked(State(snapshot: Snapshot(value: value, revision: first.revision)))
        self.interruption = interruption
        self.state = state
        let reader = ConfigurationReader(path: path, of: client)
        _ = try Thread(named: "configuration") {
            reader.follow(from: first, until: interruption) { found in
                switch found {
                case .success(let tree): Self.take(tree, into: state)
                case .failure(let error): state.withLock { $0.fault = error.description }
                }
            }
        }
    }

    deinit { end() }

    /// What is in force.
    public var value: Value { snapshot.value }

    /// What is in force, with its revision.
    public var snapshot: Snapshot { state.withLock { $0.snapshot } }

    /// Why the latest state of the subtree is not in force; nil while it is.
    public var fault: String? { state.withLock { $0.fault } }

    /// Each value that comes into force from now on, the present first; of several that follow each
    /// other before they are looked at the newest alone.
    public var updates: AsyncStream<Snapshot> {
        AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let number: Int? = state.withLock { state in
                continuation.yield(state.snapshot)
                guard !state.isOver else { return nil }
                state.nextNumber += 1
                state.waiting[state.nextNumber] = continuation
                return state.nextNumber
            }
            guard let number else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                self?.state.withLock { $0.waiting[number] = nil }
            }
        }
    }

    /// Looks no further; `value` stays as it is.
    public func end() {
        interruption.interrupt()
        let waiting = state.withLock { state in
            state.isOver = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.finish() }
    }

    private static func take(_ tree: ConfigurationTree, into state: Locked<State>) {
        let value: Value
        do { value = try TreeDecoding.decode(Value.self, from: tree.json) } catch {
            let fault = "revision \(tree.revision): \(ConfigurationReader.words(error))"
            return state.withLock { $0.fault = fault }
        }
        let snapshot = Snapshot(value: value, revision: tree.revision)
        let waiting = state.withLock { state in
            state.snapshot = snapshot
            state.fault = nil
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.yield(snapshot) }
    }
}

extension RoostClient {
    /// The subtree at `path` as a value that stays current.
    ///
    /// A directory is an object, a value the text of a leaf: `/app/port` with `8080` is the member
    /// `port` of a struct at `/app`, be it an `Int` or a `String`.
    ///
    /// - Throws: `invalidArgument` when what is there now cannot be decoded.
    public func configuration<Value: Decodable & Sendable>(
        at path: RoostKey,
        as type: Value.Type
    ) async throws(RoostError) -> ConfigurationStore<Value> {
        let reader = ConfigurationReader(path: path, of: self)
        let reply = try await answer(to: reader.call(since: nil))
        guard reply.isSuccess || reply.status == 404 else {
            throw .refused(ServiceRefusal(reply))
        }
        guard let tree = ConfigurationTree(reply) else {
            throw .malformedAnswer(why: "\(reply.endpoint) answers no tree")
        }
        let value: Value
        do { value = try TreeDecoding.decode(type, from: tree.json) } catch {
            throw .invalidArgument("\(path): \(ConfigurationReader.words(error))")
        }
        do throws(SystemError) {
            return try ConfigurationStore(tree, as: value, at: path, of: self)
        } catch { throw RoostError(error) }
    }
}
