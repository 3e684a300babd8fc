internal import Consensus
internal import Journal

/// A data directory in which nothing is yet.
struct EmptyDirectory: DiskReader {
    static let member = MemberID(rawValue: 7)

    /// Opens it for a member of that number.
    static func open() throws(JournalError) -> (journal: Journal, recovery: Recovery) {
        let opening = Journal.Opening(name: Array("n1".utf8), freshMember: member, bootNonce: 1)
        return try Journal.open(EmptyDirectory(), opening: opening)
    }

    func files() throws(DiskReadError) -> [DiskFile] { [] }

    func byteCount(of file: DiskFile) throws(DiskReadError) -> Int? { nil }

    func read(_ file: DiskFile, offset: Int, byteCount: Int) throws(DiskReadError) -> [UInt8] { [] }
}
