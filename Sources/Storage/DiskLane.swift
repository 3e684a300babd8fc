internal import Bytes
internal import Journal
internal import Platform

/// A thread that carries out what is submitted to it, in order.
final class DiskLane: Sendable {
    private enum Item: Sendable {
        case batch(DiskBatch)
        case drawing(any DiskDrawing)
        case end
    }

    private let items = LockedQueue<Item>()
    private let work: Wakeup
    private let ended: Wakeup

    init() throws(SystemError) {
        work = try Wakeup(.blocking)
        ended = try Wakeup(.blocking)
    }

    /// Starts the thread; once.
    ///
    /// - Parameter makeWorker: called on the thread.
    /// - Parameter complete: called on the thread with each batch that was carried out.
    func start(
        named name: String,
        _ makeWorker: @autoclosure @escaping @Sendable () -> DiskWorker,
        complete: @escaping @Sendable (DiskCompletion) -> Void
    ) throws(SystemError) {
        _ = try Thread(named: name) { [self] in
            let worker = makeWorker()
            var lastNumber: UInt64 = 0
            while true {
                work.wait()
                // Each has one owner: what is drawn from is changed in place.
                var taken = Array(items.takeAll().reversed())
                while let item = taken.popLast() {
                    switch item {
                    case .batch(let batch):
                        invariant(
                            batch.number > lastNumber,
                            "batch \(batch.number) came after batch \(lastNumber)"
                        )
                        lastNumber = batch.number
                        complete(worker.perform(batch))
                    case .drawing(let drawing): step(drawing, worker: worker)
                    case .end: return ended.signal()
                    }
                }
            }
        }
    }

    func submit(_ batch: DiskBatch) { append(.batch(batch)) }

    func draw(_ drawing: some DiskDrawing) { append(.drawing(drawing)) }

    /// Blocks until all that was submitted is done, and the thread with it.
    func stop() {
        append(.end)
        ended.wait()
    }

    /// Takes one step, then lets what waits go first.
    private func step(_ drawing: any DiskDrawing, worker: DiskWorker) {
        var drawing = drawing
        if drawing.step(worker) == .goesOn { append(.drawing(drawing)) }
    }

    private func append(_ item: Item) {
        if items.append(item) == .wasEmpty { work.signal() }
    }
}

/// Operations that are drawn from a value list by list.
protocol DiskDrawing: Sendable {
    /// Carries out the next list.
    mutating func step(_ worker: DiskWorker) -> DrawingProgress
}

enum DrawingProgress: Sendable {
    case goesOn
    case finished
}

/// Draws from a task of any type.
struct TaskDrawing<Task: Sendable>: DiskDrawing {
    var task: Task
    let next: @Sendable (inout Task) -> [DiskOperation]?
    let finished: @Sendable (Task) -> Void

    mutating func step(_ worker: DiskWorker) -> DrawingProgress {
        guard let operations = next(&task) else {
            finished(task)
            return .finished
        }
        _ = worker.perform(operations)
        return .goesOn
    }
}
