internal import Consensus
package import Keyspace
package import Platform
internal import Replica
package import Storage

/// Makes a cluster of one of what a single member has, where the majority is lost for good.
package struct Rescue: Sendable {
    /// Why it is not done; nothing was changed, unless said.
    package enum Refusal: Error, Sendable {
        case locked
        case unreadable(SystemError)
        /// In words, and whether it is damage.
        case unusable(String, isDamage: Bool)
        case numbers(RestoreRefusal)
        case unwritable(DirectoryDraft.Refusal)
        /// The new directory is whole and durable under that path; the old one is where it was.
        case notSwapped(String, SystemError)
    }

    /// A member of the old cluster.
    package struct Known: Sendable {
        package let name: String
        package let peerAddress: String
    }

    package let name: String
    package let cluster: UInt64
    /// Of the log's last entry.
    package let lastIndex: UInt64
    package let lastTerm: UInt64
    /// The wall time of that entry in milliseconds since 1970; 0 where it is unknown.
    package let lastTimeMilliseconds: UInt64
    package let revision: UInt64
    package let keyCount: Int
    /// The others that the directory knows.
    package let others: [Known]
    private let path: String
    private let survivor: Survivor
    private let hold: UnusedDirectory

    /// Reads the directory; changes nothing.
    package init(_ path: String) throws(Refusal) {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        self.path = path
        guard ![".", "..", "/"].contains(path), !path.hasSuffix("/."), !path.hasSuffix("/..") else {
            throw .unusable("'\(path)' is not the directory's own name", isDamage: false)
        }
        do throws(FileDisk.Refusal) { hold = try UnusedDirectory(path) } catch {
            switch error {
            case .locked: throw .locked
            case .failed(let error): throw .unreadable(error)
            case .foreign(let file): throw .unusable("it holds \(file)", isDamage: false)
            }
        }
        do throws(Survivor.Refusal) { survivor = try Survivor(reading: hold.directory) } catch {
            throw .unusable(error.words, isDamage: error.isDamage)
        }
        name = String(decoding: survivor.name, as: UTF8.self)
        cluster = survivor.cluster.rawValue
        (lastIndex, lastTerm) = (survivor.last.index.rawValue, survivor.last.term.rawValue)
        lastTimeMilliseconds = survivor.state.wallTime(at: survivor.state.clock).rawValue
        revision = survivor.state.store.revision.rawValue
        keyCount = survivor.state.store.keyCount
        let own = survivor.id
        others = survivor.membership.members.filter { $0.id != own }.map { member in
            Known(
                name: String(decoding: member.name, as: UTF8.self),
                peerAddress: String(decoding: member.peerAddress, as: UTF8.self)
            )
        }
    }

    /// What came of it.
    package struct Report: Sendable {
        package let cluster: UInt64
        package let revision: UInt64
        package let directory: String
        /// Where the old one is.
        package let kept: String
        package let peerAddress: String
    }

    /// Writes a directory beside the old one, and lets it take its place.
    package func carryOut(raise: UInt64) throws(Refusal) -> Report {
        var state = survivor.state
        do throws(RestoreRefusal) { try state.restore(raisedBy: raise) } catch {
            throw .numbers(error)
        }
        let founder = try founder()
        let founding = Founding(
            cluster: ClusterID(rawValue: try Self.word()),
            members: [founder]
        )
        var member = RestoredMember(name: survivor.name, founding: founding, state: state)
        let made = path + ".recovered"
        do throws(DirectoryDraft.Refusal) {
            let draft = try DirectoryDraft(made)
            while let operations = member.next() { try draft.perform(operations) }
            try draft.finish()
        } catch { throw .unwritable(error) }
        let kept = path + ".before-recovery"
        do throws(SystemError) { try swap(made, keepingAt: kept) } catch {
            throw .notSwapped(made, error)
        }
        return Report(
            cluster: founding.cluster.rawValue,
            revision: state.store.revision.rawValue,
            directory: path,
            kept: kept,
            peerAddress: String(decoding: founder.address.text, as: UTF8.self)
        )
    }

    /// Under an incarnation that nobody knows.
    private func founder() throws(Refusal) -> Founding.Member {
        let address = survivor.membership.member(survivor.id)?.peerAddress
        guard let address else {
            throw .unusable("the member was removed from its cluster", isDamage: false)
        }
        let id = MemberID(rawValue: try Self.word())
        return Founding.Member(
            id: id,
            name: survivor.name,
            address: PeerAddress(text: address)
        )
    }

    private static func word() throws(Refusal) -> UInt64 {
        do throws(SystemError) { return try Entropy.word() | 1 } catch { throw .unreadable(error) }
    }

    private func swap(_ made: String, keepingAt kept: String) throws(SystemError) {
        let slash = path.lastIndex(of: "/")
        let parent = try DirectoryHandle(opening: slash.map { "\(path[...$0])" } ?? ".")
        func name(_ path: String) -> String {
            path.split(separator: "/").last.map(String.init) ?? path
        }
        try parent.rename(name(path), to: name(kept))
        try parent.rename(name(made), to: name(path))
        try parent.synchronize()
    }
}

extension Survivor.Refusal {
    fileprivate var words: String {
        switch self {
        case .unformed: "the member belongs to no cluster yet"
        case .incomplete:
            "its log was damaged and given up, and the others had not filled it again: go back to a "
                + "backup, with 'roost snapshot restore'"
        case .stopped(let reason): reason.message
        }
    }

    fileprivate var isDamage: Bool {
        switch self {
        case .unformed: false
        case .incomplete: true
        case .stopped(.damaged): true
        case .stopped: false
        }
    }
}
