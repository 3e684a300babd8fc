internal import API
internal import Platform
internal import Replica

/// What clients' calls leave to other threads, because it takes longer than the reactor has: the
/// pieces of backups are drawn on the background thread, passwords have threads of their own.
///
/// A value has one owner at a time, so that it is changed in place.
final class BackgroundWork {
    /// A backup, and who waits for its next piece.
    struct Drawing: Sendable {
        let ticket: Ticket
        var drawing: BackupDrawing
    }

    private struct Queues: Sendable {
        let toDraw = LockedQueue<Drawing>()
        let drawn = LockedQueue<Drawing>()

        func carryOut() {
            var drawings = toDraw.takeAll()
            while var next = drawings.popLast() {
                next.drawing.draw()
                drawn.append(next)
            }
        }
    }

    private enum Standing {
        case idle
        /// Something was left since work was begun last.
        case due
    }

    /// Work on passwords, and who waits for it.
    let passwords = PasswordDesk()
    private let queues = Queues()
    private var standing = Standing.idle

    /// Leaves the next piece to be drawn.
    func draw(_ drawing: BackupDrawing, for ticket: Ticket) {
        queues.toDraw.append(Drawing(ticket: ticket, drawing: drawing))
        standing = .due
    }

    /// Has what was left begun with, once whoever left it has let go of it; nothing happens where
    /// nothing was.
    ///
    /// - Parameter submit: has the work carried out, on a thread that may take its time.
    func begin(_ submit: (@escaping @Sendable () -> Void) -> Void) {
        guard standing == .due else { return }
        standing = .idle
        let queues = queues
        submit { queues.carryOut() }
    }

    /// What was drawn since the last call.
    func takeDrawn() -> [Drawing] { queues.drawn.takeAll() }
}
