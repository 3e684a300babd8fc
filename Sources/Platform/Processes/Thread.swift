internal import CPlatform
internal import Glibc
internal import Synchronization

/// A thread of its own, for work that blocks. Every signal but the faults is blocked in it.
package struct Thread: ~Copyable, Sendable {
    private let handle: pthread_t

    /// What the new thread takes over, kept alive until it has.
    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts a thread.
    ///
    /// - Parameter name: as `ps` and debuggers show it; at most 15 bytes are kept.
    package init(
        named name: String,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        var handle = pthread_t()
        let result = unsafe roost_start_thread(
            &handle,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe roost_name_thread(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        if result < 0 { unsafe start.release() }
        try checked("pthread_create", result: result)
        self.handle = handle
    }

    /// Starts a thread that owns `value`, which may be move-only.
    package init<Value: ~Copyable & Sendable>(
        named name: String,
        owning value: consuming Value,
        _ body: @escaping @Sendable (consuming Value) -> Void
    ) throws(SystemError) {
        let box = Box(value)
        try self.init(named: name) {
            guard let value = box.take() else { return }
            body(value)
        }
    }

    /// Waits until the thread's body has returned.
    package consuming func join() {
        pthread_join(handle, nil)
        discard self
    }

    /// Nobody waits for the thread: what it holds goes when its body has returned.
    deinit { pthread_detach(handle) }
}

/// Carries one value to another thread, which takes it once.
final class Box<Value: ~Copyable & Sendable>: Sendable {
    private let content: Mutex<Value?>

    init(_ value: consuming Value) { content = Mutex(value) }

    /// The value the first time, nil later.
    func take() -> Value? { content.withLock { $0.take() } }
}
