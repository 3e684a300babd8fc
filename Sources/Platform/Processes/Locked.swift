internal import Synchronization

/// A value that threads share, one at a time.
package final class Locked<Value: Sendable>: Sendable {
    private let content: Mutex<Value>

    package init(_ value: Value) { content = Mutex(value) }

    /// Lends the value to `body`, which neither blocks nor comes back here.
    package func withLock<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        content.withLock { body(&$0) }
    }
}
