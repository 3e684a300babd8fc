internal import Bytes
internal import RoostClient
internal import Wire

/// What the service has at and below a path at one revision.
struct StoredTree {
    /// In the order of keys.
    let leaves: [TreeLeaf]
    let revision: UInt64
    /// The tree's tag, where the revision is that of now; with its quotes.
    let tag: [UInt8]?

    /// Reads all of it.
    ///
    /// - Parameter moment: nil is now.
    init(of root: [UInt8], at moment: PastMoment? = nil, service: Service) throws(Failure) {
        var call = Call.read(Call.path(ofKey: root))
        call.add("recursive")
        call.add("limit", value: JoinedListing.pageItemCountMax)
        if let moment { call.add("revision", value: try service.revision(at: moment)) }
        let first = try service.read(call)
        tag = moment == nil ? first.headers["etag"].map(Array.init) : nil
        var page = try JoinedListing(page: first, member: "items")
        revision = page.revision
        var leaves: [TreeLeaf] = []
        while true {
            for item in page.items { leaves.append(try Self.leaf(item, below: root)) }
            guard let next = page.next else { break }
            page = try JoinedListing(page: service.read(.read(next)), member: "items")
        }
        self.leaves = leaves
    }

    private static func leaf(_ item: JSONValue, below root: [UInt8]) throws(Failure) -> TreeLeaf {
        guard let key = item.key, let value = item.valueBytes else {
            throw .local("the service lists what is no key; check that it is a Roost member")
        }
        let path = root.count > 1 ? Array(key.dropFirst(root.count)) : key.count > 1 ? key : []
        do throws(Failure) { _ = try KeyArgument.path(key, hint: "") } catch {
            throw .local(
                "\(KeyNotation.escapes.word(key)) is no path, and trees have paths alone; "
                    + "'roost ls --prefix' lists such keys, 'roost rm --bytes' removes them"
            )
        }
        return TreeLeaf(path: path, value: value)
    }

    /// A key's whole name.
    static func key(_ path: [UInt8], below root: [UInt8]) -> [UInt8] {
        path.isEmpty ? root : root.count > 1 ? root + path : path
    }
}
