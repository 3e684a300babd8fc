internal import Synchronization

/// Carries one value to another thread, which takes it once.
final class Box<Value: ~Copyable & Sendable>: Sendable {
    private let content: Mutex<Value?>

    init(_ value: consuming Value) { content = Mutex(value) }

    /// The value the first time, nil later.
    func take() -> Value? { content.withLock { $0.take() } }
}
