internal import Platform

/// A file of lines that is put aside when it has grown, written by a thread of its own: the one that
/// decides never waits for it.
///
/// `FILE` is written, `FILE.1` is the one before, up to `FILE.5`.
final class LogFile: Sendable {
    private enum Item: Sendable {
        case line([UInt8])
        case end
    }

    /// Lines beyond this wait for a file that does not take them, and are lost.
    private static let waitingCountMax = 4096

    private let items = LockedQueue<Item>()
    private let work: Wakeup
    private let ended: Wakeup

    /// Opens the file, or makes it, and starts the thread.
    ///
    /// - Parameter rotation: when it is put aside.
    init(
        _ path: String,
        rotation: RotatedFile.Rotation = RotatedFile.Rotation()
    ) throws(SystemError) {
        work = try Wakeup(.blocking)
        ended = try Wakeup(.blocking)
        let file = try RotatedFile(path, rotation: rotation)
        _ = try Thread(named: "roost-text") { [self] in carryOut(file) }
    }

    /// Has a line written; lost where the file takes nothing.
    func put(_ line: [UInt8]) {
        let met = items.append(.line(line), limit: Self.waitingCountMax)
        if met == .wasEmpty { work.signal() }
    }

    /// Returns once every line is written, and the thread is done.
    func end() {
        if items.append(.end) == .wasEmpty { work.signal() }
        ended.wait()
    }

    private func carryOut(_ opened: RotatedFile) {
        var file = opened
        while true {
            work.wait()
            for item in items.takeAll() {
                switch item {
                case .line(let line): append(line, to: &file)
                case .end: return ended.signal()
                }
            }
        }
    }

    /// What the disk does not take is lost, and the next line is tried again.
    private func append(_ line: [UInt8], to file: inout RotatedFile) {
        do throws(SystemError) {
            try file.append(line, unixMilliseconds: Clock.wallMilliseconds())
        } catch { return }
    }
}
