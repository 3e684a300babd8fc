internal import Platform

/// A little space of the disk that nobody else can take: on a full disk a member that starts gives
/// it up for the few blocks that it has to write, and takes it again afterwards.
struct SpareSpace: Sendable {
    /// The name of the file that holds the space.
    static let name = "spare"
    /// A new `identity` beside the old one, with names and addresses of a large cluster.
    private static let byteCount = 16 << 10

    /// Whether a file that begins with these bytes may be the one that holds the space.
    static func mayHold(_ bytes: [UInt8]) -> Bool { bytes.allSatisfy { $0 == 0 } }

    private let directory: DataDirectory

    init(_ directory: DataDirectory) { self.directory = directory }

    /// Gives the space up; false when there is none.
    func release() -> Bool {
        do throws(SystemError) {
            guard try directory.top.byteCount(of: Self.name) ?? 0 > 0 else { return false }
            try directory.top.remove(Self.name)
            try directory.top.synchronize()
            return true
        } catch { return false }
    }

    /// Takes the space unless it is there. Nothing reads the file, so it need not be durable; without
    /// room for it the next start on a full disk may fail.
    func keep() {
        do throws(SystemError) {
            guard try directory.top.byteCount(of: Self.name) != Self.byteCount else { return }
            let file = try directory.top.open(Self.name, for: .creating)
            try file.write([UInt8](repeating: 0, count: Self.byteCount), at: 0)
        } catch { return }
    }
}
