package import Journal
package import Platform

/// The production disk: carries out the journal's batches on two threads, so that the reactor
/// never waits for a device.
///
/// A failed operation does not come back: the process ends with exit code 74.
package final class FileDisk: Sendable {
    /// Why a data directory can't be used.
    package enum Refusal: Error, Hashable, Sendable {
        /// Another process has it.
        case locked
        /// It holds other things than a member's data, for example this file.
        case foreign(file: String)
        case failed(SystemError)
    }

    static let lockName = "lock"

    /// For recovery, before `start`.
    package let directory: DataDirectory
    /// Signalled when completions wait.
    package let wakeup: Wakeup
    private let lock: DirectoryLock
    private let completions = LockedQueue<DiskCompletion>()
    private let log: DiskLane
    private let background: DiskLane

    /// Takes a directory for this process; made, with mode 0700, if it is missing.
    package init(_ path: String) throws(Refusal) {
        directory = try DataDirectory(creating: path)
        do throws(SystemError) {
            wakeup = try Wakeup(.polled)
            log = try DiskLane()
            background = try DiskLane()
        } catch { throw .failed(error) }
        let lock: DirectoryLock?
        do throws(SystemError) { lock = try directory.top.lock(Self.lockName) } catch {
            throw .failed(error)
        }
        guard let lock else { throw .locked }
        self.lock = lock
    }

    /// Carries out operations on the calling thread: what recovery owes, before `start`. Where the
    /// disk is full they may use the space that was kept for this.
    package func perform(_ operations: [DiskOperation]) {
        _ = DiskWorker(directory, spare: SpareSpace(directory)).perform(operations)
        SpareSpace(directory).keep()
    }

    /// Starts both threads; once.
    package func start() throws(SystemError) {
        let (completions, wakeup) = (completions, wakeup)
        let complete: @Sendable (DiskCompletion) -> Void = { completion in
            if completions.append(completion) == .wasEmpty { wakeup.signal() }
        }
        let directory = directory
        try log.start(
            named: "roost-log",
            DiskWorker(directory, spare: SpareSpace(directory)),
            complete: complete
        )
        try background.start(named: "roost-disk", DiskWorker(directory), complete: complete)
    }

    /// Lets a batch be carried out after those of its lane. Its completion comes by
    /// `takeCompletions`.
    package func submit(_ batch: DiskBatch) {
        switch batch.lane {
        case .log: log.submit(batch)
        case .background: background.submit(batch)
        }
    }

    /// Lets what `next` gives be carried out in the background, list after list until nil. Batches
    /// are carried out in between. Then `finished` is called on the background thread.
    package func draw<Task: Sendable>(
        _ task: Task,
        next: @escaping @Sendable (inout Task) -> [DiskOperation]?,
        finished: @escaping @Sendable (Task) -> Void
    ) {
        background.draw(TaskDrawing(task: task, next: next, finished: finished))
    }

    /// What was carried out since the last call; drains `wakeup`.
    package func takeCompletions() -> [DiskCompletion] {
        wakeup.drain()
        return completions.takeAll()
    }

    /// Ends both threads once what was submitted is done; blocks until then.
    package func stop() {
        log.stop()
        background.stop()
    }

    /// Bytes that may still be written on the directory's file system.
    package func freeByteCount() throws(SystemError) -> UInt64 {
        try directory.top.freeByteCount()
    }
}
