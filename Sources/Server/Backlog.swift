internal import Wire

/// What a client has sent and what has not begun yet, in the order of arrival.
struct Backlog {
    /// One request, or what is answered in its place.
    enum Item {
        case request(HTTPRequest)
        /// Bytes that are no request; nothing comes behind it.
        case refusal(HTTPResponse)
    }

    private var items = Queue<Item>()
    /// Of the bodies that wait.
    private(set) var byteCount = 0

    var count: Int { items.count }

    mutating func append(_ item: Item) {
        items.append(item)
        byteCount += item.byteCount
    }

    /// The oldest item, if the pipeline lets it begin now.
    mutating func takeFirst(admittedBy pipeline: Pipeline) -> (item: Item, overlap: Overlap)? {
        guard let overlap = items.first.map(Overlap.init), pipeline.admits(overlap),
            let item = items.popFirst()
        else { return nil }
        byteCount -= item.byteCount
        return (item, overlap)
    }

    mutating func removeAll() {
        items.removeAll()
        byteCount = 0
    }
}

extension Backlog.Item {
    /// What its body takes.
    var byteCount: Int {
        switch self {
        case .request(let request): request.body.count
        case .refusal: 0
        }
    }
}

extension Overlap {
    fileprivate init(_ item: Backlog.Item) {
        switch item {
        case .request(let request): self.init(request)
        case .refusal: self = .alone
        }
    }
}
